//! A value that was never stored meets another client that inserts its row, or deletes it.

use super::{Conn, SETTINGS, Scratch, Settings, assert_transient, lookout};
use crate::prelude::*;
use diesel::result::Error::RollbackTransaction;
use optlock::{Error, Found, Upserted};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;

/// What our upsert gets.
#[allow(dead_code)] // no database knows them all
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gets {
    Inserted,
    /// A conflict: the row is there.
    Exists,
    /// A conflict that the database reports by giving up the transaction.
    Aborted,
    /// No conflict, as nothing is known yet: worth a retry.
    Busy,
    /// They cannot meet so.
    Never,
}

/// What the other client does to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Inserts,
    Deletes,
}

/// When the other client's transaction ends, as our upsert sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Before,
    AfterOurSnapshot,
    WhileWeWait,
    WhileWeWaitWithASnapshot,
    InARollbackWhileWeWait,
}

/// The columns of [`check`].
const MEETINGS: [(Other, Ends); 7] = [
    (Other::Inserts, Ends::Before),
    (Other::Inserts, Ends::AfterOurSnapshot),
    (Other::Inserts, Ends::WhileWeWait),
    (Other::Inserts, Ends::WhileWeWaitWithASnapshot),
    (Other::Inserts, Ends::InARollbackWhileWeWait),
    (Other::Deletes, Ends::WhileWeWait),
    (Other::Deletes, Ends::InARollbackWhileWeWait),
];

/// Runs each meeting under each of the settings.
pub(crate) fn check(table: &[(&str, [Gets; MEETINGS.len()])]) {
    let names =
        |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        names(&mut table.iter().map(|(name, _)| *name)),
        names(&mut SETTINGS.iter().map(|(name, _)| *name))
    );
    let scratch = Scratch::new();
    for ((name, settings), (_, row)) in SETTINGS.iter().zip(table) {
        for ((other, ends), gets) in MEETINGS.into_iter().zip(row) {
            if *gets != Gets::Never {
                // Shown if the test fails.
                eprintln!("{name}: {other:?}, {ends:?}");
                Meeting::new(&scratch, *settings, other).check(ends, *gets);
            }
        }
    }
}

fn ours() -> Contact {
    Contact {
        id: 3,
        name: "Ours".into(),
        phone: None,
        version: 0,
    }
}

/// The other client's row.
fn theirs() -> Contact {
    Contact {
        name: "Theirs".into(),
        version: 5,
        ..ours()
    }
}

fn stored(conn: &mut Conn) -> Option<Contact> {
    let row = contacts::table.find(3).select(Contact::as_select());
    row.first(conn).optional().unwrap()
}

impl Other {
    fn write(self, conn: &mut Conn) -> QueryResult<()> {
        match self {
            Self::Inserts => diesel::insert_into(contacts::table)
                .values(theirs())
                .execute(conn)?,
            Self::Deletes => diesel::delete(contacts::table.find(3)).execute(conn)?,
        };
        Ok(())
    }
}

struct Meeting {
    settings: Settings,
    other: Other,
    theirs: Conn,
    ours: Conn,
}

impl Meeting {
    fn new(scratch: &Scratch, settings: Settings, other: Other) -> Self {
        let [mut theirs, ours] = [(); 2].map(|()| {
            let mut conn = scratch.connect();
            conn.batch_execute(settings.sql).unwrap();
            conn
        });
        Other::Deletes.write(&mut theirs).unwrap();
        if other == Other::Deletes {
            Other::Inserts.write(&mut theirs).unwrap();
        }
        Self {
            settings,
            other,
            theirs,
            ours,
        }
    }

    fn check(mut self, ends: Ends, gets: Gets) {
        let (result, mine) = self.run(ends);
        let row = stored(&mut self.theirs);
        if gets == Gets::Inserted {
            assert_eq!(result.unwrap(), Upserted::Inserted);
            assert_eq!(
                mine,
                Contact {
                    version: 1,
                    ..ours()
                }
            );
            assert_eq!(row, Some(mine));
            return;
        }
        let is_deleted = self.other == Other::Deletes && ends == Ends::WhileWeWait;
        assert_eq!(mine, ours());
        assert_eq!(row, (!is_deleted).then(theirs));
        let exists = Found::Exists { version: 5.into() };
        let error = result.unwrap_err();
        match gets {
            Gets::Exists => assert_eq!(found(&error), &exists),
            Gets::Aborted => assert_eq!(found(&error), &Found::TransactionAborted),
            _ => assert_transient(&error),
        }
        // A second one learns what there is, whatever the first one got.
        let (again, _) = upsert(self.settings, false, &mut self.ours, &mut |_| {});
        match again {
            Ok(upserted) => assert_eq!((upserted, is_deleted), (Upserted::Inserted, true)),
            Err(error) => assert_eq!((found(&error), is_deleted), (&exists, false)),
        }
    }

    fn run(&mut self, ends: Ends) -> (Result<Upserted, Error>, Contact) {
        let Self {
            settings,
            other,
            theirs,
            ours,
        } = self;
        let (settings, other) = (*settings, *other);
        match ends {
            Ends::Before => {
                other.write(theirs).unwrap();
                upsert(settings, false, ours, &mut |_| {})
            }
            Ends::AfterOurSnapshot => upsert(settings, true, ours, &mut |_| {
                other.write(theirs).unwrap();
            }),
            _ => std::thread::scope(|scope| {
                let watch = Watch::on(ours);
                let wait_until_blocked = lookout(ours, &watch);
                let reads = ends == Ends::WhileWeWaitWithASnapshot;
                let mut waiting = None;
                let ended = theirs.transaction(|theirs| {
                    other.write(theirs)?;
                    let upsert = move || upsert(settings, reads, ours, &mut |_| {});
                    waiting = Some(scope.spawn(upsert));
                    wait_until_blocked();
                    match ends {
                        Ends::InARollbackWhileWeWait => Err(RollbackTransaction),
                        _ => Ok(()),
                    }
                });
                assert_eq!(ended.is_ok(), ends != Ends::InARollbackWhileWeWait);
                waiting.unwrap().join().unwrap()
            }),
        }
    }
}

/// Upserts, in a transaction if the settings say so, which may have read before. Returns what is in memory as well.
fn upsert(
    settings: Settings,
    reads: bool,
    conn: &mut Conn,
    before: &mut dyn FnMut(&mut Conn),
) -> (Result<Upserted, Error>, Contact) {
    let mut mine = ours();
    let mut result = None;
    let mut body = |conn: &mut Conn| {
        if reads {
            stored(conn);
        }
        before(conn);
        let upserted = result.insert(mine.upsert_checked(conn));
        if upserted.is_ok() {
            Ok(())
        } else {
            Err(RollbackTransaction)
        }
    };
    let ended = match settings.transaction {
        Some(in_transaction) => in_transaction(conn, &mut body),
        None => body(conn),
    };
    let result = result.unwrap_or_else(|| Err(ended.unwrap_err().into()));
    (result, mine)
}

fn found(error: &Error) -> &Found {
    match error {
        Error::ConcurrentModification(conflict) => conflict.found(),
        other => panic!("{other:?}"),
    }
}
