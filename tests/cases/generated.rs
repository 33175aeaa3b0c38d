//! `#[optlock(version, generated)]`: the database makes each version, and a save reads it.

use crate::helpers::expect::{self, ANN, BOB, Row};
use crate::helpers::leases::{MINUTE, loss};
use crate::helpers::made::{self, Made, STEP, scratch};
use crate::helpers::people::changed_my_mind;
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::result::DatabaseErrorKind::ForeignKeyViolation;
use diesel::result::Error::DatabaseError;
use optlock::backend::Database;
use optlock::lease::Lease;
use optlock::retry::Policy;
use optlock::{Error, LeaseLoss, Outcome, Refreshed, Resolved, Saved, Upserted};
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;
use std::cell::Cell;
use std::thread;

const AFTER: i64 = 1 + STEP;

fn ann(conn: &mut Conn) -> Made {
    Made::stored(1, conn)
}

/// The first words of what was sent.
fn sent(watch: &Watch) -> Vec<String> {
    let word = |sql: String| sql.split_whitespace().next().unwrap_or_default().to_owned();
    watch.take_sent().into_iter().map(word).collect()
}

/// The database has not made a version.
#[track_caller]
fn not_generated(error: &Error, (of_table, of_key): Row, kept: i64) {
    let Error::NotGenerated {
        table,
        key,
        version,
        ..
    } = error
    else {
        panic!("another error: {error:?}");
    };
    assert_eq!((*table, key.as_str()), (of_table, of_key));
    assert_eq!(*version, kept.into());
    let message = format!(
        "was not written: the database is to generate its version, and no trigger has advanced {kept}"
    );
    expect::says(error, (of_table, of_key), &message);
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
}

#[test]
fn a_save_takes_over_the_version_that_the_database_has_made() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut ann = ann(conn);
    for (name, version) in [("Anna", AFTER), ("Anne", AFTER + STEP)] {
        ann.name = name.into();
        ann.save_checked(conn).unwrap();
        assert_eq!(ann.version, version);
        assert_eq!(Made::stored(1, conn), ann);
    }
    assert_eq!(Made::stored(2, conn).version, 1);
}

/// Between the write and the read nobody else can write the row.
#[test]
fn the_version_comes_with_the_write_or_is_read_in_its_transaction() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut ann = ann(conn);
    let watch = Watch::on(conn);
    ann.save_checked(conn).unwrap();
    let statements = watch.take_sent();
    let update = statements.iter().find(|sql| sql.starts_with("UPDATE"));
    let (set, rest) = update.unwrap().split_once("WHERE").unwrap();
    assert!(!set.contains("version"), "{set}");
    assert_eq!(
        rest.contains("RETURNING"),
        CAPABILITIES.database == Database::Postgres,
        "{rest}"
    );
    let expected: &[&str] = match CAPABILITIES.database {
        Database::Postgres => &["UPDATE"],
        _ => &["BEGIN", "UPDATE", "SELECT", "COMMIT"],
    };
    ann.save_checked(conn).unwrap();
    assert_eq!(sent(&watch), expected);
    conn.transaction(|conn| {
        sent(&watch);
        ann.save_checked(conn)?;
        let expected: &[&str] = match CAPABILITIES.database {
            Database::Postgres => &["UPDATE"],
            _ => &["SAVEPOINT", "UPDATE", "SELECT", "RELEASE"],
        };
        assert_eq!(sent(&watch), expected);
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn each_statement_is_prepared_once() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut ann = ann(conn);
    ann.save_checked(conn).unwrap();
    let watch = Watch::on(conn);
    ann.save_checked(conn).unwrap();
    assert_eq!(watch.take_cached(), [""; 0]);
}

#[test]
fn a_stale_save_is_a_conflict_and_writes_nothing() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut mine = ann(conn);
    Made::rename(1, "Anna", conn);
    mine.name = "mine".into();
    let before = mine.clone();
    for _ in 0..2 {
        expect::modified(mine.save_checked(conn), ANN, 1, AFTER);
        expect::modified(mine.touch_checked(conn), ANN, 1, AFTER);
        expect::modified(mine.delete_checked(conn), ANN, 1, AFTER);
        assert_eq!(mine, before);
    }
    assert_eq!(ann(conn).name, "Anna");
    ann(conn).delete_checked(conn).unwrap();
    expect::missing(mine.save_checked(conn), ANN, 1);
    assert_eq!(mine, before);
}

