//! Stories of a model whose version is a UUID.

use super::expect::{self, Row};
use super::people::changed_my_mind;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Refreshed, VersionToken};
use std::fmt::{Debug, Display};

const PAPER: Row = ("papers", "1");

/// A model whose version is a UUID.
pub(crate) trait Paper:
    Versioned<Version: Display + Debug>
    + methods::Save<Conn>
    + methods::Touch<Conn>
    + methods::Delete<Conn>
    + methods::ForceSave<Conn>
    + methods::Refresh<Conn>
    + methods::CheckCurrent<Conn>
    + Clone
    + PartialEq
    + Debug
{
    /// The type of the version's column in SQL.
    const COLUMN: &'static str;

    fn new(text: &str) -> Self;
    fn set_text(&mut self, text: &str);
    fn insert(&self, conn: &mut Conn);
    fn load(conn: &mut Conn) -> Self;
}

/// A model, and the stories told with it.
macro_rules! paper {
    ($name:ident: $token:ty, $diesel:ty, $column:expr) => {
        mod $name {
            use crate::Conn;
            use crate::prelude::*;
            use optlock::VersionToken as _;

            diesel::table! {
                papers {
                    id -> Integer,
                    text -> Text,
                    version -> $diesel,
                }
            }

            #[derive(
                Debug,
                Clone,
                PartialEq,
                Queryable,
                Selectable,
                Insertable,
                Identifiable,
                AsChangeset,
                Versioned,
            )]
            struct Paper {
                id: i32,
                text: String,
                version: $token,
            }

            impl crate::helpers::paper::Paper for Paper {
                const COLUMN: &'static str = $column;

                fn new(text: &str) -> Self {
                    Self {
                        id: 1,
                        text: text.to_owned(),
                        version: <$token>::first(),
                    }
                }

                fn set_text(&mut self, text: &str) {
                    self.text = text.to_owned();
                }

                fn insert(&self, conn: &mut Conn) {
                    diesel::insert_into(papers::table)
                        .values(self)
                        .execute(conn)
                        .unwrap();
                }

                fn load(conn: &mut Conn) -> Self {
                    papers::table
                        .find(1)
                        .select(Self::as_select())
                        .first(conn)
                        .unwrap()
                }
            }

            #[test]
            fn each_write_has_a_version_of_its_own() {
                crate::helpers::paper::each_write_has_a_version_of_its_own::<Paper>();
            }

            #[test]
            fn a_save_that_was_rolled_back_is_a_conflict() {
                crate::helpers::paper::a_save_that_was_rolled_back_is_a_conflict::<Paper>();
            }

            #[test]
            fn a_row_from_a_backup_is_a_conflict() {
                crate::helpers::paper::a_row_from_a_backup_is_a_conflict::<Paper>();
            }

            #[test]
            fn a_save_that_was_lost_in_a_failover_is_a_conflict() {
                crate::helpers::paper::a_save_that_was_lost_in_a_failover_is_a_conflict::<Paper>();
            }
        }
    };
}
pub(crate) use paper;

/// A database with a table for papers.
fn scratch<M: Paper>() -> Scratch {
    let scratch = Scratch::new();
    let column = M::COLUMN;
    scratch
        .connect()
        .batch_execute(&format!(
            "CREATE TABLE papers (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, \
             version {column} NOT NULL)"
        ))
        .unwrap();
    scratch
}

/// Whoever loads the row now saves it.
fn save<M: Paper>(text: &str, conn: &mut Conn) -> M {
    let mut paper = M::load(conn);
    paper.set_text(text);
    paper.save_checked(conn).unwrap();
    paper
}

pub(crate) fn each_write_has_a_version_of_its_own<M: Paper>() {
    let scratch = scratch::<M>();
    let conn = &mut scratch.connect();
    M::new("first").insert(conn);
    let mut seen = vec![M::load(conn)];
    for write in [
        |mine: &mut M, conn: &mut Conn| mine.save_checked(conn),
        |mine: &mut M, conn: &mut Conn| mine.touch_checked(conn),
        |mine: &mut M, conn: &mut Conn| mine.force_save(conn),
    ] {
        let mut mine = M::load(conn);
        write(&mut mine, conn).unwrap();
        assert_eq!(M::load(conn), mine);
        for stale in &seen {
            let [expected, found] = [stale, &mine].map(|paper| paper.version().describe());
            let result = stale.clone().save_checked(conn);
            expect::modified(result, PAPER, &expected, &found);
            expect::modified(stale.delete_checked(conn), PAPER, &expected, &found);
            expect::modified(stale.check_current(conn), PAPER, &expected, &found);
        }
        seen.push(mine);
    }
    let mut mine = seen.swap_remove(1);
    let before = mine.clone();
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Updated(before));
    mine.delete_checked(conn).unwrap();
}

/// Diesel's transaction leaves memory one version ahead, and then another user saves. With an
/// integer that matches: `with_diesels_transaction_the_next_users_save_is_lost_unseen`.
pub(crate) fn a_save_that_was_rolled_back_is_a_conflict<M: Paper>() {
    let scratch = scratch::<M>();
    let conn = &mut scratch.connect();
    M::new("first").insert(conn);
    let mut mine = M::load(conn);
    mine.set_text("mine");
    let result = conn.transaction(|conn| {
        mine.save_checked(conn)?;
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_refused(&mut mine, &M::load(conn), conn);

    let theirs = save::<M>("theirs", &mut scratch.connect());
    assert_refused(&mut mine, &theirs, conn);
}

/// The rows go back to what they were in the night, and then another user saves.
pub(crate) fn a_row_from_a_backup_is_a_conflict<M: Paper>() {
    let scratch = scratch::<M>();
    let conn = &mut scratch.connect();
    M::new("first").insert(conn);
    let backup = M::load(conn);
    let mut mine = save::<M>("mine", conn);
    conn.batch_execute("DELETE FROM papers").unwrap();
    backup.insert(conn);
    assert_refused(&mut mine, &backup, conn);

    let theirs = save::<M>("theirs", conn);
    assert_refused(&mut mine, &theirs, conn);
}

/// A save was acknowledged, but the server was lost before its replica had it; and then another
/// user saves on the replica.
pub(crate) fn a_save_that_was_lost_in_a_failover_is_a_conflict<M: Paper>() {
    let (server, replica) = (scratch::<M>(), scratch::<M>());
    M::new("first").insert(&mut server.connect());
    let first = M::load(&mut server.connect());
    first.insert(&mut replica.connect());
    let mut mine = save::<M>("mine", &mut server.connect());
    drop(server);

    let conn = &mut replica.connect();
    assert_refused(&mut mine, &first, conn);
    let theirs = save::<M>("theirs", conn);
    assert_refused(&mut mine, &theirs, conn);
}

/// What we hold is not what stands there, and is not written over it.
#[track_caller]
fn assert_refused<M: Paper>(mine: &mut M, stored: &M, conn: &mut Conn) {
    let before = mine.clone();
    let [expected, found] = [&*mine, stored].map(|paper| paper.version().describe());
    expect::modified(mine.save_checked(conn), PAPER, &expected, &found);
    expect::modified(mine.delete_checked(conn), PAPER, &expected, &found);
    assert_eq!(*mine, before);
    assert_eq!(M::load(conn), *stored);
}
