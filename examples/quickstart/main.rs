//! Ann and Bob edit one contact, refresh it, overwrite each other on purpose, and delete it under each
//! other.
//!
//! `cargo run --example quickstart` runs on SQLite in memory. On another database:
//! `DATABASE_URL=postgres://localhost/test cargo run --example quickstart --features postgres`, or
//! `mysql://..` and `--features mysql`. The table is a temporary one, so nothing stays behind.
//!
//! With `--features async` they do it on a connection of diesel-async.
#![allow(clippy::print_stdout)]

#[cfg(not(feature = "async"))]
mod blocking;
#[cfg(feature = "async")]
mod waiting;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(not(feature = "async"))]
    return blocking::run();
    #[cfg(feature = "async")]
    return waiting::run();
}
