//! The cases that hold everywhere.

use super::trace::{TIMES, assert_nothing_kept, assert_prepared_once, connect, count, trace};
use super::{CAPABILITIES, Conn, Scratch};
use crate::prelude::*;
use optlock::{Outcome, Refreshed};
use optlock_tests::models::{Contact, Counter, Membership, Patch, Stamped};
use optlock_tests::schema::{contacts, counters, memberships, stamped, wide};
use std::collections::BTreeSet;

#[test]
fn a_save() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    assert_prepared_once(conn, |conn, nth| {
        let mut ann = Contact {
            name: format!("Ann {nth}"),
            version: nth.into(),
            ..Contact::ann()
        };
        ann.save_checked(conn).unwrap();
    });
}

#[test]
fn a_save_or_load_has_the_statement_of_a_save() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut ann = Contact::ann();
    ann.save_checked(conn).unwrap();
    let again = trace(conn, |conn| {
        assert_eq!(ann.save_or_load(conn).unwrap(), Outcome::Saved)
    });
    assert_eq!(again.cached, [""; 0]);
}

/// Ann with a version that her row has no more.
fn stale(nth: i32) -> Contact {
    Contact {
        version: 1 - i64::from(nth),
        ..Contact::ann()
    }
}

#[test]
fn a_conflict_and_the_row_that_is_loaded_after_it() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    assert_prepared_once(conn, |conn, nth| {
        assert_eq!(
            stale(nth).save_or_load(conn).unwrap(),
            Outcome::Changed(Contact::ann())
        );
    });
}

#[test]
fn a_conflict_and_the_read_that_explains_it() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    assert_prepared_once(conn, |conn, nth| {
        let error = stale(nth).save_checked(conn).unwrap_err();
        let expected = 1 - nth;
        assert_eq!(
            error.to_string(),
            format!("contacts 1 was changed: expected version {expected}, found 1")
        );
    });
}

#[test]
fn a_conflict_in_a_transaction_where_the_read_may_lock() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    conn.begin_test_transaction().unwrap();
    assert_prepared_once(conn, |conn, nth| {
        let error = stale(nth).save_checked(conn).unwrap_err();
        let expected = 1 - nth;
        assert_eq!(
            error.to_string(),
            format!("contacts 1 was changed: expected version {expected}, found 1")
        );
    });
}

#[test]
fn a_delete() {
    let scratch = Scratch::new();
    let people = (1..=TIMES as i32).map(|group_id| Membership {
        user_id: 1,
        group_id,
        role: "guest".into(),
        lock_version: 1,
    });
    let people: Vec<_> = people.collect();
    diesel::insert_into(memberships::table)
        .values(&people)
        .execute(&mut scratch.connect())
        .unwrap();
    assert_prepared_once(&mut connect(&scratch), |conn, group_id| {
        people[group_id as usize - 1].delete_checked(conn).unwrap();
    });
}

#[test]
fn a_delete_of_what_is_gone() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, nth| {
        let gone = Contact {
            id: 100 + nth,
            ..Contact::ann()
        };
        assert!(gone.delete_checked(conn).unwrap_err().is_missing());
    });
}

#[test]
fn a_load() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, _| {
        assert_eq!(
            Contact::ann().load_current(conn).unwrap(),
            Some(Contact::ann())
        );
    });
}

#[test]
fn a_touch() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, nth| {
        let mut ann = Contact {
            version: nth.into(),
            ..Contact::ann()
        };
        ann.touch_checked(conn).unwrap();
    });
}

#[test]
fn a_touch_with_an_audit_stamp() {
    let scratch = Scratch::new();
    let row = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on: chrono::DateTime::UNIX_EPOCH.naive_utc() + chrono::TimeDelta::days(1),
    };
    diesel::insert_into(stamped::table)
        .values(&row)
        .execute(&mut scratch.connect())
        .unwrap();
    assert_prepared_once(&mut connect(&scratch), |conn, nth| {
        let mut row = Stamped {
            version: nth.into(),
            ..row.clone()
        };
        row.touch_checked(conn).unwrap();
    });
}

#[test]
fn a_check() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, _| {
        Contact::ann().check_current(conn).unwrap();
    });
}

#[test]
fn a_lock() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    conn.begin_test_transaction().unwrap();
    assert_prepared_once(conn, |conn, _| Contact::ann().lock_checked(conn).unwrap());
}

#[test]
fn a_refresh() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, _| {
        let mut ann = Contact::ann();
        assert_eq!(ann.refresh(conn).unwrap(), Refreshed::Unchanged);
    });
}

#[test]
fn a_forced_save() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, nth| {
        let mut ann = Contact::ann();
        ann.force_save(conn).unwrap();
        assert_eq!(ann.version, i64::from(nth) + 1);
    });
}

