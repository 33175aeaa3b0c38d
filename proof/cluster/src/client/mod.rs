//! A client of optlock: the operations of the scenarios, on each kind of connection.
#![allow(clippy::duplicate_mod)] // the operations are compiled for each kind

use crate::rows::Line;
use diesel::QueryResult;
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, Field, LostAttempt, Resolved};
use optlock_proof::history::Face;
use std::time::Duration;

/// What a body of a transaction does to its values, one after another, before their saves.
pub type Edit<'e, M> = &'e (dyn Fn(&mut M) + Sync);

/// A client on rows of one table.
pub trait Client<M: Line> {
    fn face(&self) -> Face;

    fn execute(&mut self, statement: &str) -> QueryResult<()>;

    fn load(&mut self, key: i64) -> Result<Option<M>, Error>;

    /// [`load`](Self::load) of a row that is there.
    fn find(&mut self, key: i64) -> M {
        self.load(key).unwrap().expect("the row is there")
    }

    fn save(&mut self, value: &mut M) -> Result<(), Error>;

    fn save_merged(&mut self, value: &mut M, base: &M) -> Result<Vec<Field>, Error>;

    fn save_all(&mut self, values: &mut [M]) -> Result<(), Error>;

    /// Edits and saves the values in one transaction. `before_commit` is called when all of them are saved.
    fn transaction(
        &mut self,
        values: &mut [M],
        edit: Edit<'_, M>,
        before_commit: &(dyn Fn() + Sync),
    ) -> Result<(), Error>;

    /// Loads, edits and saves in a transaction that is run again after a conflict. Returns the value as it was loaded,
    /// and as it was saved.
    fn retry(&mut self, key: i64, edit: Edit<'_, M>) -> Result<(M, M), Error>;

    /// Locks the row for a save to come, at the end of a transaction of its own.
    fn lock(&mut self, value: &M) -> Result<(), Error>;

    /// Does the row have the version of the value?
    fn check(&mut self, value: &M) -> Result<(), Error>;

    /// Edits and saves the value in a transaction, by an attempt. Returns what is left of the attempt, which can be
    /// asked for if the COMMIT was lost.
    fn attempt_in_transaction(
        &mut self,
        value: &mut M,
        edit: Edit<'_, M>,
    ) -> (Result<(), Error>, LostAttempt<'static, M>);

    /// What became of an attempt.
    fn resolve_attempt(
        &mut self,
        attempt: &mut LostAttempt<'static, M>,
    ) -> Result<Resolved<M>, Error>;

    /// What became of the save that failed with this error. `None`: there is nothing to ask.
    fn resolve(&mut self, value: &mut M, error: &Error) -> Option<Result<Resolved<M>, Error>>;

    fn acquire(&mut self, value: &M, owner: &str, time: Duration) -> Result<Lease, Error>;

    fn renew(&mut self, lease: &mut Lease) -> Result<LeaseAnswer, Error>;

    fn release(&mut self, lease: &mut Lease) -> Result<LeaseAnswer, Error>;

    fn save_leased(&mut self, value: &mut M, lease: &Lease) -> Result<(), Error>;
}

/// Clients by blocking connections of Diesel.
#[path = "."]
mod blocking {
    use optlock_proof::history::Face;
    use optlock_tests::prelude;

    const FACE: Face = Face::Blocking;

    #[path = "."]
    pub(super) mod mysql {
        use super::{FACE, prelude};
        use optlock_tests::mysql::Conn;
        #[path = "on_connection.rs"]
        mod on_connection;
        pub(crate) use on_connection::connect;
    }

    #[path = "."]
    pub(super) mod postgres {
        use super::{FACE, prelude};
        use optlock_tests::postgres::Conn;
        #[path = "on_connection.rs"]
        mod on_connection;
        pub(crate) use on_connection::connect;
    }
}

/// Clients by connections of diesel-async.
#[path = "."]
mod waiting {
    use optlock_proof::history::Face;
    use optlock_tests::blocking::prelude;

    const FACE: Face = Face::Waiting;

    #[path = "."]
    pub(super) mod mysql {
        use super::{FACE, prelude};
        use optlock_tests::blocking::mysql::Conn;
        #[path = "on_connection.rs"]
        mod on_connection;
        pub(crate) use on_connection::connect;
    }

    #[path = "."]
    pub(super) mod postgres {
        use super::{FACE, prelude};
        use optlock_tests::blocking::postgres::Conn;
        #[path = "on_connection.rs"]
        mod on_connection;
        pub(crate) use on_connection::connect;
    }
}

/// A client of a kind that can be sent to another thread.
pub type AnyClient<M> = Box<dyn Client<M> + Send>;

/// A table that clients of each kind use.
pub trait Served: Line {
    fn connect(face: Face, url: &str) -> AnyClient<Self>;
}

macro_rules! served {
    ($($Line:ty)*) => {$(
        impl Served for $Line {
            fn connect(face: Face, url: &str) -> AnyClient<Self> {
                match (face, url.starts_with("mysql:")) {
                    (Face::Blocking, true) => blocking::mysql::connect(url),
                    (Face::Blocking, false) => blocking::postgres::connect(url),
                    (Face::Waiting, true) => waiting::mysql::connect(url),
                    (Face::Waiting, false) => waiting::postgres::connect(url),
                }
            }
        }
    )*};
}

served!(crate::rows::Counted crate::rows::Tagged);

/// A blocking and an async client.
pub const FACES: [Face; 2] = [Face::Blocking, Face::Waiting];
