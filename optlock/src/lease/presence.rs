//! Who looks at a row, on which page: a table of its own, `optlock_presence`. It holds nothing.

use super::connection::{KeepsLeases, send_again};
use super::operation::check_name;
use super::sql::{RecordOf, Sql, TableNamed};
use super::target::{NamesTable, row_hash, row_text};
use super::time::LeaseTime;
use crate::backend::{LeaseBackend, Phrase};
use crate::error::Error;
use crate::executes::Wire;
use crate::key_text::{KeyText, key_text};
use crate::transaction::refuse_transaction;
use crate::versioned::Versioned;
use std::time::Duration;

/// A page on which a person looks at a row.
#[derive(Debug, Clone, Copy)]
struct Page<'a> {
    who: &'a str,
    page: &'a str,
}

impl<'a> Page<'a> {
    fn new(who: &'a str, page: &'a str) -> Result<Self, Error> {
        check_name("viewer", who)?;
        check_name("viewer's page", page)?;
        Ok(Self { who, page })
    }

    /// Adds the `WHERE` that names the page and the row.
    fn of<'s, DB: LeaseBackend>(self, sql: Sql<'s, DB>, record: RecordOf<'s, DB>) -> Sql<'s, DB>
    where
        'a: 's,
    {
        sql.of(record)
            .text(" AND who = ")
            .bind(self.who)
            .text(" AND page = ")
            .bind(self.page)
    }
}

/// Moves the end of a view that is there. One that had ended begins anew.
fn prolong<'a, DB: LeaseBackend>(
    record: RecordOf<'a, DB>,
    page: Page<'a>,
    time: LeaseTime,
) -> Sql<'a, DB> {
    let sql = Sql::new("UPDATE optlock_presence SET since = CASE WHEN expires_at > ")
        .clock()
        .text(" THEN since ELSE ")
        .clock()
        .text(" END, expires_at = ")
        .clock()
        .text(" + ")
        .number(time.ttl_micros());
    page.of(sql, record)
}

/// Inserts a view, unless it is there.
fn insert<'a, DB: LeaseBackend>(
    record: RecordOf<'a, DB>,
    row_text: &'a str,
    page: Page<'a>,
    time: LeaseTime,
) -> Sql<'a, DB> {
    Sql::new(
        "INSERT INTO optlock_presence (table_name, row_hash, row_text, who, page, since, expires_at) VALUES (",
    )
    .table(record.table_name)
    .text(", ")
    .bind(record.row_hash)
    .text(", ")
    .bind(row_text)
    .text(", ")
    .bind(page.who)
    .text(", ")
    .bind(page.page)
    .text(", ")
    .clock()
    .text(", ")
    .clock()
    .text(" + ")
    .number(time.ttl_micros())
    .text(")")
    .phrase(&Phrase::UnlessThere)
}

/// Deletes the view of one page.
fn delete<'a, DB: LeaseBackend>(record: RecordOf<'a, DB>, page: Page<'a>) -> Sql<'a, DB> {
    page.of(Sql::new("DELETE FROM optlock_presence"), record)
}

/// Deletes all views of a person.
fn delete_all<DB: LeaseBackend>(who: &str) -> Sql<'_, DB> {
    Sql::new("DELETE FROM optlock_presence WHERE who = ").bind(who)
}

/// Deletes the views that ended before.
fn delete_ended<'a, DB: LeaseBackend>(before: LeaseTime) -> Sql<'a, DB> {
    Sql::new("DELETE FROM optlock_presence WHERE expires_at < ")
        .clock()
        .text(" - ")
        .number(before.ttl_micros())
}

/// Shows a person as a viewer of the model's row for some time, on a page.
pub(crate) async fn viewing<M, X>(
    model: &M,
    who: &str,
    page: &str,
    ttl: Duration,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: KeepsLeases,
    M: NamesTable<X::Backend> + Versioned<Key: KeyText, Scope: KeyText>,
{
    let page = Page::new(who, page)?;
    refuse_transaction("a view commits by itself: it", conn)?;
    let text = key_text(model);
    view(M::table_name, &text, page, ttl.into(), conn).await
}

async fn view<X: KeepsLeases>(
    table_name: fn() -> TableNamed<'static, X::Backend>,
    key_text: &str,
    page: Page<'_>,
    time: LeaseTime,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error> {
    let row_hash = row_hash(key_text);
    let record = || RecordOf {
        table_name: table_name(),
        row_hash: &row_hash,
    };
    if send_again(|| prolong(record(), page, time), conn).await? == 0 {
        let row_text = row_text(key_text);
        send_again(|| insert(record(), row_text, page, time), conn).await?;
    }
    Ok(())
}

/// Shows the person no longer as a viewer of the model's row on that page.
pub(crate) async fn stop_viewing<M, X>(
    model: &M,
    who: &str,
    page: &str,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: KeepsLeases,
    M: NamesTable<X::Backend> + Versioned<Key: KeyText, Scope: KeyText>,
{
    let page = Page::new(who, page)?;
    refuse_transaction("a view commits by itself: it", conn)?;
    let row_hash = row_hash(&key_text(model));
    let record = || RecordOf {
        table_name: M::table_name(),
        row_hash: &row_hash,
    };
    send_again(|| delete(record(), page), conn).await?;
    Ok(())
}

/// Shows the person no longer as a viewer of any row.
pub(super) async fn stop_viewing_all<X: KeepsLeases>(
    who: &str,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error> {
    send_again(|| delete_all(who), conn).await?;
    Ok(())
}

/// Removes what ended longer ago.
pub(super) async fn purge<X: KeepsLeases>(
    older_than: LeaseTime,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error> {
    send_again(|| delete_ended(older_than), conn).await?;
    Ok(())
}