/// Whether the database's next version is greater nobody knows.
#[test]
fn a_version_that_goes_back_is_a_conflict_and_merged() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let base = Made {
        version: 100,
        ..ann(conn)
    };
    let mut mine = Made {
        name: "mine".into(),
        ..base.clone()
    };
    expect::modified(mine.save_checked(conn), ANN, 100, 1);
    mine.save_merged(&base, conn).unwrap();
    assert_eq!(mine, ann(conn));
}

/// Who has forgotten the trigger is told at the first save, and nothing is written: without a version that moves each
/// save would overwrite the others'.
#[test]
fn without_a_trigger_nothing_is_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let stored = ann(conn);
    let mut mine = Made {
        name: "mine".into(),
        ..stored.clone()
    };
    let before = mine.clone();
    not_generated(&mine.save_checked(conn).unwrap_err(), ANN, 1);
    not_generated(&mine.touch_checked(conn).unwrap_err(), ANN, 1);
    not_generated(&mine.force_save(conn).unwrap_err(), ANN, 1);
    let mut tracked = Tracked::with_base(stored.clone(), mine.clone());
    not_generated(&tracked.save_changed(conn).unwrap_err(), ANN, 1);
    assert_eq!(tracked, Tracked::with_base(stored.clone(), mine.clone()));
    let mut both = [Made::stored(2, conn), mine.clone()];
    not_generated(&both.save_all_checked(conn).unwrap_err(), BOB, 1);
    assert_eq!(both[1], mine);
    assert_eq!((&mine, ann(conn)), (&before, stored));
}

/// What was written before goes on; in PostgreSQL an error aborts the transaction.
#[test]
fn without_a_trigger_the_write_is_undone_in_a_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Made {
        name: "mine".into(),
        ..ann(conn)
    };
    // (Diesel's transaction does not see that PostgreSQL rolls it back.)
    conn.transaction(|conn| {
        diesel::update(contacts::table.find(2))
            .set(contacts::name.eq("Bobby"))
            .execute(conn)?;
        not_generated(&mine.save_checked(conn).unwrap_err(), ANN, 1);
        Ok::<_, Error>(())
    })
    .unwrap();
    let is_aborted = CAPABILITIES.database == Database::Postgres;
    let bob = if is_aborted { "Bob" } else { "Bobby" };
    assert_eq!(Made::stored(2, conn).name, bob);
    assert_eq!(ann(conn).name, "Ann");
    assert_eq!((mine.name.as_str(), mine.version), ("mine", 1));
}

/// Each operation that writes leaves the value as the row is.
#[test]
fn each_write_takes_the_version_over() {
    let (_scratch, mut conn) = scratch();
    each_write(&mut conn, |conn| Made::stored(1, conn));
}

#[test]
fn each_write_takes_the_version_over_on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let (scratch, _conn) = scratch();
    let conn = &mut AnyConnection::from(scratch.connect());
    each_write(conn, |conn| {
        let made = contacts::table.find(1).select(Made::as_select());
        made.first(conn).unwrap()
    });
}

