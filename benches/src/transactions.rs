//! A transaction with one save: Diesel's, and optlock's, which asks before the COMMIT.

use crate::contacts::Contact;
use crate::turns::medians;
use diesel::connection::Connection;
use optlock::backend::Dialect;
use optlock::methods;
use optlock::prelude::*;
use std::time::Duration;

const TRANSACTIONS: i32 = 200;

pub(crate) fn heading() {
    println!("\ndatabase    delay   diesel's   optlock's   optlock's/diesel's");
}

pub(crate) fn row<C>(name: &str, delay: Duration, conn: &mut C)
where
    C: Connection<Backend: Dialect>,
    Contact: methods::Save<C>,
{
    let [diesel, optlock] =
        medians(TRANSACTIONS, conn, [diesels, optlocks]).map(|time| time / f64::from(TRANSACTIONS));
    println!(
        "{name:<11} {:>3.1} ms {diesel:>10.3} {optlock:>11.3} {:>20.2}",
        delay.as_secs_f64() * 1e3,
        optlock / diesel,
    );
}

fn diesels<C>(contacts: &mut [Contact], conn: &mut C) -> Result<(), optlock::Error>
where
    C: Connection,
    Contact: methods::Save<C>,
{
    contacts
        .iter_mut()
        .try_for_each(|contact| conn.transaction(|conn| contact.save_checked(conn)))
}

fn optlocks<C>(contacts: &mut [Contact], conn: &mut C) -> Result<(), optlock::Error>
where
    C: Connection<Backend: Dialect>,
    Contact: methods::Save<C>,
{
    contacts.iter_mut().try_for_each(|contact| {
        optlock::transaction(conn, contact, |conn, contact| contact.save_checked(conn))
    })
}
