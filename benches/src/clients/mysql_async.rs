//! mysql_async by hand, with prepared statements.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use crate::statements::mysql::{UPDATE, VERSION, lock_all, update_all};
use mysql_async::prelude::*;
use mysql_async::{Conn, Opts, OptsBuilder, Row, Statement, TxOpts, Value};

pub(crate) struct MysqlAsync {
    conn: Conn,
    update: Statement,
    version: Statement,
}

impl MysqlAsync {
    pub(crate) async fn connect(url: &str) -> Self {
        let options = OptsBuilder::from_opts(Opts::from_url(url).unwrap()).client_found_rows(true);
        let mut conn = Conn::new(options).await.unwrap();
        Self {
            update: conn.prep(UPDATE).await.unwrap(),
            version: conn.prep(VERSION).await.unwrap(),
            conn,
        }
    }
}

impl ByHand for MysqlAsync {
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

    async fn version(&mut self, id: i32) -> i64 {
        let version = self.conn.exec_first(&self.version, (id,)).await;
        version.unwrap().unwrap()
    }

    /// The connection keeps what it has prepared by its text.
    async fn update_all(&mut self, contacts: &[Contact]) {
        let mut transaction = self.conn.start_transaction(TxOpts::new()).await.unwrap();
        let ids: Vec<Value> = contacts.iter().map(|contact| contact.id.into()).collect();
        let lock = transaction.exec::<Row, _, _>(lock_all(contacts.len()), ids);
        assert_eq!(lock.await.unwrap().len(), contacts.len());
        let update = transaction.exec_drop(update_all(contacts.len()), binds(contacts));
        update.await.unwrap();
        assert_eq!(transaction.affected_rows(), contacts.len() as u64);
        transaction.commit().await.unwrap();
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
