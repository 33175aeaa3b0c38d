//! `diesel::update` and `diesel::sql_query` by hand, on connections of diesel-async.

use super::by_hand::ByHand;
use crate::contacts::{Contact, optlock_bench};
use crate::statements::{Nth, mysql, postgres};
use diesel::prelude::*;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection as _, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl};

macro_rules! by_hand {
    ($conn:ty, $update_all:path) => {
        impl ByHand for $conn {
            async fn update(&mut self, contact: &Contact) -> u64 {
                let row = optlock_bench::table
                    .find(contact.id)
                    .filter(optlock_bench::version.eq(contact.version));
                let values = (
                    optlock_bench::name.eq(&contact.name),
                    optlock_bench::phone.eq(&contact.phone),
                    optlock_bench::version.eq(contact.version + 1),
                );
                let update = diesel::update(row).set(values);
                update.execute(self).await.unwrap() as u64
            }

            async fn version(&mut self, id: i32) -> i64 {
                let row = optlock_bench::table.find(id);
                let version = row.select(optlock_bench::version);
                version.get_result(self).await.unwrap()
            }

            async fn update_all(&mut self, contacts: &[Contact]) {
                $update_all(contacts, self).await.unwrap();
            }
        }
    };
}

by_hand!(AsyncPgConnection, in_arrays);
by_hand!(AsyncMysqlConnection, by_cases);
by_hand!(SyncConnectionWrapper<SqliteConnection>, one_by_one);

async fn in_arrays(contacts: &[Contact], conn: &mut AsyncPgConnection) -> QueryResult<()> {
    let missed: Vec<Nth> = postgres::update_all(contacts).load(conn).await?;
    assert!(missed.is_empty());
    Ok(())
}

async fn by_cases(contacts: &[Contact], conn: &mut AsyncMysqlConnection) -> QueryResult<()> {
    conn.transaction(async |conn| {
        mysql::lock_contacts(contacts).load::<Nth>(conn).await?;
        for chunk in contacts.chunks(mysql::UPDATED_AT_ONCE) {
            let written = mysql::update_contacts(chunk).execute(conn).await?;
            assert_eq!(written, chunk.len());
        }
        Ok(())
    })
    .await
}

async fn one_by_one(
    contacts: &[Contact],
    conn: &mut SyncConnectionWrapper<SqliteConnection>,
) -> QueryResult<()> {
    conn.transaction(async |conn| {
        for contact in contacts {
            assert_eq!(conn.update(contact).await, 1);
        }
        Ok(())
    })
    .await
}
