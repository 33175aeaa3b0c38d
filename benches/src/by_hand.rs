//! The same SQL as a batch, written out, with nothing of optlock in between.

use crate::contacts::Contact;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

#[derive(QueryableByName)]
struct Missed {
    #[diesel(sql_type = BigInt)]
    #[allow(dead_code)] // none is missed here
    n: i64,
}

pub(crate) fn postgres(
    contacts: &mut [Contact],
    conn: &mut PgConnection,
) -> Result<(), optlock::Error> {
    let ids: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
    let expected: Vec<_> = contacts.iter().map(|contact| contact.version).collect();
    let names: Vec<_> = contacts.iter().map(|contact| &contact.name).collect();
    let phones: Vec<_> = contacts.iter().map(|contact| &contact.phone).collect();
    let next: Vec<_> = contacts.iter().map(|contact| contact.version + 1).collect();
    let missed: Vec<Missed> = diesel::sql_query(
        "WITH r AS MATERIALIZED (SELECT * FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS r (id, expected, name, phone, next, n)), \
         l AS MATERIALIZED (SELECT r.*, t.version AS found FROM r, optlock_bench t WHERE t.id = r.id ORDER BY t.id FOR NO KEY UPDATE), \
         m AS MATERIALIZED (SELECT r.n FROM r LEFT JOIN l ON l.n = r.n AND l.found IS NOT DISTINCT FROM l.expected WHERE l.n IS NULL), \
         w AS (UPDATE optlock_bench t SET name = l.name, phone = l.phone, version = l.next FROM l \
         WHERE t.id = l.id AND NOT EXISTS (SELECT FROM m) RETURNING l.n) \
         SELECT n FROM m",
    )
    .bind::<Array<Integer>, _>(ids)
    .bind::<Array<BigInt>, _>(expected)
    .bind::<Array<Text>, _>(names)
    .bind::<Array<Nullable<Text>>, _>(phones)
    .bind::<Array<BigInt>, _>(next)
    .load(conn)?;
    assert!(missed.is_empty());
    move_on(contacts);
    Ok(())
}

pub(crate) fn mysql(
    contacts: &mut [Contact],
    conn: &mut MysqlConnection,
) -> Result<(), optlock::Error> {
    conn.transaction(|conn| {
        let lists: Vec<_> = contacts
            .chunks(500)
            .map(|list| format!("id IN ({})", vec!["?"; list.len()].join(", ")))
            .collect();
        let mut lock = diesel::sql_query(format!(
            "SELECT id AS n FROM optlock_bench WHERE {} ORDER BY id FOR UPDATE",
            lists.join(" OR ")
        ))
        .into_boxed();
        for contact in &*contacts {
            lock = lock.bind::<Integer, _>(contact.id);
        }
        lock.load::<Missed>(conn)?;
        for chunk in contacts.chunks(256) {
            let case = format!(
                "CASE id {} END",
                vec!["WHEN ? THEN ?"; chunk.len()].join(" ")
            );
            let mut update = diesel::sql_query(format!(
                "UPDATE optlock_bench SET name = {case}, phone = {case}, version = {case} \
                 WHERE (id, version) IN ({})",
                vec!["(?, ?)"; chunk.len()].join(", ")
            ))
            .into_boxed();
            for contact in chunk {
                update = update
                    .bind::<Integer, _>(contact.id)
                    .bind::<Text, _>(&contact.name);
            }
            for contact in chunk {
                update = update
                    .bind::<Integer, _>(contact.id)
                    .bind::<Nullable<Text>, _>(&contact.phone);
            }
            for contact in chunk {
                update = update
                    .bind::<Integer, _>(contact.id)
                    .bind::<BigInt, _>(contact.version + 1);
            }
            for contact in chunk {
                update = update
                    .bind::<Integer, _>(contact.id)
                    .bind::<BigInt, _>(contact.version);
            }
            assert_eq!(update.execute(conn)?, chunk.len());
        }
        QueryResult::Ok(())
    })?;
    move_on(contacts);
    Ok(())
}

fn move_on(contacts: &mut [Contact]) {
    for contact in contacts {
        contact.version += 1;
    }
}
