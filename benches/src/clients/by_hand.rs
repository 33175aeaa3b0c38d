//! What each client by hand does with the answers of its statements.

use super::{Client, Work};
use crate::contacts::Contact;

/// The statements, by hand.
pub(super) trait ByHand {
    /// Writes the contact with the version after its own, and returns the number of rows written.
    async fn update(&mut self, contact: &Contact) -> u64;

    /// The version that the row of this id has.
    async fn version(&mut self, id: i32) -> i64;

    /// Writes all contacts with the version after their own.
    async fn update_all(&mut self, contacts: &[Contact]);
}

impl<B: ByHand> Client for B {
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

    fn save_all<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            self.update_all(contacts).await;
            for contact in contacts {
                contact.version += 1;
            }
        })
    }
}
