//! The `Debug` of a key panics, or fails, when the error of a lost write is made, which names the row: memory is as
//! before.

use super::loss::connect;
use super::{CAPABILITIES, Conn, Scratch};
use crate::prelude::*;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Integer;
use optlock::lease::Lease;
use optlock::{Error, KeyText, KeyWriter};
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// What the key answers.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Name,
    Failure,
    Panic,
}

thread_local! {
    static ANSWER: Cell<Answer> = const { Cell::new(Answer::Name) };
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Integer)]
struct Shy(i32);

impl fmt::Debug for Shy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ANSWER.get() {
            Answer::Name => self.0.fmt(f),
            Answer::Failure => Err(fmt::Error),
            Answer::Panic => panic!("no name"),
        }
    }
}

impl<DB: Backend> FromSql<Integer, DB> for Shy
where
    i32: FromSql<Integer, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i32::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<Integer, DB> for Shy
where
    i32: ToSql<Integer, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
struct Contact {
    id: Shy,
    name: String,
    version: i64,
}

#[test]
fn a_write_that_is_lost_is_undone_in_memory() {
    type Write = fn(&mut [Contact], &mut Conn) -> Result<(), Error>;
    let writes: [(Write, &str); 4] = [
        (|all, conn| all[0].save_checked(conn), "UPDATE"),
        (|all, conn| all[0].touch_checked(conn), "UPDATE"),
        (|all, conn| all[0].force_save(conn), "UPDATE"),
        (
            |all, conn| all.save_all_checked(conn),
            if CAPABILITIES.batch_is_one_statement {
                "UPDATE"
            } else {
                "COMMIT"
            },
        ),
    ];
    for (write, lost) in writes {
        for answer in [Answer::Failure, Answer::Panic] {
            let scratch = Scratch::new();
            let (proxy, mut conn, _) = connect(&scratch);
            let mut all = [(1, "Ann B."), (2, "Bob A.")].map(|(id, name)| Contact {
                id: Shy(id),
                name: name.into(),
                version: 1,
            });
            let before = all.clone();
            proxy.lose_request(lost);
            ANSWER.set(answer);
            let result = catch_unwind(AssertUnwindSafe(|| write(&mut all, &mut conn)));
            ANSWER.set(Answer::Name);
            assert!(result.is_err(), "{answer:?}: {result:?}");
            assert_eq!(all, before, "{answer:?}");
        }
    }
}

impl KeyText for Shy {
    fn write_to(&self, text: &mut KeyWriter) {
        self.0.write_to(text);
    }
}

/// The key is printed for errors alone.
#[test]
fn a_write_under_a_lease_that_succeeds_does_not_name_the_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    lease::create_table(conn).unwrap();
    let mut ann = Contact {
        id: Shy(1),
        name: "Ann B.".into(),
        version: 1,
    };
    let minute = Duration::from_secs(60);
    let mut lease = Lease::acquire(&ann, "amy", "page 1", minute, conn).unwrap();
    ANSWER.set(Answer::Panic);
    ann.save_leased(&lease, conn).unwrap();
    ann.save_and_release(&mut lease, conn).unwrap();
    ANSWER.set(Answer::Name);
    assert_eq!(ann.version, 3);
}
