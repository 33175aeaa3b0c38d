//! Two connections, and a page that both have open.

use super::prelude::*;
use super::{CAPABILITIES, Conn, SQL, Scratch, lookout};
use crate::{changed, editing, keys};
use optlock::backend::Database;
use optlock::seal::Seal;
use optlock::{Error, Fingerprint, Saved};
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;
use std::cell::{Cell, RefCell};
use std::sync::Barrier;

fn stored(conn: &mut Conn) -> Contact {
    let row = contacts::table.find(1).select(Contact::as_select());
    row.first(conn).unwrap()
}

fn legacy(conn: &mut Conn) -> Tracked<Legacy> {
    let row = contacts::table.find(1).select(Legacy::as_select());
    Tracked::new(row.first(conn).unwrap())
}

fn page(seal: &Seal<'_>, conn: &mut Conn) -> String {
    Fingerprint::builder(seal).row(&stored(conn)).build().into()
}

/// A plain update of the row, by a program that checks nothing.
fn set_phone(phone: &str, conn: &mut Conn) -> QueryResult<()> {
    let row = diesel::update(contacts::table.find(1));
    row.set(contacts::phone.eq(phone)).execute(conn).map(drop)
}

fn impatient(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    conn
}

/// The row cannot change between the comparison and the COMMIT.
#[test]
fn nobody_else_writes_the_row_of_a_version_meanwhile() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (ours, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = (stored(ours), page(&seal, ours));
    let other = RefCell::new(impatient(&scratch));
    let asked = Cell::new(false);
    ann.name = "Ann B.".into();
    ann.save_if_unchanged(&fingerprint, &seal, ours, |_, page, _| {
        let error = set_phone("222", &mut other.borrow_mut()).unwrap_err();
        assert!(Error::from(error).is_transient());
        asked.set(true);
        Ok(page)
    })
    .unwrap();
    assert!(asked.get());
    assert_eq!(stored(ours), ann);
    set_phone("222", &mut other.into_inner()).unwrap();
}

#[test]
fn nobody_else_writes_the_row_without_a_version_meanwhile() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (ours, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = (legacy(ours), page(&seal, ours));
    let other = RefCell::new(impatient(&scratch));
    let asked = Cell::new(false);
    ann.name = "Ann B.".into();
    let saved = ann.save_if_unchanged(&fingerprint, &seal, ours, |_, page, _| {
        let error = set_phone("222", &mut other.borrow_mut()).unwrap_err();
        assert!(Error::from(error).is_transient());
        asked.set(true);
        Ok(page)
    });
    assert_eq!(saved.unwrap(), Saved::Written);
    assert!(asked.get());
    assert_eq!(*legacy(ours), *ann);
}

/// Runs `save` on a connection that has to wait for a transaction in which another client changes the row.
fn while_another_client_writes<R: Send>(
    scratch: &Scratch,
    save: impl FnOnce(&mut Conn) -> R + Send,
) -> R {
    let change = |theirs: &mut Conn| Ok(set_phone("222", theirs)?);
    while_another_client(change, scratch.connect(), scratch, save)
}

/// Runs `save` on the connection, which has to wait for a transaction in which another client does something.
fn while_another_client<R: Send>(
    acts: impl Fn(&mut Conn) -> Result<(), Error>,
    mut ours: Conn,
    scratch: &Scratch,
    save: impl FnOnce(&mut Conn) -> R + Send,
) -> R {
    let mut theirs = scratch.connect();
    let watch = Watch::on(&mut ours);
    let wait_until_blocked = lookout(&mut ours, &watch);
    watch.take_sent();
    let save = Cell::new(Some(save));
    std::thread::scope(|scope| {
        let ours = Cell::new(Some(ours));
        let waiting = transaction(&mut theirs, (), |theirs, ()| {
            acts(theirs)?;
            let (mut ours, save) = (ours.take().unwrap(), save.take().unwrap());
            let waiting = scope.spawn(move || save(&mut ours));
            wait_until_blocked();
            Ok::<_, Error>(waiting)
        });
        waiting.unwrap().join().unwrap()
    })
}

