//! Runs a cell: the other one and we, on two connections.

use super::attempt::stored;
use super::{
    Attempt, Conn, Expect, Operation, Other, RACES, Race, SETTINGS, SQL, Scratch, Settings,
    Snapshot, When, lookout,
};
use crate::prelude::*;
use diesel::result::Error::RollbackTransaction;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;
use std::cell::Cell;

/// The cell of a table.
pub(crate) fn run(race: &str, settings: &str, expect: Expect) {
    run_on(&Scratch::new(), race, settings, expect);
}

/// The same on a database that was changed before.
pub(crate) fn run_on(scratch: &Scratch, race: &str, settings: &str, expect: Expect) {
    let race = find(&RACES, race);
    let settings = find(SETTINGS, settings);
    for operation in Operation::ALL {
        if operation == Operation::Lock && settings.transaction.is_none() {
            continue;
        }
        Meeting::new(scratch, race, settings, operation).check(expect);
    }
}

fn find<T: Copy>(named: &[(&str, T)], name: &str) -> T {
    let found = named.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("{name} is not known")).1
}

impl Other {
    fn write(self, conn: &mut Conn) -> QueryResult<()> {
        let mut ann = Contact::ann();
        match self {
            Self::Deletes => ann.delete_checked(conn)?,
            Self::Changes | Self::RollsBack => {
                ann.name = "Theirs".into();
                ann.save_checked(conn)?;
            }
        }
        Ok(())
    }

    fn end(self) -> QueryResult<()> {
        match self {
            Self::RollsBack => Err(RollbackTransaction),
            Self::Changes | Self::Deletes => Ok(()),
        }
    }

    /// What stands in the row when nobody else writes it.
    pub(crate) fn leaves(self) -> Option<Contact> {
        match self {
            Self::Changes => Some(Contact {
                name: "Theirs".into(),
                version: 2,
                ..Contact::ann()
            }),
            Self::Deletes => None,
            Self::RollsBack => Some(Contact::ann()),
        }
    }
}

/// Runs our part, in a transaction if the settings say so. It is rolled back unless the write
/// landed.
fn unit(
    settings: Settings,
    conn: &mut Conn,
    operation: Operation,
    body: &mut dyn FnMut(&mut Conn) -> Attempt,
) -> Attempt {
    let Some(in_transaction) = settings.transaction else {
        return body(conn);
    };
    let mut attempt = None;
    let ended = in_transaction(conn, &mut |conn| {
        let attempt = attempt.insert(body(conn));
        if attempt.has_landed() {
            Ok(())
        } else {
            Err(RollbackTransaction)
        }
    });
    match (attempt, ended) {
        (None, Err(error)) => Attempt::not_made(operation, error.into()),
        (Some(attempt), Err(error)) if attempt.has_landed() => panic!("{error:?}"),
        (Some(attempt), _) => attempt,
        (None, Ok(())) => unreachable!("a transaction without its body"),
    }
}

/// One race with one operation.
struct Meeting {
    race: Race,
    settings: Settings,
    operation: Operation,
    theirs: Conn,
    ours: Conn,
    watch: Watch,
}

impl Meeting {
    fn new(scratch: &Scratch, race: Race, settings: Settings, operation: Operation) -> Self {
        let [mut theirs, mut ours] = [(); 2].map(|()| {
            let mut conn = scratch.connect();
            conn.batch_execute(settings.sql).unwrap();
            conn
        });
        diesel::delete(contacts::table.find(1))
            .execute(&mut theirs)
            .unwrap();
        diesel::insert_into(contacts::table)
            .values(Contact::ann())
            .execute(&mut theirs)
            .unwrap();
        let watch = Watch::on(&mut ours);
        Self {
            race,
            settings,
            operation,
            theirs,
            ours,
            watch,
        }
    }

    fn check(mut self, expect: Expect) {
        let attempt = self.run(expect);
        attempt.check(expect, self.race, self.settings.transaction.is_some());
        if expect == Expect::Lands {
            assert_eq!(stored(&mut self.theirs), self.operation.leaves());
            return;
        }
        // The winner's data stands, and a second write of what we hold is refused as well, now by
        // the version that is there.
        assert_eq!(stored(&mut self.theirs), self.race.other.leaves());
        let again = unit(self.settings, &mut self.ours, self.operation, &mut |conn| {
            Attempt::make(self.operation, &self.watch, conn)
        });
        let gone = self.race.other.leaves().is_none();
        let refused = if gone {
            Expect::Missing
        } else {
            Expect::Modified
        };
        again.check(refused, self.race, self.settings.transaction.is_some());
        assert_eq!(stored(&mut self.theirs), self.race.other.leaves());
    }

    /// Both parts, in the order that the race says.
    fn run(&mut self, expect: Expect) -> Attempt {
        let Self {
            race,
            settings,
            operation,
            theirs,
            ours,
            watch,
        } = self;
        let (race, settings, operation) = (*race, *settings, *operation);
        let attempt = |conn: &mut Conn| {
            let attempt = Attempt::make(operation, watch, conn);
            if settings.transaction.is_some() {
                assert_view(expect, race, conn);
            }
            attempt
        };
        let mut our_part = |conn: &mut Conn| {
            if race.snapshot == Snapshot::Older {
                assert_eq!(stored(conn), Some(Contact::ann()));
            }
            attempt(conn)
        };

        match (race.when, race.snapshot) {
            (When::Before, Snapshot::None) => {
                race.other.write(theirs).unwrap();
                unit(settings, ours, operation, &mut our_part)
            }
            (When::Before, Snapshot::Older) => unit(settings, ours, operation, &mut |conn| {
                assert_eq!(stored(conn), Some(Contact::ann()));
                race.other.write(theirs).unwrap();
                attempt(conn)
            }),
            (When::WhileWeWait, _) => std::thread::scope(|scope| {
                let wait_until_blocked = lookout(ours, watch);
                let our_unit = move || unit(settings, ours, operation, &mut our_part);
                let waiting = in_their_transaction(theirs, race.other, |theirs| {
                    race.other.write(theirs).unwrap();
                    let waiting = scope.spawn(our_unit);
                    wait_until_blocked();
                    waiting
                });
                waiting.join().unwrap()
            }),
            (When::AfterWeGaveUp, _) => {
                ours.batch_execute(SQL.impatient).unwrap();
                in_their_transaction(theirs, race.other, |theirs| {
                    race.other.write(theirs).unwrap();
                    unit(settings, ours, operation, &mut our_part)
                })
            }
        }
    }
}

/// Runs their part, and ends their transaction as `other` does. A panic ends it too, else we would
/// wait for its locks for ever.
fn in_their_transaction<R>(conn: &mut Conn, other: Other, body: impl FnOnce(&mut Conn) -> R) -> R {
    let (body, result) = (Cell::new(Some(body)), Cell::new(None));
    let ended = transaction(conn, (), |conn, ()| {
        result.set(body.take().map(|body| body(conn)));
        other.end()
    });
    assert_eq!(ended, other.end());
    result.into_inner().unwrap()
}

/// What plain reads show in our transaction after the write, if it can still be asked.
fn assert_view(expect: Expect, race: Race, conn: &mut Conn) {
    match expect {
        Expect::Modified | Expect::Missing => assert_eq!(stored(conn), race.other.leaves()),
        Expect::ModifiedUnseen | Expect::MissingUnseen => {
            assert_eq!(stored(conn), Some(Contact::ann()));
        }
        Expect::Lands | Expect::Aborted | Expect::Busy | Expect::BusyAtBegin => {}
    }
}
