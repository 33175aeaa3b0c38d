//! The table that is written, of 100,000 rows.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    optlock_bench (id) {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = optlock_bench, treat_none_as_null = true)]
pub(crate) struct Contact {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) version: i64,
}

const ROWS: i32 = 100_000;

/// Makes the table anew.
pub(crate) fn create(conn: &mut impl SimpleConnection) -> QueryResult<()> {
    conn.batch_execute("DROP TABLE IF EXISTS optlock_bench")?;
    conn.batch_execute(
        "CREATE TABLE optlock_bench (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, \
         phone VARCHAR(100), version BIGINT NOT NULL)",
    )?;
    let rows = some(ROWS as usize);
    rows.chunks(1000).try_for_each(|rows| insert(conn, rows))
}

/// Removes it.
pub(crate) fn drop(conn: &mut impl SimpleConnection) -> QueryResult<()> {
    conn.batch_execute("DROP TABLE optlock_bench")
}

/// Makes the rows what the contacts are.
pub(crate) fn reset(conn: &mut impl SimpleConnection, contacts: &[Contact]) -> QueryResult<()> {
    let ids: Vec<_> = contacts
        .iter()
        .map(|contact| contact.id.to_string())
        .collect();
    let ids = ids.join(",");
    conn.batch_execute(&format!("DELETE FROM optlock_bench WHERE id IN ({ids})"))?;
    insert(conn, contacts)
}

/// Puts rows back that were deleted.
pub(crate) fn insert(conn: &mut impl SimpleConnection, contacts: &[Contact]) -> QueryResult<()> {
    let rows: Vec<_> = contacts
        .iter()
        .map(|Contact { id, version, .. }| format!("({id}, 'contact {id}', NULL, {version})"))
        .collect();
    let rows = rows.join(",");
    conn.batch_execute(&format!("INSERT INTO optlock_bench VALUES {rows}"))
}

/// Rows from all over the table, in no order.
pub(crate) fn some(count: usize) -> Vec<Contact> {
    (0..ROWS)
        .take(count)
        .map(|nth| Contact {
            id: nth * 7919 % ROWS,
            name: format!("contact {nth}"),
            phone: (nth % 2 == 0).then(|| format!("+{nth}")),
            version: 1,
        })
        .collect()
}

/// Changes each of them, differently in each run.
pub(crate) fn rename(contacts: &mut [Contact], run: usize) {
    for contact in contacts {
        contact.name = format!("contact {}, run {run}", contact.id);
    }
}
