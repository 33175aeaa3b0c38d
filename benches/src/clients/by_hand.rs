//! What each client by hand does with the answers of its statements.

use super::{Client, Kind, Work};
use crate::contacts::Contact;

/// The statements, by hand.
pub(super) trait ByHand {
    /// Whether an update has the version in its WHERE.
    const CHECKS_VERSION: bool = true;

    /// Whether [`update_all`](Self::update_all) has a round trip for each row.
    const LOOPS: bool = true;

    /// Writes the contact with the version after its own, and returns the number of rows written.
    async fn update(&mut self, contact: &Contact) -> u64;

    /// Deletes the row, if it has the version of the contact, and returns the number of rows deleted.
    async fn delete(&mut self, contact: &Contact) -> u64;

    /// The version that the row of this id has.
    async fn version(&mut self, id: i32) -> i64;

    async fn begin(&mut self);

    async fn commit(&mut self);

    /// Writes all contacts with the version after their own. Not overridden, it is a loop in a transaction.
    async fn update_all(&mut self, contacts: &[Contact]) {
        self.begin().await;
        for contact in contacts {
            assert_eq!(self.update(contact).await, 1);
        }
        self.commit().await;
    }
}

impl<B: ByHand> Client for B {
    fn does(&self, kind: Kind) -> bool {
        kind != Kind::Conflict || B::CHECKS_VERSION
    }

    fn loops(&self) -> bool {
        B::LOOPS
    }

    fn save<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            for contact in contacts {
                assert_eq!(self.update(contact).await, 1);
                contact.version += 1;
            }
        })
    }

    fn conflict<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            for contact in contacts {
                contact.version -= 1;
                assert_eq!(self.update(contact).await, 0);
                contact.version += 1;
                assert_eq!(self.version(contact.id).await, contact.version);
            }
        })
    }

    fn delete<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            for contact in contacts {
                assert_eq!(ByHand::delete(self, contact).await, 1);
            }
        })
    }

    fn transactions<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            for contact in contacts {
                self.begin().await;
                assert_eq!(self.update(contact).await, 1);
                self.commit().await;
                contact.version += 1;
            }
        })
    }

    fn save_all<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            self.update_all(contacts).await;
            for contact in contacts {
                contact.version += 1;
            }
        })
    }

    fn is_refused<'a>(&'a mut self, contact: &'a mut Contact) -> Work<'a, bool> {
        Box::pin(async { self.update(contact).await == 0 })
    }
}
