//! Each operation of the async side, on values whose rows are in the database.

use super::Waiting;
use super::witness::row;
use optlock::seal::{Keys, Seal};
use optlock::{Error, Fingerprint, Tracked};
use optlock_tests::models::{Contact, Legacy};
use std::future::Future;
use std::pin::Pin;

/// What is in memory when an operation begins. Each value has a change that is not saved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Memory {
    /// Ann and Bob.
    pub(super) both: [Contact; 2],
    pub(super) tracked: Tracked<Contact>,
    pub(super) legacy: Tracked<Legacy>,
}

impl Memory {
    pub(super) fn new() -> Self {
        let ours = |id| Contact {
            name: "Ours".into(),
            ..row(id)
        };
        let Contact {
            id, name, phone, ..
        } = row(1);
        let legacy = Legacy { id, name, phone };
        let changed = Legacy {
            name: "Ours".into(),
            ..legacy.clone()
        };
        Self {
            both: [ours(1), ours(2)],
            tracked: Tracked::with_base(row(1), ours(1)),
            legacy: Tracked::with_base(legacy, changed),
        }
    }
}

/// What an operation is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Statements about one value, each by itself.
    Single,
    /// Saves one after the other: each value is saved or not by itself.
    Each,
    /// A transaction of optlock's, from its first statement to its last.
    Transaction,
    /// A transaction of optlock's, or more than one with a pause between them, or a statement that needs none.
    Any,
}

pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

pub(super) type Run<C> = for<'a> fn(&'a mut C, &'a mut Memory) -> Running<'a>;

#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) run: Run<Waiting>,
}

/// The keys of the pages.
pub(super) fn keys() -> Keys {
    Keys::new([7; 32]).unwrap()
}

/// A page that shows the row of Ann, and her phone beside it.
pub(super) fn shown(seal: &Seal<'_>) -> String {
    let ann = row(1);
    let page = Fingerprint::builder(seal).row(&ann);
    page.value("phone", &ann.phone).build().into()
}

