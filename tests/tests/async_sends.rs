//! Each operation can be spawned, on each connection of diesel-async. This compiles or it does not:
//! nothing of it runs.

use diesel::prelude::*;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::{bb8, deadpool, mobc};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::{lease, methods, retry, transaction, verify, verify_all};
use optlock::lease::Lease;
use optlock::retry::Policy;
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::schema::contacts;
use std::cell::Cell;
use std::time::Duration;

type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection>;

fn legacy() -> Legacy {
    Legacy {
        id: 1,
        name: "Ann".into(),
        phone: None,
    }
}

/// Spawns what is done with a connection.
macro_rules! spawn {
    ($connect:ident, |$conn:ident| $operation:expr) => {
        drop(tokio::spawn({
            let mut conn = $connect();
            async move {
                let $conn = &mut conn;
                let _ = $operation;
                Ok::<_, Error>(())
            }
        }))
    };
}

/// What is called on one value, a slice, and a value that knows its base.
macro_rules! operations {
    ($connect:ident) => {
        spawn!($connect, |conn| Contact::ann().save_checked(conn).await);
        spawn!($connect, |conn| Contact::ann().upsert_checked(conn).await);
        spawn!($connect, |conn| Contact::ann().save_or_load(conn).await);
        spawn!($connect, |conn| {
            Contact::ann().save_or_load_as::<Contact>(conn).await
        });
        spawn!($connect, |conn| {
            Contact::ann().save_merged(&Contact::ann(), conn).await
        });
        spawn!($connect, |conn| verify::<Contact>(conn).await?);
        spawn!($connect, |conn| verify_all!(conn, Contact => with_trigger, Contact).await?);
        spawn!($connect, |conn| Contact::ann().touch_checked(conn).await);
        spawn!($connect, |conn| Contact::ann().delete_checked(conn).await);
        spawn!($connect, |conn| Contact::ann().check_current(conn).await);
        spawn!($connect, |conn| Contact::ann().lock_checked(conn).await);
        spawn!($connect, |conn| Contact::ann().load_current(conn).await);
        spawn!($connect, |conn| {
            Contact::ann().load_current_as::<Contact>(conn).await
        });
        spawn!($connect, |conn| Contact::ann().refresh(conn).await);
        spawn!($connect, |conn| Contact::ann().force_save(conn).await);
        spawn!($connect, |conn| Contact::ann().force_delete(conn).await);

        spawn!($connect, |conn| {
            let mut ann = Contact::ann();
            let mut attempt = ann.attempt().unwrap();
            let _ = attempt.save_checked(conn).await;
            attempt.resolve(conn).await
        });

        spawn!($connect, |conn| {
            let (mut ann, time) = (Contact::ann(), Duration::from_secs(60));
            let _ = Lease::acquire(&ann, "amy", "page", time, conn).await?;
            let _ = Lease::acquire_checked(&ann, "amy", "page", time, conn).await?;
            let mut mine = Lease::steal(&ann, "amy", "page", time, conn).await?;
            let _ = mine.renew(conn).await?;
            let _ = mine.shorten(time, conn).await?;
            ann.save_leased(&mine, conn).await?;
            ann.lease_status(conn).await?;
            ann.ask_for_lease("bob", conn).await?;
            ann.viewing("bob", "page", time, conn).await?;
            ann.stop_viewing("bob", "page", conn).await?;
            let _ = Lease::resume(&ann, &mine.token(), time, conn).await?;
            [ann.clone()].lease_statuses(conn).await?;
            ann.delete_leased(&mine, conn).await?;
            ann.save_and_release(&mut mine, conn).await?;
            mine.release(conn).await
        });
        spawn!($connect, |conn| {
            lease::create_table(conn).await?;
            lease::all_of("amy", conn).await?;
            lease::release_all("amy", conn).await?;
            lease::purge(Duration::ZERO, conn).await
        });

        let both = || vec![Contact::ann(), Contact::bob()];
        spawn!($connect, |conn| both().save_all_checked(conn).await);
        spawn!($connect, |conn| both().delete_all_checked(conn).await);
        spawn!($connect, |conn| both().save_each_checked(conn).await);
        spawn!($connect, |conn| {
            let mut chunks = optlock::Chunks::new(both(), 1);
            let _ = chunks.save_next(conn).await?;
            chunks.delete_next(conn).await
        });

        let tracked = || Tracked::new(Contact::ann());
        spawn!($connect, |conn| tracked().save_checked(conn).await);
        spawn!($connect, |conn| tracked().save_changed(conn).await);
        spawn!($connect, |conn| tracked().save_merged(conn).await);
        spawn!($connect, |conn| tracked().upsert_checked(conn).await);
        spawn!($connect, |conn| tracked().save_or_load(conn).await);
        spawn!($connect, |conn| {
            tracked().save_or_load_as::<Contact>(conn).await
        });
        spawn!($connect, |conn| tracked().force_save(conn).await);
        spawn!($connect, |conn| tracked().touch_checked(conn).await);
        spawn!($connect, |conn| tracked().refresh(conn).await);
        spawn!($connect, |conn| {
            Tracked::new(legacy()).save_unchanged(conn).await
        });
    };
}

