//! Each operation on a connection from a pool, dropped at each await point: the pool hands out one that tells the
//! truth.

use super::aftermath::{
    Left, assert_broken, assert_in_step, assert_memory, assert_next_save, assert_rows, is_broken,
    left,
};
use super::operations::{Kind, Memory, Operation, Run, Running};
use super::plain::operations;
use super::witness::{PROBE, Scene, Witness, row};
use super::{LOSES_STEP, Place, Scratch, Waiting};
use crate::cut::{Cut, Ends, Moment, run_to};
use diesel::result::Error::BrokenTransactionManager;
use diesel_async::pooled_connection::{RecyclingMethod, bb8, deadpool, mobc};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::{AsyncLeaseConnection, lease, methods, transaction};
use optlock::lease::Lease;
use optlock::retry::{Policy, RetryError};
use optlock_tests::models::Contact;
use optlock_tests::waiting::WaitsIn;
use std::ops::DerefMut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A pool of one connection.
trait Pool {
    type Object: DerefMut<Target = Waiting> + Send;

    /// Does it keep a connection that is in step?
    const KEEPS: bool = true;

    /// Takes the connection.
    async fn take(&self) -> Self::Object;
}

struct Deadpool(deadpool::Pool<Waiting>);

impl Deadpool {
    fn new(
        scratch: &Scratch,
        made: &Arc<AtomicUsize>,
        recycling: RecyclingMethod<Waiting>,
    ) -> Self {
        let builder = deadpool::Pool::builder(scratch.manager(recycling, made));
        Self(builder.max_size(1).build().unwrap())
    }
}

impl Pool for Deadpool {
    type Object = deadpool::Object<Waiting>;

    async fn take(&self) -> Self::Object {
        self.0.get().await.unwrap()
    }
}

struct Bb8(bb8::Pool<Waiting>);

impl Bb8 {
    async fn new(scratch: &Scratch, made: &Arc<AtomicUsize>) -> Self {
        let manager = scratch.manager(RecyclingMethod::Verified, made);
        let builder = bb8::Pool::builder().max_size(1);
        Self(builder.build(manager).await.unwrap())
    }
}

impl Pool for Bb8 {
    type Object = bb8::PooledConnection<'static, Waiting>;

    async fn take(&self) -> Self::Object {
        self.0.get_owned().await.unwrap()
    }
}

struct Mobc(mobc::Pool<Waiting>);

impl Mobc {
    fn new(
        scratch: &Scratch,
        made: &Arc<AtomicUsize>,
        recycling: RecyclingMethod<Waiting>,
    ) -> Self {
        let builder = mobc::Pool::builder().max_open(1);
        Self(builder.build(scratch.manager(recycling, made)))
    }

    /// Asks a connection that is handed out whether it is broken.
    fn asking(scratch: &Scratch, made: &Arc<AtomicUsize>) -> Self {
        let asks = RecyclingMethod::CustomFunction(Box::new(|conn| {
            let is_broken = is_broken(conn);
            Box::pin(async move {
                match is_broken {
                    true => Err(BrokenTransactionManager),
                    false => Ok(()),
                }
            })
        }));
        Self::new(scratch, made, asks)
    }
}

impl Pool for Mobc {
    type Object = mobc::PooledConnection<Waiting>;

    /// diesel-async tells mobc the contrary of what it asks: a connection that is in step is discarded.
    const KEEPS: bool = false;

    async fn take(&self) -> Self::Object {
        self.0.get().await.unwrap()
    }
}

macro_rules! tests {
    ($($name:ident: $kind:ident = |$conn:ident, $memory:ident| $run:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                through_each_pool(operations::$name()).await;
            }
        )*
    };
}

each_operation!(tests);

/// On which connection an operation runs.
enum On<O> {
    /// On the object of the pool.
    Object(Run<O>),
    /// On the connection in it.
    Connection(Run<Waiting>),
}

impl<O: DerefMut<Target = Waiting>> On<O> {
    fn run<'a>(&self, object: &'a mut O, memory: &'a mut Memory) -> Running<'a> {
        match self {
            Self::Object(run) => run(object, memory),
            Self::Connection(run) => run(object, memory),
        }
    }
}

