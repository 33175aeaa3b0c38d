//! sqlx by hand. It keeps each statement prepared.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use crate::statements::postgres::SINGLES;
use crate::statements::{WITH_QUESTION_MARKS, mysql, postgres};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection, MySqlConnection, PgConnection};

/// Without sqlx's log of statements, which the other clients do not have.
async fn connect<C: Connection>(url: &str) -> C {
    let options: C::Options = url.parse().unwrap();
    options.disable_statement_logging().connect().await.unwrap()
}

pub(crate) async fn postgres(url: &str) -> PgConnection {
    connect(url).await
}

pub(crate) async fn mysql(url: &str) -> MySqlConnection {
    connect(url).await
}

macro_rules! by_hand {
    ($conn:ty, $singles:ident, $update_all:path) => {
        impl ByHand for $conn {
            const LOOPS: bool = false;

            async fn update(&mut self, contact: &Contact) -> u64 {
                let update = sqlx::query($singles.update)
                    .bind(&contact.name)
                    .bind(&contact.phone)
                    .bind(contact.version + 1)
                    .bind(contact.id)
                    .bind(contact.version);
                update.execute(self).await.unwrap().rows_affected()
            }

            async fn delete(&mut self, contact: &Contact) -> u64 {
                let delete = sqlx::query($singles.delete)
                    .bind(contact.id)
                    .bind(contact.version);
                delete.execute(self).await.unwrap().rows_affected()
            }

            async fn version(&mut self, id: i32) -> i64 {
                let version = sqlx::query_scalar($singles.version).bind(id);
                version.fetch_one(self).await.unwrap()
            }

            async fn begin(&mut self) {
                sqlx::raw_sql("BEGIN").execute(self).await.unwrap();
            }

            async fn commit(&mut self) {
                sqlx::raw_sql("COMMIT").execute(self).await.unwrap();
            }

            async fn update_all(&mut self, contacts: &[Contact]) {
                $update_all(contacts, self).await.unwrap();
            }
        }
    };
}

by_hand!(PgConnection, SINGLES, in_arrays);
by_hand!(MySqlConnection, WITH_QUESTION_MARKS, by_cases);

async fn in_arrays(contacts: &[Contact], conn: &mut PgConnection) -> sqlx::Result<()> {
    let columns = postgres::Columns::of(contacts);
    let missed = sqlx::query(postgres::UPDATE_ALL)
        .bind(columns.ids)
        .bind(columns.expected)
        .bind(columns.names)
        .bind(columns.phones)
        .bind(columns.next);
    assert!(missed.fetch_all(conn).await?.is_empty());
    Ok(())
}

async fn by_cases(contacts: &[Contact], conn: &mut MySqlConnection) -> sqlx::Result<()> {
    let mut transaction = Connection::begin(conn).await?;
    let mut lock = sqlx::query(AssertSqlSafe(mysql::lock_all(contacts.len())));
    for contact in contacts {
        lock = lock.bind(contact.id);
    }
    let locked = lock.fetch_all(&mut *transaction).await?;
    assert_eq!(locked.len(), contacts.len());

    for chunk in contacts.chunks(mysql::UPDATED_AT_ONCE) {
        let mut update = sqlx::query(AssertSqlSafe(mysql::update_all(chunk.len())));
        for contact in chunk {
            update = update.bind(contact.id).bind(&contact.name);
        }
        for contact in chunk {
            update = update.bind(contact.id).bind(&contact.phone);
        }
        for contact in chunk {
            update = update.bind(contact.id).bind(contact.version + 1);
        }
        for contact in chunk {
            update = update.bind(contact.id).bind(contact.version);
        }
        let written = update.execute(&mut *transaction).await?.rows_affected();
        assert_eq!(written, chunk.len() as u64);
    }
    transaction.commit().await
}
