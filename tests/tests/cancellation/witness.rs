//! A second connection, which shows what others see.

use super::{Conn, IS_CONNECTED, PATIENT, Scratch};
use crate::prelude::*;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use optlock_tests::wait_until;

/// The rows of the tests: those of the operations, Ann and Bob, and two others.
const ROWS: [i32; 4] = [1, 2, PROBE, STALE];

/// A row for a save that must succeed.
pub(super) const PROBE: i32 = 3;
/// A row for a save that must be a conflict.
pub(super) const STALE: i32 = 4;

/// A row, as it is at first.
pub(super) fn row(id: i32) -> Contact {
    Contact {
        id,
        ..Contact::ann()
    }
}

/// What has become of Ann and Bob since the values were loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    Unchanged,
    Changed,
    Deleted,
}

/// The rows of Ann and Bob.
pub(super) type Rows = [Option<Contact>; 2];

pub(super) struct Witness(Conn);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Witness {
    pub(super) fn new(scratch: &Scratch) -> Self {
        let mut conn = scratch.connect();
        conn.batch_execute(PATIENT).unwrap();
        Self(conn)
    }

    /// Sets the scene. Fails if a row is locked.
    pub(super) fn set(&mut self, scene: Scene) {
        diesel::delete(contacts::table)
            .execute(&mut self.0)
            .unwrap();
        let rows = ROWS.map(row);
        for row in rows {
            let is_ours = row.id <= 2;
            let row = match scene {
                Scene::Deleted if is_ours => continue,
                Scene::Changed if is_ours => Contact {
                    phone: Some("theirs".into()),
                    version: 2,
                    ..row
                },
                _ => row,
            };
            diesel::insert_into(contacts::table)
                .values(row)
                .execute(&mut self.0)
                .unwrap();
        }
    }

    pub(super) fn row(&mut self, id: i32) -> Option<Contact> {
        contacts::table
            .find(id)
            .select(Contact::as_select())
            .first(&mut self.0)
            .optional()
            .unwrap()
    }

    pub(super) fn ours(&mut self) -> Rows {
        [self.row(1), self.row(2)]
    }

    /// Waits until the server is done with a connection that was dropped.
    pub(super) fn wait_until_gone(&mut self, id: Option<i64>) {
        let Some(id) = id else {
            return;
        };
        wait_until("the server should end the connection", || {
            let count = diesel::sql_query(format!("{IS_CONNECTED} {id}"));
            count.get_result::<Count>(&mut self.0).unwrap().count == 0
        });
    }

    /// Nobody holds a lock: each row can be written.
    pub(super) fn assert_unlocked(&mut self) {
        self.0
            .transaction(|conn| {
                diesel::update(contacts::table)
                    .set(contacts::phone.eq("unlocked"))
                    .execute(conn)?;
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
            .unwrap_err();
    }
}