fn each_write<C>(conn: &mut C, stored: impl Fn(&mut C) -> Made)
where
    C: TransactionConnection,
    Made: methods::Save<C>
        + methods::SaveOrLoad<C>
        + methods::SaveMerged<C>
        + methods::SaveChanged<C>
        + methods::Touch<C>
        + methods::Delete<C>
        + methods::Refresh<C>
        + methods::ForceSave<C>,
{
    let mut version = 1;
    let mut is_next = |ann: &Made, conn: &mut C| {
        version += STEP;
        assert_eq!(ann.version, version);
        assert_eq!(stored(conn), *ann);
    };
    let mut ann = stored(conn);
    let old = ann.clone();
    ann.save_checked(conn).unwrap();
    is_next(&ann, conn);
    ann.touch_checked(conn).unwrap();
    is_next(&ann, conn);
    let mut forced = old.clone();
    forced.force_save(conn).unwrap();
    is_next(&forced, conn);
    transaction(conn, &mut forced, |conn, forced| forced.force_save(conn)).unwrap();
    is_next(&forced, conn);
    assert_eq!(
        ann.refresh(conn).unwrap(),
        Refreshed::Updated(Made {
            version: 1 + 2 * STEP,
            ..old.clone()
        })
    );
    assert_eq!(ann.save_or_load(conn).unwrap(), Outcome::Saved);
    is_next(&ann, conn);
    let mut stale = old.clone();
    assert_eq!(
        stale.save_or_load(conn).unwrap(),
        Outcome::Changed(ann.clone())
    );
    let base = ann.clone();
    ann.name = "Anna".into();
    assert_eq!(ann.save_merged(&base, conn).unwrap(), []);
    is_next(&ann, conn);

    let mut tracked = Tracked::new(ann);
    tracked.phone = Some("999".into());
    assert_eq!(tracked.save_changed(conn).unwrap(), Saved::Written);
    is_next(&tracked, conn);
    for name in ["Anne", "Ann"] {
        tracked.name = name.into();
        assert_eq!(tracked.save_checked(conn).unwrap(), Saved::Written);
        is_next(&tracked, conn);
        assert_eq!(tracked.base(), &*tracked);
    }
    tracked.touch_checked(conn).unwrap();
    is_next(&tracked, conn);
    assert_eq!(tracked.base(), &*tracked);
    assert_eq!(tracked.save_changed(conn).unwrap(), Saved::NothingChanged);
    tracked.delete_checked(conn).unwrap();
}

#[test]
fn a_merge_takes_the_version_over_that_its_own_write_has_made() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut tracked = Tracked::new(ann(conn));
    Made::rename(1, "Anna", conn);
    tracked.phone = Some("999".into());
    let taken = tracked.save_merged(conn).unwrap();
    assert_eq!(taken.len(), 1);
    let expected = Made {
        name: "Anna".into(),
        phone: Some("999".into()),
        version: AFTER + STEP,
        ..Made::stored(1, conn)
    };
    assert_eq!(*tracked, expected);
    assert_eq!(tracked.base(), &expected);
    assert_eq!(Made::stored(1, conn), expected);

    let base = expected.clone();
    let mut mine = Made {
        phone: None,
        ..expected
    };
    Made::rename(1, "Anne", conn);
    assert_eq!(mine.save_merged(&base, conn).unwrap().len(), 1);
    assert_eq!(Made::stored(1, conn), mine);
    Made::rename(1, "theirs", conn);
    let base = mine.clone();
    mine.name = "mine".into();
    let before = mine.clone();
    expect::merge_conflict(mine.save_merged(&base, conn), ANN, &["name"]);
    assert_eq!(mine, before);
}

