//! One client, and what another one has done before.

use super::prelude::*;
use super::{Conn, SQL, Scratch};
use crate::requests::{
    FAILED, any, if_match, missing, modified, names_none, naming, star, star_refused,
};
use diesel::connection::InstrumentationEvent;
use http::StatusCode;
use optlock::http::{ETag, Failure, IfMatch, Precondition, status};
use optlock::{Error, Upserted};
use optlock_tests::models::{Account, Contact, Membership, Patch, Stamped};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{accounts, contacts, stamped, wide};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a client PUTs, which knows the version by its tag alone.
fn put() -> Contact {
    Contact {
        name: "mine".into(),
        version: 0,
        ..Contact::ann()
    }
}

/// Ann's row as it is.
fn stored(conn: &mut Conn) -> Option<Contact> {
    let ann = contacts::table.find(1).select(Contact::as_select());
    ann.first(conn).optional().unwrap()
}

/// Another client saves Ann's row.
fn save(conn: &mut Conn) -> Contact {
    let mut theirs = stored(conn).unwrap();
    theirs.name = "theirs".into();
    theirs.save_checked(conn).unwrap();
    theirs
}

fn delete(conn: &mut Conn) {
    stored(conn).unwrap().delete_checked(conn).unwrap();
}

/// The tag of a version of Ann's row.
fn tag(version: i64) -> ETag {
    ETag::of_version::<Contact>(&1, &(), &version)
}

#[test]
fn a_save_at_the_version_of_the_tag_is_one_statement() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut mine, watch) = (put(), Watch::on(conn));
    mine.save_if_match(&naming([tag(1)]), conn).unwrap();
    let sent = watch.take_sent();
    assert!(
        matches!(&sent[..], [update] if update.starts_with("UPDATE")),
        "{sent:?}"
    );
    assert_eq!(mine.version, 2);
    assert_eq!(mine.etag(), tag(2));
    assert_eq!(stored(conn), Some(mine));
}

#[test]
fn a_stale_tag_is_refused_whatever_the_version_in_memory() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save(conn);
    for version in [0, 1, 2, 7] {
        let before = Contact { version, ..put() };
        let mut mine = before.clone();
        modified(mine.save_if_match(&naming([tag(1)]), conn), 1, 2);
        modified(mine.touch_if_match(&naming([tag(1)]), conn), 1, 2);
        modified(mine.delete_if_match(&naming([tag(1)]), conn), 1, 2);
        assert_eq!(mine, before);
    }
    assert_eq!(stored(conn).unwrap().name, "theirs");
}

/// The tag of a list entry, in the body of a batch.
#[test]
fn a_tag_is_a_header_that_names_it_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    assert_eq!(IfMatch::from(tag(1)), naming([tag(1)]));
    let mut mine = put();
    names_none(
        mine.require(&Contact::bob().etag().into())
            .map_err(Failure::from),
    );
    mine.require(&tag(1).into()).unwrap();
    mine.save_checked(conn).unwrap();
    modified(mine.save_if_match(&tag(1).into(), conn), 1, 2);
}

#[test]
fn a_variant_of_the_tag_is_its_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = put();
    let tag = tag(1).variant("de").variant("application/json");
    mine.save_if_match(&naming([tag]), conn).unwrap();
    assert_eq!(mine.version, 2);
}

#[test]
fn a_tag_of_another_row_table_or_program_is_no_version_of_this_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let membership = Membership {
        user_id: 1,
        group_id: 1,
        role: "guest".into(),
        lock_version: 1,
    };
    for header in [
        Contact::bob().etag().to_string(),
        membership.etag().to_string(),
        ETag::of_version::<Account>(&1, &(), &1).to_string(),
        r#""1", "another,program""#.to_owned(),
        format!("W/{}", tag(1)),
        tag(1).to_string().replace(".1\"", ".01\""),
        tag(1).to_string().replace(".1\"", "-gzip.1\""),
        tag(1).to_string().replace(".1\"", ".1-gzip\""),
    ] {
        let (mut mine, header) = (put(), if_match(&header));
        names_none(mine.save_if_match(&header, conn));
        names_none(mine.touch_if_match(&header, conn));
        names_none(mine.delete_if_match(&header, conn));
        names_none(mine.require(&header).map_err(Failure::from));
        assert_eq!(mine, put());
    }
    assert_eq!(stored(conn), Some(Contact::ann()));
    // Without a row, the answer is that there is none.
    delete(conn);
    let header = naming([Contact::bob().etag()]);
    missing(
        put().save_if_match(&header, conn),
        None,
        StatusCode::NOT_FOUND,
    );
    missing(
        put().delete_if_match(&header, conn),
        None,
        StatusCode::NOT_FOUND,
    );
}