/// Transactions and retries, within one another, whose bodies capture.
macro_rules! units {
    ($connect:ident, $Conn:ty) => {
        let name = || String::from("Ann B.");
        spawn!($connect, |conn| {
            let (mut ann, mut bob, name) = (Contact::ann(), Contact::bob(), name());
            transaction(conn, (&mut ann, &mut bob), async |conn, (ann, bob)| {
                ann.name.clone_from(&name);
                ann.save_checked(conn).await?;
                transaction(conn, bob, async |conn, bob| bob.save_checked(conn).await).await
            })
            .await
        });
        spawn!($connect, |conn| {
            let mut all = vec![Contact::ann(), Contact::bob()];
            optlock::TransactionOptions::new()
                .immediate()
                .run(conn, all.as_mut_slice(), async |conn, all| {
                    all.save_all_checked(conn).await
                })
                .await
        });
        spawn!($connect, |conn| {
            let name = name();
            retry(Policy::new(), conn, async |conn: &mut $Conn| {
                let mut ann = Contact {
                    name: name.clone(),
                    ..Contact::ann()
                };
                ann.save_checked(conn).await?;
                Ok::<_, Error>(ann)
            })
            .await
        });
        spawn!($connect, |conn| {
            let (mut ann, name) = (Tracked::new(Contact::ann()), name());
            Policy::new()
                .when(|error: &Error| error.is_conflict())
                .notify(|_, _: &Error, _| {})
                .sleep(async |_: Duration| {})
                .run(conn, &mut ann, async |conn, ann| {
                    ann.name.clone_from(&name);
                    ann.save_checked(conn).await
                })
                .await
        });
    };
}

macro_rules! on {
    ($($name:ident: $Conn:ty),* $(,)?) => {$(
        #[test]
        fn $name() {
            fn each(connect: fn() -> $Conn) {
                operations!(connect);
                units!(connect, $Conn);
            }
            let _: fn(_) = each;
        }
    )*};
}

on! {
    postgres: AsyncPgConnection,
    mysql: AsyncMysqlConnection,
    sqlite: AsyncSqliteConnection,
    deadpool_postgres: deadpool::Object<AsyncPgConnection>,
    deadpool_mysql: deadpool::Object<AsyncMysqlConnection>,
    deadpool_sqlite: deadpool::Object<AsyncSqliteConnection>,
    bb8_postgres: bb8::PooledConnection<'static, AsyncPgConnection>,
    bb8_mysql: bb8::PooledConnection<'static, AsyncMysqlConnection>,
    bb8_sqlite: bb8::PooledConnection<'static, AsyncSqliteConnection>,
    mobc_postgres: mobc::PooledConnection<AsyncPgConnection>,
    mobc_mysql: mobc::PooledConnection<AsyncMysqlConnection>,
    mobc_sqlite: mobc::PooledConnection<AsyncSqliteConnection>,
    wrapper_postgres: AsyncConnectionWrapper<AsyncPgConnection>,
    wrapper_mysql: AsyncConnectionWrapper<AsyncMysqlConnection>,
    wrapper_sqlite: AsyncConnectionWrapper<AsyncSqliteConnection>,
}

/// In code that knows neither the connection nor the model.
mod generic {
    use super::*;
    use diesel_async::AsyncConnection;

