//! A connection from an async pool is waited for, and there may be none.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use optlock::diesel_async::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

async fn save_on_a_pool(contact: &mut Contact, pool: &mut Pool<AsyncPgConnection>) -> Result<(), optlock::Error> {
    contact.save_checked(pool).await
}

async fn save_without_await(contact: &mut Contact, pool: &Pool<AsyncPgConnection>) -> Result<(), optlock::Error> {
    contact.save_checked(&mut pool.get()).await
}

async fn save_without_question_mark(contact: &mut Contact, pool: &Pool<AsyncPgConnection>) -> Result<(), optlock::Error> {
    contact.save_checked(&mut pool.get().await).await
}

async fn transaction_without_await(pool: &Pool<AsyncPgConnection>) -> Result<(), optlock::Error> {
    optlock::diesel_async::transaction(&mut pool.get(), (), async |_conn, ()| Ok(())).await
}

fn main() {}