#[test]
fn a_tag_that_was_weakened_is_taken_if_the_handler_says_so() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let tag = |version| tag(version).to_string();
    let headers = [
        format!("W/{}", tag(1)),
        tag(2).replace(".2\"", ".2-gzip\""),
        tag(3).replace(".3\"", ".3--br\""),
        format!("W/{}", tag(4).replace(".4\"", ".4-zstd\"")),
    ];
    for (version, header) in (1..).zip(headers) {
        names_none(put().save_if_match(&if_match(&header), conn));
        let mut mine = put();
        mine.save_if_match(&if_match(&header).accept_weakened(), conn)
            .unwrap();
        assert_eq!(mine.version, version + 1, "{header}");
    }
    // Not more than that: another version, another suffix, another row.
    let stale = if_match(&format!("W/{}", tag(1))).accept_weakened();
    modified(put().save_if_match(&stale, conn), 1, 5);
    for header in [
        tag(5).replace(".5\"", ".5-gzip-gzip\""),
        tag(5).replace(".5\"", ".5-zip\""),
        format!("W/{}", Contact::bob().etag()),
    ] {
        names_none(put().save_if_match(&if_match(&header).accept_weakened(), conn));
    }
}

#[test]
fn of_several_tags_the_one_of_the_row_counts() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save(conn);
    let mut mine = put();
    let both = naming([Contact::bob().etag(), tag(1), tag(2), tag(1)]);
    mine.save_if_match(&both, conn).unwrap();
    assert_eq!(mine.version, 3);

    modified(mine.save_if_match(&both, conn), None, 3);
    modified(mine.touch_if_match(&both, conn), None, 3);
    modified(mine.delete_if_match(&both, conn), None, 3);
    assert_eq!(mine.version, 3);
    mine.touch_if_match(&naming([tag(3), tag(1)]), conn)
        .unwrap();
    assert_eq!(mine.version, 4);
    mine.delete_if_match(&naming([tag(3), tag(4)]), conn)
        .unwrap();
    assert_eq!(stored(conn), None);
    missing(mine.save_if_match(&both, conn), None, StatusCode::NOT_FOUND);
    missing(
        mine.delete_if_match(&both, conn),
        None,
        StatusCode::NOT_FOUND,
    );
    assert_eq!(mine.version, 4);
}

#[test]
fn several_tags_in_a_transaction_lock_the_row_first() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save(conn);
    let mut mine = put();
    let both = naming([tag(1), tag(2)]);
    transaction(conn, &mut mine, |conn, mine| {
        mine.save_if_match(&both, conn)
    })
    .unwrap();
    assert_eq!(mine.version, 3);
    let deleted =
        |conn: &mut Conn| transaction(conn, (), |conn, ()| put().delete_if_match(&both, conn));
    modified(deleted(conn), None, 3);
    let mut last = put();
    let refused = transaction(conn, &mut last, |conn, last| {
        last.save_if_match(&naming([tag(3), tag(4)]), conn)?;
        assert_eq!(last.version, 4);
        last.save_if_match(&both, conn)
    });
    modified(refused, None, 4);
    assert_eq!(last, put());
    assert_eq!(stored(conn), Some(mine));
}

/// A value that was loaded and patched has columns that the client has not named.
#[test]
fn a_star_that_the_handler_has_not_accepted_is_refused_and_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(conn).unwrap();
    mine.name = "mine".into();
    let before = mine.clone();
    let theirs = save(&mut scratch.connect());
    let watch = Watch::on(conn);
    star_refused(mine.save_if_match(&star(), conn));
    star_refused(mine.touch_if_match(&star(), conn));
    star_refused(mine.delete_if_match(&star(), conn));
    star_refused(mine.require(&star()).map_err(Failure::from));
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(mine, before);
    assert_eq!(stored(conn), Some(theirs));
}

#[test]
fn a_star_that_is_accepted_takes_any_version_of_a_row_that_is_there() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save(conn);
    let mut mine = put();
    mine.save_if_match(&any(), conn).unwrap();
    assert_eq!(mine.version, 3);
    assert_eq!(stored(conn), Some(mine.clone()));
    transaction(conn, &mut mine, |conn, mine| {
        mine.save_if_match(&any(), conn)
    })
    .unwrap();
    mine.touch_if_match(&any(), conn).unwrap();
    transaction(conn, &mut mine, |conn, mine| {
        mine.touch_if_match(&any(), conn)
    })
    .unwrap();
    assert_eq!(mine.version, 6);
    let watch = Watch::on(conn);
    put().delete_if_match(&any(), conn).unwrap();
    let sent = watch.take_sent();
    assert!(
        matches!(&sent[..], [delete] if delete.starts_with("DELETE")),
        "{sent:?}"
    );

    missing(mine.save_if_match(&any(), conn), None, FAILED);
    missing(mine.touch_if_match(&any(), conn), None, FAILED);
    missing(mine.delete_if_match(&any(), conn), None, FAILED);
    let refused = transaction(conn, &mut mine, |conn, mine| {
        mine.save_if_match(&any(), conn)
    });
    missing(refused, None, FAILED);
    assert_eq!(mine.version, 6);
}

