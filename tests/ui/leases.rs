//! What the operations on leases say of the wrong connection, and of the wrong model.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::lease::{self, Lease};
use optlock::prelude::*;
use std::time::Duration;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    prices (amount) {
        amount -> Numeric,
        version -> BigInt,
    }
}

#[derive(Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct NotSelectable {
    id: i32,
    name: String,
    version: i64,
}

#[derive(Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(primary_key(amount))]
struct Price {
    amount: bigdecimal::BigDecimal,
    version: i64,
}

type Pooled = Pool<ConnectionManager<SqliteConnection>>;

const MINUTE: Duration = Duration::from_secs(60);

fn pool(contact: &mut Contact, lease: &mut Lease, conn: &mut Pooled) {
    let _ = Lease::acquire(contact, "amy", "page", MINUTE, conn);
    let _ = lease.renew(conn);
    let _ = contact.save_leased(lease, conn);
    let _ = lease::create_table(conn);
}

fn async_connection(
    contact: &mut Contact,
    lease: &mut Lease,
    conn: &mut diesel_async::AsyncPgConnection,
) {
    let _ = Lease::acquire(contact, "amy", "page", MINUTE, conn);
    let _ = lease.release(conn);
    let _ = contact.save_leased(lease, conn);
    let _ = lease::all_of("amy", conn);
}

fn not_selectable(contact: &NotSelectable, conn: &mut PgConnection) {
    let _ = Lease::acquire(contact, "amy", "page", MINUTE, conn);
}

fn no_text_of_the_key(price: &mut Price, lease: &Lease, conn: &mut PgConnection) {
    let _ = Lease::acquire(price, "amy", "page", MINUTE, conn);
    let _ = price.save_leased(lease, conn);
    let _ = price.lease_status(conn);
}

fn main() {}