async fn through_each_pool(operation: Operation) {
    let Operation { kind, run } = operation;
    let (scratch, made) = (Scratch::new(), Arc::default());
    let mut dropped = Dropped::new(&scratch, &made);
    let verified = Deadpool::new(&scratch, &made, RecyclingMethod::Verified);
    dropped
        .at_each_point(&verified, kind, On::Connection(run))
        .await;
    let fast = Deadpool::new(&scratch, &made, RecyclingMethod::Fast);
    dropped
        .at_each_point(&fast, kind, On::Connection(run))
        .await;
    let bb8 = Bb8::new(&scratch, &made).await;
    dropped.at_each_point(&bb8, kind, On::Connection(run)).await;
    let mobc = Mobc::asking(&scratch, &made);
    dropped
        .at_each_point(&mobc, kind, On::Connection(run))
        .await;
}

/// Operations that are dropped, and those who look at what is left.
struct Dropped {
    witness: Witness,
    made: Arc<AtomicUsize>,
}

impl Dropped {
    fn new(scratch: &Scratch, made: &Arc<AtomicUsize>) -> Self {
        Self {
            witness: Witness::new(scratch),
            made: Arc::clone(made),
        }
    }

    async fn at_each_point<P: Pool>(&mut self, pool: &P, kind: Kind, on: On<P::Object>) {
        let witness = &mut self.witness;
        witness.set(Scene::Unchanged);
        let before = witness.ours();
        let _ = on.run(&mut pool.take().await, &mut Memory::new()).await;
        let after = witness.ours();

        let mut ends = Ends::default();
        for cut in Cut::each().filter(|cut| cut.moment == Moment::UnderWay) {
            witness.set(Scene::Unchanged);
            let mut object = pool.take().await;
            let id = Place::waiting_id(&mut object).await;
            let made = self.made.load(Ordering::Relaxed);
            let mut memory = Memory::new();
            let was_dropped = run_to(cut, on.run(&mut object, &mut memory))
                .await
                .is_none();
            drop(object);

            let mut object = pool.take().await;
            let is_another = self.made.load(Ordering::Relaxed) > made;
            match left(kind, cut) {
                _ if !P::KEEPS => assert!(is_another),
                Left::InStep => assert!(!is_another, "{cut:?}"),
                Left::Refused if was_dropped => assert!(is_another, "{cut:?}"),
                Left::Refused | Left::Either => {}
            }
            if is_another {
                witness.wait_until_gone(id);
            }
            assert_in_step(&mut object, witness).await;
            if !ends.goes_on(cut, was_dropped) {
                return;
            }
            if !was_dropped {
                continue;
            }
            witness.assert_unlocked();
            assert_memory(&memory, kind, witness);
            assert_rows(&witness.ours(), &before, &after, kind);
            assert_next_save(memory, &mut object, witness).await;
        }
        panic!("it should end");
    }
}

/// The object of a pool is itself the connection of an operation.
macro_rules! on_objects {
    ($($name:ident: $kind:ident = |$conn:ident, $memory:ident| $run:expr;)*) => {
        mod on_objects {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let (kind, scratch, made) = (Kind::$kind, Scratch::new(), Arc::default());
                    let mut dropped = Dropped::new(&scratch, &made);
                    let fast = Deadpool::new(&scratch, &made, RecyclingMethod::Fast);
                    let run = On::Object(|$conn, $memory| Box::pin(async move { $run }));
                    dropped.at_each_point(&fast, kind, run).await;
                    let bb8 = Bb8::new(&scratch, &made).await;
                    let run = On::Object(|$conn, $memory| Box::pin(async move { $run }));
                    dropped.at_each_point(&bb8, kind, run).await;
                    let mobc = Mobc::asking(&scratch, &made);
                    let run = On::Object(|$conn, $memory| Box::pin(async move { $run }));
                    dropped.at_each_point(&mobc, kind, run).await;
                }
            )*
        }
    };
}

some_operations!(on_objects);