#[test]
fn a_batch_takes_the_version_of_each_row_over() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut both = [Made::stored(2, conn), ann(conn)];
    both[0].name = "Bobby".into();
    both.save_all_checked(conn).unwrap();
    both[1].name = "Anna".into();
    both.save_all_checked(conn).unwrap();
    for value in &both {
        assert_eq!(value.version, 1 + 2 * STEP);
        assert_eq!(Made::stored(value.id, conn), *value);
    }
    assert!(both.save_each_checked(conn).iter().all(Result::is_ok));
    let each = conn.transaction(|conn| {
        let each = both.save_each_checked(conn);
        Ok::<_, Error>(each.iter().all(Result::is_ok))
    });
    assert!(each.unwrap());
    assert_eq!(
        both.each_ref().map(|value| value.version),
        [1 + 4 * STEP; 2]
    );

    Made::rename(1, "Anne", conn);
    let before = both.clone();
    let Error::BatchConflict(conflict) = both.save_all_checked(conn).unwrap_err() else {
        panic!("no conflict of a batch");
    };
    let losers: Vec<_> = conflict
        .conflicts()
        .iter()
        .map(|(index, row)| (*index, row.key()))
        .collect();
    assert_eq!(losers, [(1, "1")]);
    assert_eq!(both, before);
    assert_eq!(Made::stored(2, conn), both[0]);
    both[1].refresh(conn).map(drop).unwrap();
    both.delete_all_checked(conn).unwrap();
}

#[test]
fn a_rollback_puts_the_version_back() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut both = [Made::stored(2, conn), ann(conn)];
    let before = both.clone();
    let result = transaction(conn, &mut both[..], |conn, both| {
        both.save_all_checked(conn)?;
        both[0].save_checked(conn)?;
        assert_eq!([both[0].version, both[1].version], [1 + 2 * STEP, AFTER]);
        Err::<(), _>(changed_my_mind())
    });
    assert!(result.is_err());
    assert_eq!(both, before);
    assert_eq!(Made::stored(2, conn), before[0]);
}

/// Behind the read of its version the write is undone all the same.
#[test]
fn a_commit_that_fails_puts_the_version_back() {
    let Some(()) = require(CAPABILITIES.deferred_constraints) else {
        return;
    };
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    conn.batch_execute(
        "CREATE TABLE notes (
             contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED
         )",
    )
    .unwrap();
    conn.batch_execute(match CAPABILITIES.database {
        Database::Sqlite => {
            "CREATE TRIGGER dangles AFTER UPDATE ON contacts BEGIN INSERT INTO notes VALUES (9); END"
        }
        _ => {
            "CREATE FUNCTION dangles() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN INSERT INTO notes VALUES (9); RETURN NULL; END $$;
             CREATE TRIGGER dangles AFTER UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION dangles()"
        }
    })
    .unwrap();
    let base = ann(conn);
    let mine = || Made {
        name: "mine".into(),
        ..base.clone()
    };
    let mut tracked = Tracked::with_base(base.clone(), mine());
    let mut values = [mine(), Made::stored(2, conn)];
    let others = values.clone();
    let [first, _] = &mut values;
    for result in [
        first.save_checked(conn),
        first.touch_checked(conn),
        first.force_save(conn),
        first.save_merged(&base, conn).map(drop),
        first.save_or_load(conn).map(drop),
        tracked.save_changed(conn).map(drop),
        values.save_all_checked(conn),
    ] {
        let error = result.unwrap_err();
        let Error::Database(DatabaseError(ForeignKeyViolation, _)) = error else {
            panic!("another error: {error:?}");
        };
    }
    assert_eq!(values, others);
    assert_eq!(tracked, Tracked::with_base(base.clone(), mine()));
    assert_eq!(ann(conn), base);
}

#[test]
fn a_retry_meets_the_row_as_it_stands() {
    let (scratch, mut conn) = scratch();
    let conn = &mut conn;
    let attempts = Cell::new(0);
    let saved = retry(Policy::new(), conn, |conn| {
        let mut mine = ann(conn);
        attempts.set(attempts.get() + 1);
        if attempts.get() == 1 && CAPABILITIES.locks_rows.is_there() {
            Made::rename(1, "Anna", &mut scratch.connect());
        }
        mine.phone = Some("999".into());
        mine.save_checked(conn)?;
        Ok::<_, Error>(mine)
    })
    .unwrap();
    assert_eq!(ann(conn), saved);
    let conflicts = i64::from(CAPABILITIES.locks_rows.is_there());
    assert_eq!(
        (attempts.get(), saved.version),
        (1 + conflicts, AFTER + conflicts * STEP)
    );
}

