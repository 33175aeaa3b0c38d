//! A key whose `Debug` hides it, because it is personal data. Rows are told apart by the key itself.

use crate::helpers::expect;
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use optlock::Saved;
use std::fmt;

diesel::table! {
    patients (name) {
        name -> Text,
        ward -> Text,
        diet -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
struct Private(String);

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<DB: Backend> FromSql<Text, DB> for Private
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Private
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = patients, primary_key(name))]
struct Patient {
    name: Private,
    ward: String,
    diet: String,
    version: i64,
}

fn connect(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(
        "CREATE TABLE patients (name VARCHAR(100) NOT NULL PRIMARY KEY, ward VARCHAR(100) NOT NULL, \
         diet VARCHAR(100) NOT NULL, version BIGINT NOT NULL);
         INSERT INTO patients VALUES ('ann', 'a', 'none', 1), ('bob', 'b', 'none', 1)",
    )
    .unwrap();
    conn
}

fn patients(conn: &mut Conn) -> [Patient; 2] {
    let all = patients::table
        .select(Patient::as_select())
        .order(patients::name);
    all.load(conn).unwrap().try_into().unwrap()
}

#[test]
fn another_row_is_no_base_of_a_merge() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let [ann, mut bob] = patients(conn);
    let mut theirs = bob.clone();
    theirs.diet = "vegan".into();
    theirs.save_checked(conn).unwrap();

    let before = bob.clone();
    let row = ("patients", "***");
    expect::modified(bob.save_merged(&ann, conn), row, 1, 2);
    assert_eq!(bob, before);
    assert_eq!(patients(conn), [ann, theirs]);
}

#[test]
fn another_row_is_no_base_of_a_tracked_value() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let [ann, bob] = patients(conn);
    // Bob is to be what Ann is: as a value of Ann's base nothing would have changed.
    let moved = Patient {
        ward: "a".into(),
        ..bob
    };
    let mut tracked = Tracked::with_base(ann.clone(), moved.clone());
    assert_eq!(tracked.save_checked(conn).unwrap(), Saved::Written);
    assert_eq!(
        patients(conn),
        [
            ann.clone(),
            Patient {
                version: 2,
                ..moved
            }
        ]
    );

    let [_, bob] = patients(conn);
    let mut tracked = Tracked::with_base(
        Patient {
            version: 2,
            ..ann.clone()
        },
        bob.clone(),
    );
    tracked.diet = "vegan".into();
    diesel::update(patients::table.find("bob"))
        .set((patients::ward.eq("c"), patients::version.eq(3)))
        .execute(conn)
        .unwrap();
    expect::modified(tracked.save_merged(conn), ("patients", "***"), 2, 3);
    assert_eq!(
        *tracked,
        Patient {
            diet: "vegan".into(),
            ..bob
        }
    );
}