#[test]
fn a_forced_delete_of_what_is_gone() {
    let scratch = Scratch::new();
    assert_prepared_once(&mut connect(&scratch), |conn, nth| {
        let gone = Contact {
            id: 100 + nth,
            ..Contact::ann()
        };
        assert!(!gone.force_delete(conn).unwrap());
    });
}

/// Of one row, of two, and so on. The locks of up to ten have one text on MySQL and MariaDB.
#[test]
fn of_a_batch_nothing_is_kept_that_depends_on_its_length() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let counter = |id| Counter {
        id,
        value: 0,
        version: 1,
    };
    let mut all: Vec<_> = (1..=30).map(counter).collect();
    diesel::insert_into(counters::table)
        .values(&all)
        .execute(&mut scratch.connect())
        .unwrap();
    let first = trace(conn, |conn| {
        (1..=3).for_each(|rows| all[..rows].save_all_checked(conn).unwrap());
    });
    assert_eq!(
        count(&first.cached),
        CAPABILITIES.kept_batch_statements,
        "{:?}",
        first.cached
    );
    let more = trace(conn, |conn| {
        (4..=30).for_each(|rows| all[..rows].save_all_checked(conn).unwrap());
    });
    assert_eq!(more.cached, [""; 0]);
    assert_eq!(more.kept.map_or(0, |kept| kept.statements), 0);
}

diesel::table! {
    old {
        id -> Integer,
        version -> Nullable<BigInt>,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = old)]
struct Old {
    id: i32,
    version: Option<i64>,
}

/// `IS NULL` and `= ?` are two texts, and both are kept.
#[test]
fn a_save_of_a_version_that_may_be_null_has_two_statements() {
    let scratch = Scratch::new();
    scratch
        .connect()
        .batch_execute(
            "CREATE TABLE old (id INTEGER NOT NULL PRIMARY KEY, version BIGINT);
             INSERT INTO old (id) VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)",
        )
        .unwrap();
    let conn = &mut connect(&scratch);
    let save = |conn: &mut Conn, id: i32| {
        let mut row = Old { id, version: None };
        row.save_checked(conn).unwrap();
        row.save_checked(conn).unwrap();
        assert_eq!(row.version, Some(2));
    };
    let first = trace(conn, |conn| save(conn, 1));
    assert_eq!(first.cached.len(), 2, "{:?}", first.cached);
    let more = trace(conn, |conn| (2..10).for_each(|id| save(conn, id)));
    assert_eq!(more.cached, [""; 0]);
}

/// The yardstick, and why optlock has statement types of its own.
#[test]
fn a_hand_written_update_is_prepared_anew_each_time() {
    let scratch = Scratch::new();
    let updates = trace(&mut connect(&scratch), |conn| {
        for nth in 1..=TIMES {
            let row = contacts::table.find(1).filter(contacts::version.eq(nth));
            diesel::update(row)
                .set(contacts::version.eq(nth + 1))
                .execute(conn)
                .unwrap();
        }
    });
    assert_eq!(count(&updates.sent), TIMES);
    assert_nothing_kept(&updates);
}

/// Which of the ten columns of a [`Patch`] are set: a bit each.
fn patch(shape: usize, version: i64) -> Patch {
    let column = |index: usize| (shape >> index & 1 == 1).then(|| format!("{shape}"));
    Patch {
        id: 1,
        a: column(0),
        b: column(1),
        c: column(2),
        d: column(3),
        e: column(4),
        f: column(5),
        g: column(6),
        h: column(7),
        i: column(8),
        j: column(9),
        version,
    }
}

#[test]
fn a_patch_leaves_nothing_behind_whatever_its_shape() {
    const SHAPES: usize = 1 << 10;
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::version.eq(1)))
        .execute(conn)
        .unwrap();
    let mut version = 1;
    let saves = trace(conn, |conn| {
        for shape in 0..SHAPES {
            let mut patch = patch(shape, version);
            patch.save_checked(conn).unwrap();
            version = patch.version;
        }
    });
    // The one without a column changes nothing, and so sends nothing.
    assert_eq!(saves.sent.iter().collect::<BTreeSet<_>>().len(), SHAPES - 1);
    assert_eq!(saves.sent.len(), SHAPES - 1);
    assert_nothing_kept(&saves);

    // The last shape to set `a` sets all ten.
    let stored: (Option<String>, Option<String>, i64) = wide::table
        .find(1)
        .select((wide::a, wide::j, wide::version))
        .first(conn)
        .unwrap();
    assert_eq!(
        stored,
        (Some("1023".into()), Some("1023".into()), SHAPES as i64)
    );
}

#[test]
fn who_has_the_leases_of_a_list() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    lease::create_table(conn).unwrap();
    let list = trace(conn, |conn| {
        let _ = [Contact::ann(), Contact::bob()]
            .lease_statuses(conn)
            .unwrap();
    });
    assert_eq!(list.cached, [""; 0]);
}