/// Each thread saves again and again what it has saved before, and loads only after a conflict: with a version that
/// was read too late, and is another client's, the next save would overwrite that client's unseen.
#[test]
fn no_save_of_many_threads_is_lost() {
    const THREADS: usize = 4;
    const SAVES: usize = 25;
    let (scratch, mut conn) = scratch();
    let conn = &mut conn;
    let add = |conn: &mut Conn| {
        let mut mine = Made::stored(1, conn);
        for _ in 0..SAVES {
            loop {
                let before = mine.clone();
                let count: u32 = mine
                    .phone
                    .as_deref()
                    .map_or(0, |phone| phone.parse().unwrap());
                mine.phone = Some((count + 1).to_string());
                match mine.save_checked(conn) {
                    Ok(()) => break,
                    Err(error) => {
                        assert!(error.is_conflict() || error.is_transient(), "{error:?}");
                        assert_eq!(mine.version, before.version);
                        mine = Made::stored(1, conn);
                    }
                }
            }
        }
    };
    let clear = "UPDATE contacts SET phone = NULL";
    conn.batch_execute(clear).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| add(&mut scratch.connect()));
        }
    });
    let total = (THREADS * SAVES).to_string();
    assert_eq!(Made::stored(1, conn).phone, Some(total));
}

#[test]
fn a_value_that_was_never_stored_gets_the_version_of_its_row() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut cid = Made {
        id: 3,
        name: "Cid".into(),
        phone: None,
        version: 0,
    };
    let mut other = cid.clone();
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(cid.version, 1);
    assert_eq!(Made::stored(3, conn), cid);
    let error = other.upsert_checked(conn).unwrap_err();
    expect::says(
        &error,
        ("contacts", "3"),
        "exists already: expected no row, found version 1",
    );
    assert_eq!(other.version, 0);
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Saved);
    assert_eq!(cid.version, AFTER);
    let mut dora = Tracked::new(Made { id: 4, ..other });
    assert_eq!(dora.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!((dora.version, dora.base().version), (1, 1));
}

/// A row that has the version of a value which was never stored would be inserted again when it is deleted.
#[test]
fn a_row_that_would_look_as_if_it_was_never_stored_is_not_inserted() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    conn.batch_execute(match CAPABILITIES.database {
        Database::Sqlite => {
            "CREATE TRIGGER zero AFTER INSERT ON contacts BEGIN UPDATE contacts SET version = 0 WHERE id = NEW.id; END"
        }
        Database::Postgres => "ALTER TABLE contacts ALTER version SET DEFAULT 0",
        _ => "ALTER TABLE contacts ALTER version SET DEFAULT 0",
    })
    .unwrap();
    let mut cid = Made {
        id: 3,
        name: "Cid".into(),
        phone: None,
        version: 0,
    };
    not_generated(&cid.upsert_checked(conn).unwrap_err(), ("contacts", "3"), 0);
    assert_eq!(cid.version, 0);
    assert_eq!(contacts::table.find(3).count().get_result(conn), Ok(0));
}

#[test]
fn what_became_of_a_save_is_told_by_its_fields() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut mine = ann(conn);
    mine.name = "mine".into();
    let mut attempt = mine.attempt().unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    assert_eq!(attempt.save_checked(conn).unwrap(), Saved::Written);
    let landed = Made::stored(1, conn);
    assert_eq!(attempt.value(), &landed);
    assert_eq!(
        attempt.resolve(conn).unwrap(),
        Resolved::ProbablyLanded(landed)
    );
    Made::rename(1, "theirs", conn);
    let theirs = Made::stored(1, conn);
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Changed(theirs));
}

