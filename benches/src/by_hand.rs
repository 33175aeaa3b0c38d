//! The same SQL as a batch, written out, with nothing of optlock in between.

use crate::contacts::Contact;
use crate::statements::{Nth, mysql, postgres};
use diesel::prelude::*;

pub(crate) fn postgres(
    contacts: &mut [Contact],
    conn: &mut PgConnection,
) -> Result<(), optlock::Error> {
    let missed: Vec<Nth> = postgres::update_all(contacts).load(conn)?;
    assert!(missed.is_empty());
    move_on(contacts);
    Ok(())
}

pub(crate) fn mysql(
    contacts: &mut [Contact],
    conn: &mut MysqlConnection,
) -> Result<(), optlock::Error> {
    conn.transaction(|conn| {
        mysql::lock_contacts(contacts).load::<Nth>(conn)?;
        for chunk in contacts.chunks(mysql::UPDATED_AT_ONCE) {
            assert_eq!(mysql::update_contacts(chunk).execute(conn)?, chunk.len());
        }
        QueryResult::Ok(())
    })?;
    move_on(contacts);
    Ok(())
}

fn move_on(contacts: &mut [Contact]) {
    for contact in contacts {
        contact.version += 1;
    }
}