/// Calls a macro with each operation. Where one is called it needs the imports of `plain.rs`.
macro_rules! each_operation {
    ($test:ident) => {
        $test! {
            save_checked: Single = |conn, memory| memory.both[0].save_checked(conn).await;
            upsert_checked: Single = |conn, memory| {
                memory.both[0].upsert_checked(conn).await.map(drop)
            };
            save_or_load: Single = |conn, memory| memory.both[0].save_or_load(conn).await.map(drop);
            save_or_load_as: Single = |conn, memory| {
                memory.both[0].save_or_load_as::<Legacy>(conn).await.map(drop)
            };
            save_merged: Single = |conn, memory| {
                memory.both[0].save_merged(memory.tracked.base(), conn).await.map(drop)
            };
            touch_checked: Single = |conn, memory| memory.both[0].touch_checked(conn).await;
            delete_checked: Single = |conn, memory| memory.both[0].delete_checked(conn).await;
            attempt_save_checked: Single = |conn, memory| {
                memory.both[0].attempt()?.save_checked(conn).await.map(drop)
            };
            attempt_resolve: Single = |conn, memory| {
                memory.both[0].attempt()?.resolve(conn).await.map(drop)
            };
            check_current: Single = |conn, memory| memory.both[0].check_current(conn).await;
            load_current: Single = |conn, memory| memory.both[0].load_current(conn).await.map(drop);
            load_current_as: Single = |conn, memory| {
                memory.both[0].load_current_as::<Legacy>(conn).await.map(drop)
            };
            refresh: Single = |conn, memory| memory.both[0].refresh(conn).await.map(drop);
            force_save: Single = |conn, memory| memory.both[0].force_save(conn).await;
            force_delete: Single = |conn, memory| memory.both[0].force_delete(conn).await.map(drop);

            tracked_save_checked: Single = |conn, memory| {
                memory.tracked.save_checked(conn).await.map(drop)
            };
            tracked_save_changed: Single = |conn, memory| {
                memory.tracked.save_changed(conn).await.map(drop)
            };
            tracked_save_merged: Single = |conn, memory| {
                memory.tracked.save_merged(conn).await.map(drop)
            };
            tracked_upsert_checked: Single = |conn, memory| {
                memory.tracked.upsert_checked(conn).await.map(drop)
            };
            tracked_save_or_load: Single = |conn, memory| {
                memory.tracked.save_or_load(conn).await.map(drop)
            };
            tracked_save_or_load_as: Single = |conn, memory| {
                memory.tracked.save_or_load_as::<Legacy>(conn).await.map(drop)
            };
            tracked_force_save: Single = |conn, memory| memory.tracked.force_save(conn).await;
            tracked_touch_checked: Single = |conn, memory| memory.tracked.touch_checked(conn).await;
            tracked_refresh: Single = |conn, memory| memory.tracked.refresh(conn).await.map(drop);
            save_unchanged: Transaction = |conn, memory| {
                memory.legacy.save_unchanged(conn).await.map(drop)
            };

            save_if_unchanged: Transaction = |conn, memory| {
                let keys = super::super::operations::keys();
                let seal = keys.purpose("edit").without_session();
                let shown = super::super::operations::shown(&seal);
                memory.both[0].save_if_unchanged(&shown, &seal, conn, async |conn, page, row| {
                    Ok(page.value("phone", &row.load_current(conn).await?.and_then(|row| row.phone)))
                }).await
            };
            tracked_save_if_unchanged: Transaction = |conn, memory| {
                let keys = super::super::operations::keys();
                let seal = keys.purpose("edit").without_session();
                let shown = super::super::operations::shown(&seal);
                memory.tracked.save_if_unchanged(&shown, &seal, conn, async |conn, page, row| {
                    Ok(page.value("phone", &row.load_current(conn).await?.and_then(|row| row.phone)))
                }).await.map(drop)
            };
            unversioned_save_if_unchanged: Transaction = |conn, memory| {
                let keys = super::super::operations::keys();
                let seal = keys.purpose("edit").without_session();
                let shown = super::super::operations::shown(&seal);
                memory.legacy.save_if_unchanged(&shown, &seal, conn, async |_, page, row| {
                    tokio::task::yield_now().await;
                    Ok(page.value("phone", &row.phone))
                }).await.map(drop)
            };

            save_all_checked: Any = |conn, memory| memory.both.save_all_checked(conn).await;
            delete_all_checked: Any = |conn, memory| memory.both.delete_all_checked(conn).await;
            save_each_checked: Each = |conn, memory| {
                memory.both.save_each_checked(conn).await.into_iter().collect()
            };

            a_transaction: Transaction = |conn, memory| {
                let [ann, bob] = &mut memory.both;
                transaction(conn, (ann, bob), async |conn, (ann, bob)| {
                    ann.name.push('!');
                    ann.save_checked(conn).await?;
                    tokio::task::yield_now().await;
                    bob.name.push('!');
                    bob.save_checked(conn).await
                }).await
            };
            a_transaction_with_options: Transaction = |conn, memory| {
                let options = TransactionOptions::new().serializable().immediate();
                options.run(conn, &mut memory.both[0], async |conn, ann| {
                    ann.lock_checked(conn).await?;
                    ann.name.push('!');
                    ann.save_checked(conn).await
                }).await
            };
            a_nested_transaction: Transaction = |conn, memory| {
                let [ann, bob] = &mut memory.both;
                transaction(conn, (ann, bob), async |conn, (ann, bob)| {
                    ann.save_checked(conn).await?;
                    transaction(conn, bob, async |conn, bob| {
                        bob.name.push('!');
                        bob.save_checked(conn).await
                    }).await
                }).await
            };
            a_rolled_back_transaction: Transaction = |conn, memory| {
                transaction(conn, &mut memory.both[0], async |conn, ann| {
                    ann.save_checked(conn).await?;
                    Err(Error::from(RollbackTransaction))
                }).await
            };
            batches_in_a_transaction: Transaction = |conn, memory| {
                transaction(conn, &mut memory.both[..], async |conn, both| {
                    both[0].name.push('!');
                    both.save_all_checked(conn).await?;
                    both[1].name.push('!');
                    for saved in both.save_each_checked(conn).await {
                        saved?;
                    }
                    both[..1].delete_all_checked(conn).await
                }).await
            };
            // Between two attempts nothing is open.
            a_retry: Any = |conn, memory| {
                let (policy, ann) = (Policy::new().attempts(2), &memory.both[0]);
                retry(policy, conn, async |conn| {
                    let mut ann = ann.clone();
                    ann.save_checked(conn).await
                }).await.map_err(RetryError::into_last)
            };
            policy_run: Any = |conn, memory| {
                let policy = Policy::new().attempts(2).sleep(async |_| tokio::task::yield_now().await);
                let [ann, bob] = &mut memory.both;
                policy.run(conn, (ann, bob), async |conn, (ann, bob)| {
                    ann.name.push('!');
                    ann.save_checked(conn).await?;
                    bob.name.push('!');
                    bob.save_checked(conn).await
                }).await.map_err(RetryError::into_last)
            };
        }
    };
}

/// Calls a macro with an operation of each kind. Where one is called it needs the imports of `pools.rs`.
macro_rules! some_operations {
    ($test:ident) => {
        $test! {
            a_save: Single = |conn, memory| memory.both[0].save_checked(conn).await;
            a_read: Single = |conn, memory| memory.both[0].load_current(conn).await.map(drop);
            a_batch: Any = |conn, memory| memory.both.save_all_checked(conn).await;
            a_transaction: Transaction = |conn, memory| {
                let [ann, bob] = &mut memory.both;
                transaction(conn, (ann, bob), async |conn, (ann, bob)| {
                    ann.save_checked(conn).await?;
                    transaction(conn, bob, async |conn, bob| bob.save_checked(conn).await).await
                }).await
            };
            a_retry: Any = |conn, memory| {
                let policy = Policy::new().attempts(2);
                policy.run(conn, &mut memory.both[0], async |conn, ann| {
                    ann.name.push('!');
                    ann.save_checked(conn).await
                }).await.map_err(RetryError::into_last)
            };
        }
    };
}
