//! `libsqlite3-sys`.

use crate::{Bind, Driver, Statement, c_string, text};
use libsqlite3_sys::{
    SQLITE_DONE, SQLITE_OK, SQLITE_ROW, SQLITE_STATIC, sqlite3, sqlite3_bind_int,
    sqlite3_bind_int64, sqlite3_bind_null, sqlite3_bind_text, sqlite3_changes, sqlite3_close,
    sqlite3_column_int64, sqlite3_errmsg, sqlite3_finalize, sqlite3_libversion, sqlite3_open,
    sqlite3_prepare_v2, sqlite3_reset, sqlite3_step, sqlite3_stmt,
};
use std::ffi::c_int;
use std::ptr;

/// A file of SQLite's.
pub struct Sqlite {
    db: *mut sqlite3,
    statements: Vec<*mut sqlite3_stmt>,
    begin: Statement,
    commit: Statement,
}

impl Sqlite {
    /// Executes a statement once, without keeping it.
    pub fn run(&mut self, sql: &str) {
        let Statement(nth) = self.prepare(sql);
        let statement = self.statements.remove(nth);
        // SAFETY: the statement is prepared, and nothing else knows it.
        unsafe {
            while sqlite3_step(statement) == SQLITE_ROW {}
            self.check(sqlite3_finalize(statement), SQLITE_OK);
        }
    }

    fn check(&self, code: c_int, expected: c_int) {
        // SAFETY: the connection is open, and the message lives until its next call.
        assert_eq!(code, expected, "{}", unsafe {
            text(sqlite3_errmsg(self.db))
        });
    }

    fn bind<const N: usize>(&self, statement: *mut sqlite3_stmt, binds: &[Bind<'_>; N]) {
        for (nth, bind) in (1..).zip(binds) {
            // SAFETY: the statement is prepared. A text outlives the execution that follows, and
            // is bound anew before the next one.
            let code = unsafe {
                match *bind {
                    Bind::Integer(number) => sqlite3_bind_int(statement, nth, number),
                    Bind::BigInt(number) => sqlite3_bind_int64(statement, nth, number),
                    Bind::Text(None) => sqlite3_bind_null(statement, nth),
                    Bind::Text(Some(text)) => sqlite3_bind_text(
                        statement,
                        nth,
                        text.as_ptr().cast(),
                        text.len() as c_int,
                        SQLITE_STATIC(),
                    ),
                }
            };
            self.check(code, SQLITE_OK);
        }
    }
}

impl Driver for Sqlite {
    fn connect(url: &str) -> Self {
        let mut db = ptr::null_mut();
        // SAFETY: both pointers are valid.
        let code = unsafe { sqlite3_open(c_string(url).as_ptr(), &mut db) };
        let mut sqlite = Self {
            db,
            statements: Vec::new(),
            begin: Statement(0),
            commit: Statement(0),
        };
        sqlite.check(code, SQLITE_OK);
        sqlite.begin = sqlite.prepare("BEGIN");
        sqlite.commit = sqlite.prepare("COMMIT");
        sqlite
    }

    fn version() -> String {
        // SAFETY: it is a constant.
        unsafe { text(sqlite3_libversion()) }
    }

    fn prepare(&mut self, sql: &str) -> Statement {
        let mut statement = ptr::null_mut();
        // SAFETY: the connection is open, and the pointers are valid.
        let code = unsafe {
            sqlite3_prepare_v2(
                self.db,
                sql.as_ptr().cast(),
                sql.len() as c_int,
                &mut statement,
                ptr::null_mut(),
            )
        };
        self.check(code, SQLITE_OK);
        self.statements.push(statement);
        Statement(self.statements.len() - 1)
    }

    fn execute<const N: usize>(&mut self, statement: Statement, binds: [Bind<'_>; N]) -> u64 {
        let statement = self.statements[statement.0];
        self.bind(statement, &binds);
        // SAFETY: the statement is prepared, and what it binds lives.
        unsafe {
            self.check(sqlite3_step(statement), SQLITE_DONE);
            self.check(sqlite3_reset(statement), SQLITE_OK);
            sqlite3_changes(self.db) as u64
        }
    }

    fn number<const N: usize>(&mut self, query: Statement, binds: [Bind<'_>; N]) -> i64 {
        let query = self.statements[query.0];
        self.bind(query, &binds);
        // SAFETY: the query is prepared, and what it binds lives.
        unsafe {
            self.check(sqlite3_step(query), SQLITE_ROW);
            let number = sqlite3_column_int64(query, 0);
            self.check(sqlite3_reset(query), SQLITE_OK);
            number
        }
    }

    fn begin(&mut self) {
        self.execute(self.begin, []);
    }

    fn commit(&mut self) {
        self.execute(self.commit, []);
    }

    /// By a loop: SQLite has nothing else.
    fn execute_all<'a, const N: usize>(
        &mut self,
        statement: Statement,
        rows: impl ExactSizeIterator<Item = [Bind<'a>; N]>,
    ) {
        self.begin();
        for row in rows {
            assert_eq!(self.execute(statement, row), 1);
        }
        self.commit();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // SAFETY: nothing else knows the statements and the connection.
        unsafe {
            for &statement in &self.statements {
                sqlite3_finalize(statement);
            }
            sqlite3_close(self.db);
        }
    }
}
