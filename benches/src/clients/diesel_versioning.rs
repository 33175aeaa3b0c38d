//! The crate `diesel_versioning`.

use super::Diesel;
use super::by_hand::ByHand;
use super::faces::{self, on_each_database, on_mariadb, on_postgres, on_sqlite};
use crate::contacts::{Contact, optlock_bench};
use diesel::result::DatabaseErrorKind;
use diesel::result::Error::DatabaseError;

/// The transaction is Diesel's, and the query.
pub(crate) struct DieselVersioning<C>(pub(crate) Diesel<C>);

mod model {
    use super::optlock_bench;
    use diesel::prelude::*;
    use diesel_versioning::{Versioned, VersionedAsync};

    /// A contact as diesel_versioning wants it.
    #[derive(Identifiable, AsChangeset, Versioned, VersionedAsync)]
    #[diesel(table_name = optlock_bench)]
    #[diesel(treat_none_as_null = true)] // apart, because diesel_versioning reads no attribute beside it
    #[diesel(check_for_backend(diesel::pg::Pg, diesel::mysql::Mysql, diesel::sqlite::Sqlite))]
    pub(super) struct Row {
        pub(super) id: i32,
        pub(super) name: String,
        pub(super) phone: Option<String>,
        #[version]
        pub(super) version: i64,
    }
}

impl From<&Contact> for model::Row {
    fn from(contact: &Contact) -> Self {
        let contact = contact.clone();
        Self {
            id: contact.id,
            name: contact.name,
            phone: contact.phone,
            version: contact.version,
        }
    }
}

/// The number of rows written.
fn written(result: diesel::QueryResult<()>) -> u64 {
    match result {
        Ok(()) => 1,
        // Its conflict.
        Err(DatabaseError(DatabaseErrorKind::CheckViolation, _)) => 0,
        Err(error) => panic!("{error}"),
    }
}

macro_rules! client {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        const _: () = {
            use faces::$face::DieselVersioned;

            impl ByHand for DieselVersioning<$conn> {
                async fn update(&mut self, contact: &Contact) -> u64 {
                    let mut row = model::Row::from(contact);
                    written(row.update_versioned(&mut self.0.0)$($wait)*)
                }

                async fn delete(&mut self, contact: &Contact) -> u64 {
                    let mut row = model::Row::from(contact);
                    written(row.delete_versioned(&mut self.0.0)$($wait)*)
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
    };
}

on_each_database!(client);
