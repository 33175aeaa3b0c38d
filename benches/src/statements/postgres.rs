//! PostgreSQL's.

use crate::contacts::Contact;
use crate::statements::Singles;
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

pub(crate) const SINGLES: Singles = Singles {
    update: r#"UPDATE "optlock_bench" SET "name" = $1, "phone" = $2, "version" = $3 WHERE "optlock_bench"."id" = $4 AND "optlock_bench"."version" = $5"#,
    delete: r#"DELETE FROM "optlock_bench" WHERE "optlock_bench"."id" = $1 AND "optlock_bench"."version" = $2"#,
    version: r#"SELECT "optlock_bench"."version" FROM "optlock_bench" WHERE "optlock_bench"."id" = $1"#,
};

/// A batch. Its binds are arrays: ids, expected versions, names, phones, next versions. Its rows are those that
/// have another version, because of which nothing is written.
pub(crate) const UPDATE_ALL: &str = "WITH r AS MATERIALIZED (SELECT * FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS r (id, expected, name, phone, next, n)), \
     l AS MATERIALIZED (SELECT r.*, t.version AS found FROM r, optlock_bench t WHERE t.id = r.id ORDER BY t.id FOR NO KEY UPDATE), \
     m AS MATERIALIZED (SELECT r.n FROM r LEFT JOIN l ON l.n = r.n AND l.found IS NOT DISTINCT FROM l.expected WHERE l.n IS NULL), \
     w AS (UPDATE optlock_bench t SET name = l.name, phone = l.phone, version = l.next FROM l \
     WHERE t.id = l.id AND NOT EXISTS (SELECT FROM m) RETURNING l.n) \
     SELECT n FROM m";

/// The binds of a batch.
pub(crate) struct Columns<'c> {
    pub(crate) ids: Vec<i32>,
    pub(crate) expected: Vec<i64>,
    pub(crate) names: Vec<&'c str>,
    pub(crate) phones: Vec<Option<&'c str>>,
    pub(crate) next: Vec<i64>,
}

impl<'c> Columns<'c> {
    pub(crate) fn of(contacts: &'c [Contact]) -> Self {
        Self {
            ids: contacts.iter().map(|contact| contact.id).collect(),
            expected: contacts.iter().map(|contact| contact.version).collect(),
            names: contacts.iter().map(|contact| &*contact.name).collect(),
            phones: contacts
                .iter()
                .map(|contact| contact.phone.as_deref())
                .collect(),
            next: contacts.iter().map(|contact| contact.version + 1).collect(),
        }
    }
}

/// A batch, for Diesel.
pub(crate) fn update_all(contacts: &[Contact]) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
    let columns = Columns::of(contacts);
    diesel::sql_query(UPDATE_ALL)
        .into_boxed()
        .bind::<Array<Integer>, _>(columns.ids)
        .bind::<Array<BigInt>, _>(columns.expected)
        .bind::<Array<Text>, _>(columns.names)
        .bind::<Array<Nullable<Text>>, _>(columns.phones)
        .bind::<Array<BigInt>, _>(columns.next)
}