/// mobc keeps what it should discard, and a ping that is answered does not see it: optlock refuses the connection
/// each time.
#[tokio::test(flavor = "multi_thread")]
async fn mobc_hands_out_a_refused_connection_again() {
    let (scratch, made) = (Scratch::new(), Arc::default());
    let recycling = match LOSES_STEP {
        true => RecyclingMethod::Fast,
        false => RecyclingMethod::Verified,
    };
    let pool = Mobc::new(&scratch, &made, recycling);
    let cut = Cut {
        polls: 1,
        moment: Moment::UnderWay,
    };
    let mut object = pool.take().await;
    loop {
        Witness::new(&scratch).set(Scene::Unchanged);
        let mut memory = Memory::new();
        let run = (operations::a_transaction().run)(&mut object, &mut memory);
        if run_to(cut, run).await.is_none() {
            break;
        }
    }
    drop(object);
    for _ in 0..2 {
        let mut probe = row(PROBE);
        assert_broken(probe.save_checked(&mut pool.take().await).await);
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

/// Leases through an object of a pool, as users have it.
async fn leased<C>(conn: &mut C)
where
    C: AsyncLeaseConnection,
    Contact: methods::AcquireLease<C> + methods::LookUpLease<C> + methods::SaveLeased<C>,
{
    lease::create_table(conn).await.unwrap();
    let mut ann = row(1);
    let mut mine = Lease::acquire_checked(&ann, "amy", "page 1", MINUTE, conn)
        .await
        .unwrap();
    let theirs = Lease::acquire(&ann, "bob", "page 2", MINUTE, conn).await;
    assert!(matches!(theirs, Err(Error::LeaseHeld(_))), "{theirs:?}");
    ann.viewing("bob", "page 2", MINUTE, conn).await.unwrap();
    ann.save_leased(&mine, conn).await.unwrap();
    assert!(mine.renew(conn).await.unwrap().is_done());
    let status = ann.lease_status(conn).await.unwrap();
    assert_eq!(status.lease.unwrap().owner, "amy");
    assert_eq!(status.viewers[0].who, "bob");
    let token = mine.token();
    let mut resumed = Lease::resume(&ann, &token, MINUTE, conn).await.unwrap();
    ann.save_and_release(&mut resumed, conn).await.unwrap();
    assert_eq!(ann.version, 3);
    assert!(!mine.renew(conn).await.unwrap().is_done());
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_are_kept_through_each_pool() {
    let made = Arc::default();
    let new = || async {
        let scratch = Scratch::new();
        Witness::new(&scratch).set(Scene::Unchanged);
        scratch
    };
    let scratch = new().await;
    let pool = Deadpool::new(&scratch, &made, RecyclingMethod::Verified);
    leased(&mut pool.take().await).await;
    let scratch = new().await;
    let pool = Bb8::new(&scratch, &made).await;
    leased(&mut pool.take().await).await;
    let scratch = new().await;
    let pool = Mobc::asking(&scratch, &made);
    leased(&mut pool.take().await).await;
}

/// The connection goes back to the pool after each renewal.
#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_takes_its_connections_from_a_pool() {
    let (scratch, made) = (Scratch::new(), Arc::default());
    let pool = Deadpool::new(&scratch, &made, RecyclingMethod::Fast).0;
    // Long enough that a busy machine renews it in time.
    let ttl = Duration::from_secs(4);
    let ann = row(1);
    let lease = {
        let conn = &mut pool.get().await.unwrap();
        lease::create_table(conn).await.unwrap();
        let lease = Lease::acquire(&ann, "amy", "page 1", ttl, conn).await;
        lease.unwrap()
    };
    let connections = pool.clone();
    let connect = move || {
        let pool = connections.clone();
        async move { pool.get().await }
    };
    let (keeper, keeping) = lease::LeaseKeeper::new(lease, connect, tokio::time::sleep);
    tokio::spawn(keeping);
    loop {
        let conn = &mut pool.get().await.unwrap();
        let status = ann.lease_status(conn).await.unwrap().lease.unwrap();
        if status.until.duration_since(status.since).unwrap() > ttl * 5 / 4 {
            break;
        }
    }
    assert!(keeper.close().await.unwrap().is_done());
    assert_eq!(made.load(Ordering::Relaxed), 1);
}