#[test]
fn a_save_under_a_lease_takes_the_version_over() {
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    lease::create_table(conn).unwrap();
    let mut mine = ann(conn);
    mine.name = "mine".into();
    let mut lease = Lease::acquire(&mine, "amy", "page", MINUTE, conn).unwrap();
    for version in [AFTER, AFTER + STEP] {
        mine.save_leased(&lease, conn).unwrap();
        assert_eq!(mine.version, version);
        assert_eq!(ann(conn), mine);
    }
    let mut stale = Made {
        version: 1,
        ..mine.clone()
    };
    expect::modified(stale.save_leased(&lease, conn), ANN, 1, mine.version);
    mine.save_and_release(&mut lease, conn).unwrap();
    assert_eq!(ann(conn), mine);
    let before = mine.clone();
    assert_eq!(loss(mine.save_leased(&lease, conn)).0, LeaseLoss::Lapsed);
    assert_eq!(mine, before);
}

#[test]
fn without_a_trigger_nothing_is_written_under_a_lease() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    lease::create_table(conn).unwrap();
    let mut mine = ann(conn);
    mine.name = "mine".into();
    let before = mine.clone();
    let mut lease = Lease::acquire(&mine, "amy", "page", MINUTE, conn).unwrap();
    not_generated(&mine.save_leased(&lease, conn).unwrap_err(), ANN, 1);
    not_generated(
        &mine.save_and_release(&mut lease, conn).unwrap_err(),
        ANN,
        1,
    );
    assert_eq!((mine, ann(conn).name.as_str()), (before, "Ann"));
    assert!(lease.renew(conn).unwrap().is_done());
}

/// The conditions of a row hold for one whose version the database makes.
mod in_scope {
    use super::*;

    diesel::table! {
        documents {
            id -> Integer,
            tenant -> Nullable<Integer>,
            title -> Text,
            version -> BigInt,
        }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = documents)]
    struct Document {
        id: i32,
        #[diesel(skip_update)]
        #[optlock(scope)]
        tenant: Option<i32>,
        title: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: i64,
    }

    #[test]
    fn the_row_of_another_tenant_is_another_row() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(
            "CREATE TABLE documents (id INTEGER NOT NULL, tenant INTEGER, title VARCHAR(20) NOT NULL, \
             version BIGINT NOT NULL DEFAULT 1);
             INSERT INTO documents VALUES (1, 1, 'first', 1), (1, 2, 'second', 1), (2, 2, 'third', 1)",
        )
        .unwrap();
        conn.batch_execute(&match CAPABILITIES.database {
            Database::Sqlite => format!(
                "CREATE TRIGGER made AFTER UPDATE ON documents WHEN NEW.version = OLD.version
                 BEGIN UPDATE documents SET version = OLD.version + {STEP} WHERE rowid = NEW.rowid; END"
            ),
            _ => made::trigger().replace("contacts", "documents"),
        })
        .unwrap();
        let of = |id: i32, tenant: Option<i32>, conn: &mut Conn| {
            let row = documents::table.filter(documents::id.eq(id));
            let row = row.filter(documents::tenant.eq(tenant));
            row.select(Document::as_select()).first(conn).unwrap()
        };
        let mut mine: Document = of(1, Some(1), conn);
        mine.title = "mine".into();
        mine.save_checked(conn).unwrap();
        mine.touch_checked(conn).unwrap();
        assert_eq!(mine.version, 1 + 2 * STEP);
        assert_eq!(of(1, Some(1), conn), mine);
        assert_eq!(of(1, Some(2), conn).version, 1);
        let mut theirs = of(2, Some(2), conn);
        theirs.save_checked(conn).unwrap();
        let mut both = [mine, theirs];
        both.save_all_checked(conn).unwrap();
        assert_eq!(
            [both[0].version, both[1].version],
            [1 + 3 * STEP, 1 + 2 * STEP]
        );
        let mut nobodys = Document {
            tenant: Some(3),
            ..both[0].clone()
        };
        expect::missing(nobodys.save_checked(conn), ("documents", "1"), 1 + 3 * STEP);
    }
}
