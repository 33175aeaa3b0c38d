//! optlock.

use super::faces::{self, on_each_database, on_mariadb, on_postgres, on_sqlite};
use super::{Client, Kind, Work};
use crate::contacts::Contact;
use optlock::{Error, Found};

pub(crate) struct Optlock<C> {
    pub(crate) conn: C,
    pub(crate) transactions: Transactions,
}

/// What is around several saves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transactions {
    /// `optlock::transaction`, and `save_all_checked` for a batch.
    Own,
    /// Diesel's transaction around `save_checked`, in a loop for a batch. It is measured by these two alone.
    Diesels,
}

macro_rules! client {
    ($conn:ty, $face:ident, [$($async:tt)*], [$($wait:tt)*]) => {
        const _: () = {
            use faces::$face::{Connection, VersionedDsl, VersionedSliceDsl, transaction};

            impl Client for Optlock<$conn> {
                fn does(&self, kind: Kind) -> bool {
                    self.transactions == Transactions::Own
                        || matches!(kind, Kind::Transaction | Kind::Batch)
                }

                fn loops(&self) -> bool {
                    self.transactions == Transactions::Diesels
                }

                fn save<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
                    Box::pin(async {
                        for contact in contacts {
                            contact.save_checked(&mut self.conn)$($wait)*.unwrap();
                        }
                    })
                }

                fn conflict<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
                    Box::pin(async {
                        for contact in contacts {
                            contact.version -= 1;
                            let result = contact.save_checked(&mut self.conn)$($wait)*;
                            contact.version += 1;
                            let Err(Error::ConcurrentModification(conflict)) = result else {
                                panic!("no conflict");
                            };
                            let version = contact.version.into();
                            assert_eq!(*conflict.found(), Found::Modified { version });
                        }
                    })
                }

                fn delete<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
                    Box::pin(async {
                        for contact in contacts {
                            contact.delete_checked(&mut self.conn)$($wait)*.unwrap();
                        }
                    })
                }

                fn transactions<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
                    Box::pin(async {
                        let Self { conn, transactions } = self;
                        for contact in contacts {
                            let result = match transactions {
                                Transactions::Own => transaction(
                                    conn,
                                    contact,
                                    $($async)* |conn, contact| contact.save_checked(conn)$($wait)*,
                                )$($wait)*,
                                Transactions::Diesels => conn.transaction(
                                    $($async)* |conn| contact.save_checked(conn)$($wait)*,
                                )$($wait)*,
                            };
                            result.unwrap();
                        }
                    })
                }

                fn save_all<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a> {
                    Box::pin(async {
                        let Self { conn, transactions } = self;
                        let result = match transactions {
                            Transactions::Own => contacts.save_all_checked(conn)$($wait)*,
                            Transactions::Diesels => conn.transaction(
                                $($async)* |conn| {
                                    for contact in contacts {
                                        contact.save_checked(conn)$($wait)*?;
                                    }
                                    Ok(())
                                },
                            )$($wait)*,
                        };
                        result.unwrap();
                    })
                }

                fn is_refused<'a>(&'a mut self, contact: &'a mut Contact) -> Work<'a, bool> {
                    Box::pin(async {
                        match contact.save_checked(&mut self.conn)$($wait)* {
                            Ok(()) => false,
                            Err(Error::ConcurrentModification(_)) => true,
                            Err(error) => panic!("{error}"),
                        }
                    })
                }
            }
        };
    };
}

on_each_database!(client);
