//! A statement of one's own on Diesel's connections, which keep it prepared: what Diesel itself costs.

use super::Diesel;
use super::by_hand::ByHand;
use super::faces::{self, on_each_database, on_mariadb, on_postgres, on_sqlite};
use crate::contacts::Contact;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

/// All but the UPDATE is Diesel's.
pub(crate) struct Fragment<C>(pub(crate) Diesel<C>);

/// The UPDATE of a save.
struct Update<'a> {
    contact: &'a Contact,
    next: i64,
}

impl QueryId for Update<'_> {
    type QueryId = Update<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB> QueryFragment<DB> for Update<'_>
where
    DB: Backend,
    String: ToSql<Text, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    i32: ToSql<Integer, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE optlock_bench SET name = ");
        out.push_bind_param::<Text, _>(&self.contact.name)?;
        out.push_sql(", phone = ");
        out.push_bind_param::<Nullable<Text>, _>(&self.contact.phone)?;
        out.push_sql(", version = ");
        out.push_bind_param::<BigInt, _>(&self.next)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<Integer, _>(&self.contact.id)?;
        out.push_sql(" AND version = ");
        out.push_bind_param::<BigInt, _>(&self.contact.version)
    }
}

impl<C> diesel::RunQueryDsl<C> for Update<'_> {}

macro_rules! client {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        impl ByHand for Fragment<$conn> {
            async fn update(&mut self, contact: &Contact) -> u64 {
                use faces::$face::RunQueryDsl;

                let next = contact.version + 1;
                let update = Update { contact, next };
                update.execute(&mut self.0.0)$($wait)*.unwrap() as u64
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

on_each_database!(client);
