//! tokio-postgres by hand, with prepared statements.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use crate::statements::postgres::{Columns, SINGLES, UPDATE_ALL};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Statement};

pub(crate) struct TokioPostgres {
    client: Client,
    update: Statement,
    delete: Statement,
    version: Statement,
    update_all: Statement,
}

impl TokioPostgres {
    pub(crate) async fn connect(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let arrays = [
            Type::INT4_ARRAY,
            Type::INT8_ARRAY,
            Type::TEXT_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT8_ARRAY,
        ];
        Self {
            update: client.prepare(SINGLES.update).await.unwrap(),
            delete: client.prepare(SINGLES.delete).await.unwrap(),
            version: client.prepare(SINGLES.version).await.unwrap(),
            update_all: client.prepare_typed(UPDATE_ALL, &arrays).await.unwrap(),
            client,
        }
    }
}

impl ByHand for TokioPostgres {
    const LOOPS: bool = false;

    async fn update(&mut self, contact: &Contact) -> u64 {
        let next = contact.version + 1;
        let binds: [&(dyn ToSql + Sync); 5] = [
            &contact.name,
            &contact.phone,
            &next,
            &contact.id,
            &contact.version,
        ];
        self.client.execute(&self.update, &binds).await.unwrap()
    }

    async fn delete(&mut self, contact: &Contact) -> u64 {
        let binds: [&(dyn ToSql + Sync); 2] = [&contact.id, &contact.version];
        self.client.execute(&self.delete, &binds).await.unwrap()
    }

    async fn version(&mut self, id: i32) -> i64 {
        let row = self.client.query_one(&self.version, &[&id]).await;
        row.unwrap().get(0)
    }

    async fn begin(&mut self) {
        self.client.batch_execute("BEGIN").await.unwrap();
    }

    async fn commit(&mut self) {
        self.client.batch_execute("COMMIT").await.unwrap();
    }

    async fn update_all(&mut self, contacts: &[Contact]) {
        let columns = Columns::of(contacts);
        let binds: [&(dyn ToSql + Sync); 5] = [
            &columns.ids,
            &columns.expected,
            &columns.names,
            &columns.phones,
            &columns.next,
        ];
        let missed = self.client.query(&self.update_all, &binds).await.unwrap();
        assert!(missed.is_empty());
    }
}
