//! All mistakes are reported at once, and uses of the struct add none.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Nullable<Text>,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    #[optlock(version)]
    name: Option<String>,
    #[optlock(version)]
    phone: Option<String>,
    #[optlock(precision = "millis")]
    #[diesel(skip_update)]
    version: i64,
}

fn everything(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)?;
    if let optlock::Outcome::Changed(theirs) = contact.save_or_load(conn)? {
        assert_eq!(theirs.id, contact.id);
    }
    let current: Option<Contact> = contact.load_current(conn)?;
    assert_eq!(current.map(|current| current.id), Some(contact.id));
    optlock::transaction(conn, contact, |conn, contact| contact.save_checked(conn))?;
    contact.delete_checked(conn)
}

fn main() {}