#[test]
fn who_waits_compares_what_was_committed() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = (stored(conn), page(&seal, conn));
    ann.name = "Ann B.".into();
    let result = while_another_client_writes(&scratch, |ours| {
        ann.save_if_unchanged(&fingerprint, &seal, ours, |_, page, _| Ok(page))
    });
    changed(result, &["contacts 1.phone"]);
    let row = stored(conn);
    assert_eq!((&*row.name, row.phone.as_deref()), ("Ann", Some("222")));
}

#[test]
fn who_waits_without_a_version_compares_what_was_committed() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = (legacy(conn), page(&seal, conn));
    ann.name = "Ann B.".into();
    let result = while_another_client_writes(&scratch, |ours| {
        ann.save_if_unchanged(&fingerprint, &seal, ours, |_, page, _| Ok(page))
    });
    changed(result, &["contacts 1.phone"]);
    let row = stored(conn);
    assert_eq!((&*row.name, row.phone.as_deref()), ("Ann", Some("222")));
}

/// What is read beside the row is read behind the lock, and so not older.
#[test]
fn who_waits_counts_what_was_committed() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = stored(conn);
    let shown = |phone: Option<String>| {
        let page = Fingerprint::builder(&seal).row(&stored(&mut scratch.connect()));
        page.without("phone").value("her phone", &phone)
    };
    let fingerprint = shown(ann.phone.clone()).build();
    ann.name = "Ann B.".into();
    let result = while_another_client_writes(&scratch, |ours| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, ours, |ours, page, _| {
            let phone: Option<String> = contacts::table
                .find(1)
                .select(contacts::phone)
                .first(ours)?;
            Ok(page.without("phone").value("her phone", &phone))
        })
    });
    changed(result, &["her phone"]);
}

/// The other client only locks the row, and adds a child. A snapshot from before the wait would not have it.
#[test]
fn who_waits_counts_what_was_committed_whatever_the_level_of_the_session() {
    let level = match CAPABILITIES.database {
        Database::Sqlite => "SELECT 1",
        Database::Postgres => {
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        }
        _ => "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    };
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let count = |conn: &mut Conn| contacts::table.count().get_result::<i64>(conn);
    let mut ann = stored(conn);
    let page = Fingerprint::builder(&seal).row(&ann);
    let fingerprint = page.value("contacts", &count(conn).unwrap()).build();
    ann.name = "Ann B.".into();
    let mut ours = scratch.connect();
    ours.batch_execute(level).unwrap();
    let adds = |theirs: &mut Conn| {
        Contact::ann().lock_checked(theirs)?;
        let cid = diesel::insert_into(contacts::table).values(Contact::unstored(3));
        cid.execute(theirs)?;
        Ok(())
    };
    let result = while_another_client(adds, ours, &scratch, |ours| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, ours, |ours, page, _| {
            Ok(page.value("contacts", &count(ours)?))
        })
    });
    changed(result, &["contacts"]);
    assert_eq!(stored(conn), Contact::ann());
}

/// Of two pages that are alike one is saved, whoever comes first.
#[test]
fn one_of_two_saves_lands() {
    const ROUNDS: usize = 20;
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), &editing(&keys));
    for round in 0..ROUNDS {
        let (ann, fingerprint) = (legacy(conn), page(seal, conn));
        let start = Barrier::new(2);
        let results = std::thread::scope(|scope| {
            let savers = ["one", "other"].map(|name| {
                let (mut ann, start) = (ann.clone(), &start);
                let (scratch, fingerprint) = (&scratch, &fingerprint);
                scope.spawn(move || {
                    let ours = &mut scratch.connect();
                    ann.name = format!("{name} {round}");
                    start.wait();
                    let saved =
                        ann.save_if_unchanged(fingerprint, seal, ours, |_, page, _| Ok(page));
                    saved.map(|_| ann.name.clone())
                })
            });
            savers.map(|saver| saver.join().unwrap())
        });
        let (landed, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((landed.len(), lost.len()), (1, 1), "{lost:?}");
        assert_eq!(legacy(conn).name, *landed[0].as_ref().unwrap());
        for lost in lost {
            changed(lost, &["contacts 1.name"]);
        }
    }
}
