//! Diesel's `save_changes`, which checks no version: it writes the row of the key.

use super::Diesel;
use super::by_hand::ByHand;
use super::faces::{self, on_mariadb, on_postgres};
use crate::contacts::Contact;
use diesel::result::Error::NotFound;

/// All but the save is Diesel's.
pub(crate) struct SaveChanges<C>(pub(crate) Diesel<C>);

macro_rules! client {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        impl ByHand for SaveChanges<$conn> {
            const CHECKS_VERSION: bool = false;

            async fn update(&mut self, contact: &Contact) -> u64 {
                use faces::$face::SaveChangesDsl;

                let mut next = contact.clone();
                next.version += 1;
                match next.save_changes::<Contact>(&mut self.0.0)$($wait)* {
                    Ok(_) => 1,
                    Err(NotFound) => 0,
                    Err(error) => panic!("{error}"),
                }
            }

            async fn delete(&mut self, contact: &Contact) -> u64 {
                self.0.delete(contact).await
            }

            async fn version(&mut self, id: i32) -> i64 {
                self.0.version(id).await
            }

            async fn begin(&mut self) {
                self.0.begin().await;
            }

            async fn commit(&mut self) {
                self.0.commit().await;
            }
        }
    };
}

on_postgres!(client);
on_mariadb!(client);

// On SQLite diesel-async would need RETURNING, which is a feature of Diesel's.
client!(diesel::SqliteConnection, blocking, [], []);
