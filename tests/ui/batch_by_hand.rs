//! A hand-written model does not say which columns a batch writes.

use diesel::prelude::*;
use diesel::query_builder::AsChangeset;
use optlock::prelude::*;
use optlock::statement::ByText;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

impl Versioned for Contact {
    type Table = contacts::table;
    type Key = i32;
    type VersionColumn = contacts::version;
    type Version = i64;
    type Scope = ();
    type Text = ByText;
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id
    }
    fn version(&self) -> &i64 {
        &self.version
    }
    fn set_version(&mut self, version: i64) {
        self.version = version;
    }

    fn scope(&self) {}
}

impl<'a> optlock::VersionedChangeset<'a> for Contact {
    type Changeset = <&'a Self as AsChangeset>::Changeset;
    type StampChangeset = ();

    fn changeset(&'a self) -> Self::Changeset {
        self.as_changeset()
    }

    fn stamp_changeset(&'a self) {}
}

fn save(contacts: &mut [Contact], conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contacts.save_all_checked(conn)
}

fn main() {}
