//! mysql_async by hand, with prepared statements.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use crate::statements::WITH_QUESTION_MARKS;
use crate::statements::mysql::{UPDATED_AT_ONCE, lock_all, update_all};
use mysql_async::prelude::*;
use mysql_async::{Conn, Opts, OptsBuilder, Row, Statement, Value};

pub(crate) struct MysqlAsync {
    conn: Conn,
    update: Statement,
    delete: Statement,
    version: Statement,
}

impl MysqlAsync {
    pub(crate) async fn connect(url: &str) -> Self {
        let options = OptsBuilder::from_opts(Opts::from_url(url).unwrap()).client_found_rows(true);
        let mut conn = Conn::new(options).await.unwrap();
        Self {
            update: conn.prep(WITH_QUESTION_MARKS.update).await.unwrap(),
            delete: conn.prep(WITH_QUESTION_MARKS.delete).await.unwrap(),
            version: conn.prep(WITH_QUESTION_MARKS.version).await.unwrap(),
            conn,
        }
    }
}

impl ByHand for MysqlAsync {
    const LOOPS: bool = false;

    async fn update(&mut self, contact: &Contact) -> u64 {
        let binds = (
            &contact.name,
            &contact.phone,
            contact.version + 1,
            contact.id,
            contact.version,
        );
        self.conn.exec_drop(&self.update, binds).await.unwrap();
        self.conn.affected_rows()
    }

    async fn delete(&mut self, contact: &Contact) -> u64 {
        let binds = (contact.id, contact.version);
        self.conn.exec_drop(&self.delete, binds).await.unwrap();
        self.conn.affected_rows()
    }

    async fn version(&mut self, id: i32) -> i64 {
        let version = self.conn.exec_first(&self.version, (id,)).await;
        version.unwrap().unwrap()
    }

    async fn begin(&mut self) {
        self.conn.query_drop("BEGIN").await.unwrap();
    }

    async fn commit(&mut self) {
        self.conn.query_drop("COMMIT").await.unwrap();
    }

    /// The connection keeps what it has prepared by its text.
    async fn update_all(&mut self, contacts: &[Contact]) {
        self.begin().await;
        let ids: Vec<Value> = contacts.iter().map(|contact| contact.id.into()).collect();
        let lock = self.conn.exec::<Row, _, _>(lock_all(contacts.len()), ids);
        assert_eq!(lock.await.unwrap().len(), contacts.len());
        for chunk in contacts.chunks(UPDATED_AT_ONCE) {
            let update = self.conn.exec_drop(update_all(chunk.len()), binds(chunk));
            update.await.unwrap();
            assert_eq!(self.conn.affected_rows(), chunk.len() as u64);
        }
        self.commit().await;
    }
}

fn binds(contacts: &[Contact]) -> Vec<Value> {
    let columns: [fn(&Contact) -> Value; 4] = [
        |contact| (&contact.name).into(),
        |contact| (&contact.phone).into(),
        |contact| (contact.version + 1).into(),
        |contact| contact.version.into(),
    ];
    columns
        .into_iter()
        .flat_map(|column| {
            contacts
                .iter()
                .flat_map(move |contact| [contact.id.into(), column(contact)])
        })
        .collect()
}