#[test]
fn a_row_that_is_gone_is_a_404_and_of_a_put_that_may_create_a_412() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    delete(conn);
    let refused = |conn: &mut Conn| put().save_if_match(&naming([tag(1)]), conn);
    missing(refused(conn), 1, StatusCode::NOT_FOUND);
    missing(refused(conn).map_err(Failure::may_create), 1, FAILED);
    missing(
        put().delete_if_match(&naming([tag(1)]), conn),
        1,
        StatusCode::NOT_FOUND,
    );
}

/// A PATCH without fields.
fn nothing() -> Patch {
    Patch {
        id: 1,
        ..Patch::default()
    }
}

#[test]
fn a_patch_that_changes_nothing_is_checked_all_the_same() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::version.eq(5)))
        .execute(conn)
        .unwrap();
    let tag = |version: i64| ETag::of_version::<Patch>(&1, &(), &version);
    for header in [naming([tag(5)]), naming([tag(4), tag(5)]), any()] {
        let mut patch = nothing();
        patch.save_if_match(&header, conn).unwrap();
        // The version of the row, so that its tag can be answered.
        assert_eq!(patch.version, 5);
    }
    for (header, expected) in [
        (naming([tag(4)]), Some(4)),
        (naming([tag(4), tag(6)]), None),
    ] {
        let mut patch = nothing();
        let failure = patch.save_if_match(&header, conn).unwrap_err();
        let Error::ConcurrentModification(conflict) = failure.error() else {
            panic!("no conflict: {failure:?}");
        };
        assert_eq!(
            conflict.expected(),
            expected.map(optlock::VersionValue::from).as_ref()
        );
        assert_eq!(failure.status(), FAILED);
        assert_eq!(patch, nothing());
    }
    let foreign = if_match(r#""5""#);
    let failure = nothing().save_if_match(&foreign, conn).unwrap_err();
    assert!(
        matches!(failure.error(), Error::PreconditionFailed { .. }),
        "{failure:?}"
    );
    diesel::delete(wide::table).execute(conn).unwrap();
    for (header, status) in [
        (naming([tag(5)]), StatusCode::NOT_FOUND),
        (naming([tag(5), tag(6)]), StatusCode::NOT_FOUND),
        (foreign, StatusCode::NOT_FOUND),
        (any(), FAILED),
    ] {
        let mut patch = nothing();
        let failure = patch.save_if_match(&header, conn).unwrap_err();
        assert!(failure.error().is_missing(), "{failure:?}");
        assert_eq!(failure.status(), status);
        assert_eq!(patch, nothing());
    }
}

#[test]
fn an_audit_stamp_is_put_back_with_the_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let long_ago = chrono::DateTime::from_timestamp(1_000_000_000, 0).unwrap();
    let long_ago = long_ago.naive_utc();
    let before = Stamped {
        id: 1,
        name: "mine".into(),
        version: 0,
        updated_on: long_ago,
    };
    let row = Stamped {
        version: 1,
        ..before.clone()
    };
    diesel::insert_into(stamped::table)
        .values(&row)
        .execute(conn)
        .unwrap();
    let tag = |version: i64| ETag::of_version::<Stamped>(&1, &(), &version);
    let mut mine = before.clone();
    assert!(mine.save_if_match(&naming([tag(7)]), conn).is_err());
    assert!(
        mine.touch_if_match(&naming([tag(7), tag(8)]), conn)
            .is_err()
    );
    assert_eq!(mine, before);
    mine.save_if_match(&naming([tag(1)]), conn).unwrap();
    assert_eq!(mine.version, 2);
    assert!(mine.updated_on > long_ago);
}

#[test]
fn require_sets_the_version_that_a_checked_write_asks_for() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = put();
    mine.require(&naming([Contact::bob().etag(), tag(1)]))
        .unwrap();
    assert_eq!(mine.version, 1);
    mine.save_checked(conn).unwrap();

    // Of several, the one that the value has: it was loaded.
    let both = naming([tag(1), tag(2)]);
    mine.require(&both).unwrap();
    mine.require(&any()).unwrap();
    assert_eq!(mine.version, 2);
    star_refused(mine.require(&star()).map_err(Failure::from));
    mine.version = 3;
    names_none(mine.require(&both).map_err(Failure::from));
    assert_eq!(mine.version, 3);
}

