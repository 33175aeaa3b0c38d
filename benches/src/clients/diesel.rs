//! `diesel::update` and `diesel::delete` by hand, and `diesel::sql_query` for a batch.

use super::by_hand::ByHand;
use super::faces::{self, on_mariadb, on_postgres, on_sqlite};
use crate::contacts::{Contact, optlock_bench};
use crate::statements::{Nth, mysql, postgres};
use diesel::{ExpressionMethods, QueryDsl};

pub(crate) struct Diesel<C>(pub(crate) C);

macro_rules! client {
    ($conn:ty, $face:ident, [$($wait:tt)*], {$($batch:tt)*}) => {
        const _: () = {
            use faces::$face::{Connection, RunQueryDsl, TransactionManager};

            type Manager = <$conn as Connection>::TransactionManager;

            impl ByHand for Diesel<$conn> {
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
                    update.execute(&mut self.0)$($wait)*.unwrap() as u64
                }

                async fn delete(&mut self, contact: &Contact) -> u64 {
                    let row = optlock_bench::table
                        .find(contact.id)
                        .filter(optlock_bench::version.eq(contact.version));
                    diesel::delete(row).execute(&mut self.0)$($wait)*.unwrap() as u64
                }

                async fn version(&mut self, id: i32) -> i64 {
                    let row = optlock_bench::table.find(id);
                    let version = row.select(optlock_bench::version);
                    version.get_result(&mut self.0)$($wait)*.unwrap()
                }

                async fn begin(&mut self) {
                    Manager::begin_transaction(&mut self.0)$($wait)*.unwrap();
                }

                async fn commit(&mut self) {
                    Manager::commit_transaction(&mut self.0)$($wait)*.unwrap();
                }

                $($batch)*
            }
        };
    };
}

macro_rules! in_arrays {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        client!($conn, $face, [$($wait)*], {
            const LOOPS: bool = false;

            async fn update_all(&mut self, contacts: &[Contact]) {
                let update = postgres::update_all(contacts);
                let missed: Vec<Nth> = update.load(&mut self.0)$($wait)*.unwrap();
                assert!(missed.is_empty());
            }
        });
    };
}

macro_rules! by_cases {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        client!($conn, $face, [$($wait)*], {
            const LOOPS: bool = false;

            async fn update_all(&mut self, contacts: &[Contact]) {
                self.begin().await;
                let lock = mysql::lock_contacts(contacts);
                let locked: Vec<Nth> = lock.load(&mut self.0)$($wait)*.unwrap();
                assert_eq!(locked.len(), contacts.len());
                for chunk in contacts.chunks(mysql::UPDATED_AT_ONCE) {
                    let update = mysql::update_contacts(chunk);
                    let written = update.execute(&mut self.0)$($wait)*.unwrap();
                    assert_eq!(written, chunk.len());
                }
                self.commit().await;
            }
        });
    };
}

/// SQLite has no statement that takes rows as parameters.
macro_rules! in_a_loop {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        client!($conn, $face, [$($wait)*], {});
    };
}

on_postgres!(in_arrays);
on_mariadb!(by_cases);
on_sqlite!(in_a_loop);
