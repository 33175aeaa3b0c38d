//! What is reported to `tracing`, on each database, blocking and async.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every connection

mod keeper;
mod recorder;

use optlock_tests::{blocking, prelude};

macro_rules! on {
    ($module:ident, $system:literal, $($connections:ident)::+, $($prelude:ident)::+) => {
        #[path = "."]
        mod $module {
            use crate::$($prelude)::+ as prelude;
            use optlock_tests::$($connections)::+::*;

            const SYSTEM: &str = $system;

            mod cases;
        }
    };
}

on!(sqlite, "sqlite", sqlite, prelude);
on!(postgres, "postgresql", postgres, prelude);
on!(mysql, "mysql", mysql, prelude);
on!(async_sqlite, "sqlite", blocking::sqlite, blocking::prelude);
on!(
    async_postgres,
    "postgresql",
    blocking::postgres,
    blocking::prelude
);
on!(async_mysql, "mysql", blocking::mysql, blocking::prelude);