    /// Spawns what is done with a value on a connection.
    macro_rules! operation {
        ($($name:ident: ($Bound:ident $(, $More:path)*) |$model:ident, $conn:ident| $operation:expr;)*) => {$(
            #[test]
            fn $name() {
                fn spawn<C, M>(mut conn: C, #[allow(unused_mut)] mut model: M)
                where
                    C: AsyncConnection + 'static,
                    M: methods::$Bound<C> $(+ $More)* + Send + 'static,
                {
                    drop(tokio::spawn(async move {
                        #[allow(unused_mut)]
                        let ($conn, mut $model) = (&mut conn, &mut model);
                        let _ = $operation.await;
                    }));
                }
                let _: fn(AsyncPgConnection, Contact) = spawn;
                let _: fn(AsyncMysqlConnection, Contact) = spawn;
                let _: fn(AsyncSqliteConnection, Contact) = spawn;
            }
        )*};
    }

    operation! {
        save: (Save) |model, conn| model.save_checked(conn);
        upsert: (Upsert) |model, conn| model.upsert_checked(conn);
        save_or_load: (SaveOrLoad) |model, conn| model.save_or_load(conn);
        save_merged: (SaveMerged, Clone, Sync) |model, conn| {
            let base = model.clone();
            async move { model.save_merged(&base, conn).await }
        };
        touch: (Touch) |model, conn| model.touch_checked(conn);
        delete: (Delete, Sync) |model, conn| model.delete_checked(conn);
        check: (CheckCurrent, Sync) |model, conn| model.check_current(conn);
        lock: (LockRow, Sync) |model, conn| model.lock_checked(conn);
        load: (LoadCurrent, Sync) |model, conn| model.load_current(conn);
        refresh: (Refresh) |model, conn| model.refresh(conn);
        force_save: (ForceSave) |model, conn| model.force_save(conn);
        force_delete: (ForceDelete, Sync) |model, conn| model.force_delete(conn);
        save_all: (SaveAll) |model, conn| std::slice::from_mut(model).save_all_checked(conn);
        delete_all: (DeleteAll, Sync) |model, conn| std::slice::from_ref(model).delete_all_checked(conn);
        save_each: (SaveEach) |model, conn| std::slice::from_mut(model).save_each_checked(conn);
        save_next: (SaveAll, Clone) |model, conn| {
            let mut chunks = optlock::Chunks::new([model.clone()], 1);
            async move { chunks.save_next(conn).await }
        };
        acquire_lease: (AcquireLease, Sync) |model, conn| {
            Lease::acquire(model, "amy", "page", Duration::from_secs(60), conn)
        };
        look_up_lease: (LookUpLease, Sync) |model, conn| model.lease_status(conn);
        save_leased: (SaveLeased) |model, conn| async move { model.save_leased(&some_lease(), conn).await };
        delete_leased: (DeleteLeased, Sync) |model, conn| async move {
            model.delete_leased(&some_lease(), conn).await
        };
    }

    fn some_lease() -> Lease {
        unreachable!("nothing of it runs")
    }

    #[test]
    fn transaction_and_retry() {
        fn spawn<C, M>(mut conn: C, mut model: M)
        where
            C: optlock::diesel_async::AsyncTransactionConnection,
            M: methods::Save<C> + Clone + Send + Sync + 'static,
        {
            drop(tokio::spawn(async move {
                let _ = transaction(&mut conn, &mut model, async |conn, model| {
                    model.save_checked(conn).await
                })
                .await;
                let _ = Policy::new()
                    .run(&mut conn, &mut model, async |conn, model| {
                        model.save_checked(conn).await
                    })
                    .await;
                let _ = retry(Policy::new(), &mut conn, async |conn: &mut C| {
                    model.clone().save_checked(conn).await
                })
                .await;
            }));
        }
        let _: fn(AsyncPgConnection, Contact) = spawn;
        let _: fn(AsyncMysqlConnection, Contact) = spawn;
        let _: fn(AsyncSqliteConnection, Contact) = spawn;
    }
}

/// What takes `&mut self` shares nothing with another thread: it asks for no `Sync`.
#[test]
fn a_model_that_is_not_sync() {
    #[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
    #[diesel(table_name = contacts)]
    struct Seen {
        id: i32,
        #[diesel(serialize_as = String, deserialize_as = String)]
        name: Name,
        version: i64,
    }

    #[derive(Clone, PartialEq)]
    struct Name {
        text: String,
        times: Cell<u32>,
    }

    impl From<String> for Name {
        fn from(text: String) -> Self {
            Self {
                text,
                times: Cell::new(0),
            }
        }
    }

    impl From<Name> for String {
        fn from(name: Name) -> Self {
            name.times.set(name.times.get() + 1);
            name.text
        }
    }

    fn each(connect: fn() -> AsyncPgConnection, load: fn() -> Seen) {
        spawn!(connect, |conn| load().save_checked(conn).await);
        spawn!(connect, |conn| load().touch_checked(conn).await);
        spawn!(connect, |conn| load().force_save(conn).await);
        spawn!(connect, |conn| load().refresh(conn).await);
    }
    let _: fn(_, _) = each;
}

/// A value of another thread's is nothing that a blocking connection minds, nor is a batch of them.
mod blocking {
    use diesel::prelude::*;
    use optlock::prelude::*;
    use optlock_tests::schema::contacts;
    use optlock_tests::sqlite::Scratch;
    use std::rc::Rc;

    #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
    #[diesel(table_name = contacts)]
    struct Shared {
        id: i32,
        #[diesel(serialize_as = String)]
        name: Name,
        version: i64,
    }

    #[derive(Debug, Clone, PartialEq)]
    struct Name(Rc<str>);

    impl From<Name> for String {
        fn from(name: Name) -> Self {
            name.0.as_ref().into()
        }
    }

    #[test]
    fn a_model_that_is_not_send() -> Result<(), optlock::Error> {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let shared = |id| Shared {
            id,
            name: Name("Ann".into()),
            version: 1,
        };
        shared(1).touch_checked(conn)?;
        let mut both = [
            Shared {
                version: 2,
                ..shared(1)
            },
            shared(2),
        ];
        both.save_all_checked(conn)?;
        both[0].save_checked(conn)?;
        both[0].force_save(conn)?;
        assert_eq!((both[0].version, both[1].version), (5, 2));
        both.delete_all_checked(conn)
    }
}
