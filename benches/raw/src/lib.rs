//! The C libraries of the databases behind a safe face, with no more in between than a call needs.
//!
//! What a database answers is checked, and an answer that is not expected is a panic: these are
//! measured, and a failure must not be.

mod libmariadb;
mod libpq;
mod sqlite;

pub use libmariadb::LibMariadb;
pub use libpq::LibPq;
pub use sqlite::Sqlite;

use std::ffi::{CStr, CString, c_char};

/// A bind parameter.
#[derive(Clone, Copy)]
pub enum Bind<'a> {
    Integer(i32),
    BigInt(i64),
    Text(Option<&'a str>),
}

/// A prepared statement of one connection.
#[derive(Clone, Copy)]
pub struct Statement(usize);

/// A connection by a C library.
pub trait Driver: Sized {
    /// Connects to the server of the URL, or opens the file.
    fn connect(url: &str) -> Self;

    /// Version of the library.
    fn version() -> String;

    fn prepare(&mut self, sql: &str) -> Statement;

    /// Executes a statement and returns the number of rows that it matched.
    fn execute<const N: usize>(&mut self, statement: Statement, binds: [Bind<'_>; N]) -> u64;

    /// Executes a query for one row of one `BIGINT`.
    fn number<const N: usize>(&mut self, query: Statement, binds: [Bind<'_>; N]) -> i64;

    fn begin(&mut self);

    fn commit(&mut self);

    /// Executes a statement for each row of binds, by what the library has for that. It is a
    /// transaction of its own, which commits after each statement was seen to match one row.
    fn execute_all<'a, const N: usize>(
        &mut self,
        statement: Statement,
        rows: impl ExactSizeIterator<Item = [Bind<'a>; N]>,
    );
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("no NUL is in it")
}

/// Copies a text of a library's.
///
/// # Safety
///
/// `text` is NULL or a C string that lives until this returns.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}