#[test]
fn a_put_that_only_creates_is_an_upsert_of_a_value_without_a_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let at = chrono::DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc();
    let account = |id, email: &str| Account {
        id,
        email: email.into(),
        version: 0,
        updated_on: at,
    };
    let created = account(1, "ann@example.org").upsert_checked(conn).unwrap();
    assert_eq!(created, Upserted::Inserted);
    let statuses = |error: Error| {
        [Precondition::IF_NONE_MATCH, Precondition::NONE].map(|header| status(&error, header))
    };
    let there = account(1, "anna@example.org")
        .upsert_checked(conn)
        .unwrap_err();
    assert_eq!(statuses(there), [FAILED, StatusCode::CONFLICT]);
    let taken = account(2, "ann@example.org")
        .upsert_checked(conn)
        .unwrap_err();
    assert_eq!(statuses(taken), [StatusCode::CONFLICT; 2]);
    assert_eq!(accounts::table.count().get_result(conn), Ok(1));
}

/// Before each of so many updates that the connection sends, another client saves Ann's row.
fn interrupt(conn: &mut Conn, scratch: &Scratch, mut times: u32) {
    let mut theirs = scratch.connect();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::StartQuery { query, .. } = event else {
            return;
        };
        if times > 0 && query.to_string().contains("mine") {
            times -= 1;
            save(&mut theirs);
        }
    });
}

#[test]
fn of_several_tags_the_next_one_has_its_turn_when_another_client_was_faster() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    interrupt(conn, &scratch, 2);
    let mut mine = put();
    mine.save_if_match(&naming([tag(3), tag(1), tag(2)]), conn)
        .unwrap();
    assert_eq!(mine.version, 4);
    assert_eq!(stored(conn), Some(mine));
}

#[test]
fn no_tag_has_a_second_turn() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    interrupt(conn, &scratch, u32::MAX);
    let mut mine = put();
    modified(mine.save_if_match(&naming([tag(1), tag(2)]), conn), None, 3);
    modified(mine.save_if_match(&naming([tag(3)]), conn), 3, 4);
    assert_eq!(mine, put());
}

#[test]
fn a_star_overwrites_whoever_was_faster_and_its_version_is_nobody_elses() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    interrupt(conn, &scratch, 3);
    let mut mine = put();
    mine.save_if_match(&any(), conn).unwrap();
    assert_eq!(mine.version, 5);
    assert_eq!(stored(conn), Some(mine));
}

/// The read has locked the row: two writers that had only read it would wait for each other.
#[test]
fn in_a_transaction_nobody_writes_between_the_read_and_the_write() {
    for header in [naming([tag(1), tag(2)]), any()] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut other = scratch.connect();
        other.batch_execute(SQL.impatient).unwrap();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            let InstrumentationEvent::StartQuery { query, .. } = event else {
                return;
            };
            if query.to_string().contains("mine") {
                let error = Contact::ann().save_checked(&mut other).unwrap_err();
                assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
            }
        });
        let mut mine = put();
        transaction(conn, &mut mine, |conn, mine| {
            mine.save_if_match(&header, conn)
        })
        .unwrap();
        assert_eq!(mine.version, 2);
    }
}

/// Two transactions that had both read the row would wait for each other, and one be given up.
#[test]
fn in_a_transaction_the_read_of_one_keeps_the_read_of_another_waiting() {
    for header in [naming([tag(1), tag(2)]), any()] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut other = scratch.connect();
        other.batch_execute(SQL.impatient).unwrap();
        let has_read = Arc::new(AtomicBool::new(false));
        let writes = Arc::clone(&has_read);
        other.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                writes.fetch_or(query.to_string().contains("theirs"), Ordering::Relaxed);
            }
        });
        let theirs = header.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            let InstrumentationEvent::StartQuery { query, .. } = event else {
                return;
            };
            if query.to_string().contains("mine") {
                let mut value = put();
                value.name = "theirs".into();
                let result: Result<(), Failure> =
                    transaction(&mut other, &mut value, |conn, value| {
                        value.save_if_match(&theirs, conn)
                    });
                let error = result.unwrap_err().into_error();
                assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
            }
        });
        let mut mine = put();
        transaction(conn, &mut mine, |conn, mine| {
            mine.save_if_match(&header, conn)
        })
        .unwrap();
        assert_eq!(mine.version, 2);
        assert!(!has_read.load(Ordering::Relaxed));
    }
}
