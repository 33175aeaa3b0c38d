//! The C libraries with prepared statements.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use crate::statements::Singles;
use optlock_benches_raw::{Bind, Driver, Statement};

pub(crate) struct Raw<D> {
    driver: D,
    update: Statement,
    delete: Statement,
    version: Statement,
}

impl<D: Driver> Raw<D> {
    pub(crate) fn new(mut driver: D, singles: &Singles) -> Self {
        Self {
            update: driver.prepare(singles.update),
            delete: driver.prepare(singles.delete),
            version: driver.prepare(singles.version),
            driver,
        }
    }
}

impl<D: Driver> ByHand for Raw<D> {
    const LOOPS: bool = false;

    async fn update(&mut self, contact: &Contact) -> u64 {
        self.driver.execute(self.update, binds(contact))
    }

    async fn delete(&mut self, contact: &Contact) -> u64 {
        let binds = [Bind::Integer(contact.id), Bind::BigInt(contact.version)];
        self.driver.execute(self.delete, binds)
    }

    async fn version(&mut self, id: i32) -> i64 {
        self.driver.number(self.version, [Bind::Integer(id)])
    }

    async fn begin(&mut self) {
        self.driver.begin();
    }

    async fn commit(&mut self) {
        self.driver.commit();
    }

    async fn update_all(&mut self, contacts: &[Contact]) {
        self.driver
            .execute_all(self.update, contacts.iter().map(binds));
    }
}

fn binds(contact: &Contact) -> [Bind<'_>; 5] {
    [
        Bind::Text(Some(&contact.name)),
        Bind::Text(contact.phone.as_deref()),
        Bind::BigInt(contact.version + 1),
        Bind::Integer(contact.id),
        Bind::BigInt(contact.version),
    ]
}
