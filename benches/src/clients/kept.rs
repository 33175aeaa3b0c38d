//! A statement of one's own on connections of diesel-async, which keep it prepared: what diesel-async itself costs.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl};

/// A connection of diesel-async.
pub(crate) struct Kept<C>(pub(crate) C);

/// The UPDATE of a save.
struct Update {
    contact: Contact,
    next: i64,
}

impl QueryId for Update {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB> QueryFragment<DB> for Update
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

impl<C> diesel::RunQueryDsl<C> for Update {}

macro_rules! by_hand {
    ($($conn:ty),*) => {$(
        impl ByHand for Kept<$conn> {
            async fn update(&mut self, contact: &Contact) -> u64 {
                let update = Update {
                    contact: contact.clone(),
                    next: contact.version + 1,
                };
                update.execute(&mut self.0).await.unwrap() as u64
            }

            async fn version(&mut self, id: i32) -> i64 {
                self.0.version(id).await
            }

            async fn update_all(&mut self, contacts: &[Contact]) {
                self.0.update_all(contacts).await;
            }
        }
    )*};
}

by_hand!(
    AsyncPgConnection,
    AsyncMysqlConnection,
    SyncConnectionWrapper<SqliteConnection>
);
