//! Async connections, for cases that do not wait: each operation of the async side runs until it is done.

pub mod methods;
pub mod mysql;
pub mod postgres;
pub mod prelude;
pub mod sqlite;

use crate::capabilities::Capabilities;
use crate::capabilities::Capability::Lacks;
use crate::scratch::Place;
use diesel_async::AsyncConnection;
use diesel_async::async_connection_wrapper::{AsyncConnectionWrapper, BlockOn};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::runtime::Runtime;

/// Its threads drive sockets and timers while a test waits. One for all tests, as a server has.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
});

/// Runs a future on this thread until it is done.
///
/// It may do so inside of itself, which neither tokio nor futures allow: the body of an async transaction
/// is a case's closure, whose statements block.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let _inside = RUNTIME.enter();
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            // Woken in the meantime, also for a future around this one, it returns at once.
            Poll::Pending => std::thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// [`block_on`], for diesel-async.
#[derive(Debug)]
pub struct Nestable;

impl BlockOn for Nestable {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// An async connection, on which Diesel's own statements block.
pub type Blocking<C> = AsyncConnectionWrapper<C, Nestable>;

/// A place where one connects by `C`.
#[derive(Debug)]
pub struct Over<C, P> {
    place: P,
    connection: PhantomData<fn() -> C>,
}

impl<C, P> Place for Over<C, P>
where
    C: AsyncConnection + 'static,
    P: Place,
{
    type Conn = Blocking<C>;

    fn create() -> Self {
        Self {
            place: P::create(),
            connection: PhantomData,
        }
    }

    fn url(&self) -> String {
        self.place.url()
    }

    fn enter(&self) -> Option<String> {
        self.place.enter()
    }

    fn fill(&self, sql: &str) {
        self.place.fill(sql);
    }

    fn remove(&self) {
        self.place.remove();
    }
}

/// What a database can do on an async connection.
const fn over_async(capabilities: Capabilities) -> Capabilities {
    Capabilities {
        rolls_back_panics: Lacks(
            "a destructor cannot wait, so after a panic in an async transaction the connection is given up",
        ),
        multi_connection: Lacks("diesel-async has no enum of connections"),
        rounds: 50,
        ..capabilities
    }
}
