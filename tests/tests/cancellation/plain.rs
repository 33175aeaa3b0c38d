//! Each operation on a connection of its own, dropped at each await point.

use super::aftermath::{
    Left, assert_in_step, assert_memory, assert_next_save, assert_refused, assert_rows, is_broken,
    left,
};
use super::operations::{Kind, Memory, Operation};
use super::witness::{Rows, Scene, Witness};
use super::{Place, Scratch, Waiting};
use crate::cut::{Cut, Ends, run_to};
use diesel::result::Error::RollbackTransaction;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::{retry, transaction};
use optlock::retry::{Policy, RetryError};
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Legacy;
use optlock_tests::waiting::WaitsIn;

/// The scenes, and whether the connection has prepared the statements before.
const SETTINGS: [(Scene, bool); 4] = [
    (Scene::Unchanged, false),
    (Scene::Unchanged, true),
    (Scene::Changed, true),
    (Scene::Deleted, false),
];

macro_rules! tests {
    ($($name:ident: $kind:ident = |$conn:ident, $memory:ident| $run:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                Dropped::new(operations::$name()).await.at_each_point().await;
            }
        )*

        /// The operations, each by its name.
        pub(super) mod operations {
            use super::*;

            $(
                pub(in super::super) fn $name() -> Operation {
                    Operation {
                        kind: Kind::$kind,
                        run: |$conn, $memory| Box::pin(async move { $run }),
                    }
                }
            )*
        }
    };
}

each_operation!(tests);

/// An operation that is dropped, and those who look at what is left.
struct Dropped {
    operation: Operation,
    scratch: Scratch,
    witness: Witness,
    /// On which the next saves are sent.
    next: Waiting,
}

impl Dropped {
    async fn new(operation: Operation) -> Self {
        let scratch = Scratch::new();
        Self {
            operation,
            witness: Witness::new(&scratch),
            next: scratch.connect_waiting().await,
            scratch,
        }
    }

    /// Repeats it until something was dropped that waited: an answer may be there at once.
    async fn at_each_point(mut self) {
        for _ in 0..100 {
            let mut drops = 0;
            for (scene, is_prepared) in SETTINGS {
                drops += self.at_each_point_of(scene, is_prepared).await;
            }
            if drops > 0 {
                return;
            }
        }
        panic!("each answer was there at once");
    }

    /// Returns how often something was dropped that waited.
    async fn at_each_point_of(&mut self, scene: Scene, is_prepared: bool) -> usize {
        let after = self.after(scene).await;
        let mut ends = Ends::default();
        for cut in Cut::each() {
            let was_dropped = self.at(cut, scene, is_prepared, &after).await;
            if !ends.goes_on(cut, was_dropped) {
                return ends.drops;
            }
        }
        panic!("it should end");
    }

    /// What the operation leaves when it comes to its end.
    async fn after(&mut self, scene: Scene) -> Rows {
        self.witness.set(scene);
        let mut conn = self.scratch.connect_waiting().await;
        let _ = (self.operation.run)(&mut conn, &mut Memory::new()).await;
        self.witness.ours()
    }

    /// Drops the operation, unless it ends before. Was it dropped?
    async fn at(&mut self, cut: Cut, scene: Scene, is_prepared: bool, after: &Rows) -> bool {
        let Operation { kind, run } = self.operation;
        let Self {
            scratch,
            witness,
            next,
            ..
        } = self;
        let mut conn = scratch.connect_waiting().await;
        let id = Place::waiting_id(&mut conn).await;
        if is_prepared {
            witness.set(scene);
            let _ = run(&mut conn, &mut Memory::new()).await;
        }
        witness.set(scene);
        let before = witness.ours();

        let mut memory = Memory::new();
        let was_dropped = run_to(cut, run(&mut conn, &mut memory)).await.is_none();

        let is_refused = is_broken(&mut conn);
        let expected = match left(kind, cut) {
            _ if !was_dropped => false,
            Left::InStep => false,
            Left::Refused => true,
            Left::Either => is_refused,
        };
        assert_eq!(is_refused, expected, "refused? {cut:?}, {scene:?}");
        if is_refused {
            assert_refused(&mut conn, witness).await;
        } else {
            assert_in_step(&mut conn, witness).await;
        }
        drop(conn);
        if was_dropped {
            witness.wait_until_gone(id);
            witness.assert_unlocked();
            assert_memory(&memory, kind, witness);
            assert_rows(&witness.ours(), &before, after, kind);
            assert_next_save(memory, next, witness).await;
        }
        was_dropped
    }
}
