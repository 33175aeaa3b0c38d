//! A model that has to stay on its thread cannot wait on an async connection, whose future may move to another.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use optlock::diesel_async::prelude::*;
use std::rc::Rc;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    #[diesel(serialize_as = String)]
    name: Name,
    version: i64,
}

#[derive(Clone)]
struct Name(Rc<str>);

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.as_ref().into()
    }
}

async fn save(ann: &mut Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    ann.save_checked(conn).await
}

async fn transaction(ann: &mut Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    optlock::diesel_async::transaction(conn, ann, async |_conn, _ann| Ok(())).await
}

fn main() {}
