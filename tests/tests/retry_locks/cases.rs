//! What holds on each database that locks rows.

use super::contact::{ANN_CHANGES, edited, find};
use super::prelude::*;
use super::third::{Others, policy, waits_for_the_row, while_another_holds};
use super::{Conn, SQL, Scratch, wait_until_blocked};
use optlock::{Error, Upserted};
use optlock_tests::models::{Contact, Legacy, Membership};
use optlock_tests::schema::{contacts, memberships};
use std::cell::Cell;
use std::sync::Mutex;

/// The operations, each with a conflict of its own.
#[test]
fn whatever_has_lost_the_row_waits_for_it_after_the_second_conflict() {
    type Attempt = fn(&mut Conn, &Others<'_>) -> Result<(), Error>;
    let attempts: [Attempt; 9] = [
        // save_checked
        |conn, others| edited(others, conn)?.save_checked(conn),
        // save_merged
        |conn, others| {
            let base = find(1, conn)?;
            let mut mine = edited(others, conn)?;
            mine.save_merged(&base, conn).map(drop)
        },
        // save_changed
        |conn, others| {
            let mut ann = Tracked::new(find(1, conn)?);
            others.come_first();
            ann.phone = None;
            ann.save_changed(conn).map(drop)
        },
        // touch_checked
        |conn, others| edited(others, conn)?.touch_checked(conn),
        // lock_checked
        |conn, others| edited(others, conn)?.lock_checked(conn),
        // delete_checked
        |conn, others| edited(others, conn)?.delete_checked(conn),
        // upsert_checked, of a row that is there
        |conn, others| {
            let mut ann = match others.attempt() {
                1 | 2 => Contact::unstored(1),
                _ => edited(others, conn)?,
            };
            ann.upsert_checked(conn)
                .map(|upserted| assert_eq!(upserted, Upserted::Saved))
        },
        // save_unchanged
        |conn, others| {
            let row = contacts::table.find(1).select(Legacy::as_select());
            let mut ann = Tracked::new(row.first::<Legacy>(conn)?);
            others.come_first();
            ann.phone = None;
            ann.save_unchanged(conn).map(drop)
        },
        // an error that wraps another one
        |conn, others| {
            let saved = edited(others, conn)?.save_checked(conn);
            saved.map_err(|error| diesel::result::Error::from(error).into())
        },
    ];
    for attempt in attempts {
        waits_for_the_row(&Scratch::new(), ANN_CHANGES, attempt);
    }
}

#[test]
fn a_row_is_found_by_all_columns_of_its_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "INSERT INTO memberships (user_id, group_id, role) VALUES (1, 2, 'x'), (2, 1, 'y')",
    )
    .unwrap();
    waits_for_the_row(
        &scratch,
        "UPDATE memberships SET lock_version = lock_version + 1 WHERE user_id = 1 AND group_id = 2",
        |conn, others| {
            let row = memberships::table.find((1, 2));
            let mut member: Membership = row.select(Membership::as_select()).first(conn)?;
            others.come_first();
            member.role = "z".into();
            member.save_checked(conn)
        },
    );
}

diesel::table! {
    sheets (code) {
        code -> Text,
        tenant -> Nullable<Integer>,
        body -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = sheets, primary_key(code))]
struct Sheet {
    code: String,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<i32>,
    body: String,
    version: i64,
}

/// Each of the two rows has the key `it's`, and the third attempt waits for that of the scope.
#[test]
fn a_row_is_found_by_a_text_and_its_scope() {
    for tenant in [None, Some(7)] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(
            "CREATE TABLE sheets (id INTEGER NOT NULL PRIMARY KEY, code VARCHAR(50) NOT NULL, tenant INTEGER, \
             body VARCHAR(50) NOT NULL, version BIGINT NOT NULL); \
             CREATE UNIQUE INDEX of_tenants ON sheets (code, tenant); \
             INSERT INTO sheets VALUES (1, 'it''s', NULL, '', 1), (2, 'it''s', 7, '', 1)",
        )
        .unwrap();
        let id = if tenant.is_none() { 1 } else { 2 };
        let change = format!("UPDATE sheets SET version = version + 1 WHERE id = {id}");
        waits_for_the_row(&scratch, &change, |conn, others| {
            let all: Vec<Sheet> = sheets::table.select(Sheet::as_select()).load(conn)?;
            let mut sheet = all
                .into_iter()
                .find(|sheet| sheet.tenant == tenant)
                .unwrap();
            others.come_first();
            sheet.body = "new".into();
            sheet.save_checked(conn)
        });
    }
}

/// A batch loses both, of which the second one stands first.
#[test]
fn two_rows_are_locked_in_the_order_of_their_keys() {
    let scratch = &Scratch::new();
    let attempts = while_another_holds(
        scratch,
        "UPDATE contacts SET version = version + 1 WHERE id = 2",
        |conn, others| {
            let mut both = [find(2, conn)?, find(1, conn)?];
            if others.attempt() <= 2 {
                scratch.connect().batch_execute(ANN_CHANGES)?;
            }
            others.come_first();
            both[0].phone = None;
            both.save_all_checked(conn)
        },
        |id, mut holder, _| {
            wait_until_blocked(id);
            let impatient = &mut scratch.connect();
            impatient.batch_execute(SQL.impatient).unwrap();
            let locked = impatient.batch_execute(ANN_CHANGES).map_err(Error::from);
            let error = locked.expect_err("Ann is locked while Bob is waited for");
            assert!(error.is_transient(), "{error:?}");
            holder.batch_execute("COMMIT").unwrap();
        },
    );
    assert_eq!(attempts.unwrap(), 3);
}

#[test]
fn a_row_that_was_deleted_is_not_waited_for() {
    let scratch = &Scratch::new();
    let attempts = Cell::new(0);
    retry(policy(), &mut scratch.connect(), |conn| {
        attempts.set(attempts.get() + 1);
        let Some(mut ann) = find(1, conn).optional()? else {
            return Ok::<_, Error>(());
        };
        let others = [ANN_CHANGES, "DELETE FROM contacts WHERE id = 1"];
        scratch
            .connect()
            .batch_execute(others[attempts.get() - 1])?;
        ann.phone = None;
        ann.save_checked(conn)
    })
    .unwrap();
    assert_eq!(attempts.get(), 3);
}

/// Its failure is an attempt, and the next one waits for nobody behind its BEGIN.
#[test]
fn a_lock_that_takes_too_long_costs_an_attempt() {
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    let holder = Mutex::new(scratch.connect());
    let told = Mutex::new(Vec::new());
    let policy = policy().notify(|count, error: &Error, _| {
        told.lock()
            .unwrap()
            .push((count, error.is_transient() && !error.is_conflict()));
        if count == 2 {
            let mut holder = holder.lock().unwrap();
            holder
                .batch_execute("BEGIN; SELECT 1 FROM contacts FOR UPDATE")
                .unwrap();
        }
    });
    let attempts = Cell::new(0);
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        let mut ann = find(1, conn)?;
        match attempts.get() {
            1 | 2 => scratch.connect().batch_execute(ANN_CHANGES)?,
            _ => holder.lock().unwrap().batch_execute("ROLLBACK")?,
        }
        ann.phone = None;
        ann.save_checked(conn)
    })
    .unwrap();
    assert_eq!(
        attempts.get(),
        3,
        "the body did not run in the third attempt"
    );
    let told = told.into_inner().unwrap();
    assert_eq!(told, [(1, false), (2, false), (3, true)]);
}
