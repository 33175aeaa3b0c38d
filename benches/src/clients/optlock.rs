//! optlock, on each connection of diesel-async.

use super::{Client, Work};
use crate::contacts::Contact;
use optlock::diesel_async::methods;
use optlock::diesel_async::prelude::*;
use optlock::{Error, Found};

pub(crate) struct Optlock<C>(pub(crate) C);

impl<C> Client for Optlock<C>
where
    Contact: methods::Save<C> + methods::SaveAll<C>,
{
    fn save<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            for contact in contacts {
                contact.save_checked(&mut self.0).await.unwrap();
            }
        })
    }

    fn conflict<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async {
            for contact in contacts {
                contact.version -= 1;
                let Err(Error::ConcurrentModification(conflict)) =
                    contact.save_checked(&mut self.0).await
                else {
                    panic!("no conflict");
                };
                contact.version += 1;
                let version = contact.version.into();
                assert_eq!(*conflict.found(), Found::Modified { version });
            }
        })
    }

    fn save_all<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
        Box::pin(async { contacts.save_all_checked(&mut self.0).await.unwrap() })
    }
}
