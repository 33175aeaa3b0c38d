//! libpq, by `pq-sys`.

use crate::{Bind, Driver, Statement, c_string, text};
use pq_sys::ExecStatusType::{self, PGRES_COMMAND_OK, PGRES_PIPELINE_SYNC, PGRES_TUPLES_OK};
use pq_sys::{
    ConnStatusType, PGconn, PGresult, PQclear, PQcmdTuples, PQconnectdb, PQenterPipelineMode,
    PQerrorMessage, PQexec, PQexecPrepared, PQexitPipelineMode, PQfinish, PQgetResult, PQgetvalue,
    PQlibVersion, PQntuples, PQpipelineSync, PQprepare, PQresultStatus, PQsendQueryParams,
    PQsendQueryPrepared, PQstatus,
};
use std::array;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// A connection to PostgreSQL.
pub struct LibPq {
    conn: *mut PGconn,
    /// Names of the prepared statements.
    names: Vec<CString>,
}

const BEGIN: &CStr = c"BEGIN";
const COMMIT: &CStr = c"COMMIT";

/// Binds and answers are binary.
const BINARY: c_int = 1;

impl LibPq {
    fn check(&self, holds: bool) {
        // SAFETY: the connection is open, and the message lives until its next call.
        assert!(holds, "{}", unsafe { text(PQerrorMessage(self.conn)) });
    }

    fn run(&mut self, sql: &CStr) {
        // SAFETY: the connection is open.
        let answer = unsafe { PQexec(self.conn, sql.as_ptr()) };
        self.answer(answer, PGRES_COMMAND_OK);
    }

    fn answer(&self, answer: *mut PGresult, expected: ExecStatusType) -> Answer {
        let answer = Answer(answer);
        // SAFETY: the answer is not cleared.
        self.check(unsafe { PQresultStatus(answer.0) } == expected);
        answer
    }

    fn execute_prepared<const N: usize>(
        &mut self,
        statement: Statement,
        binds: [Bind<'_>; N],
        expected: ExecStatusType,
    ) -> Answer {
        let name = self.names[statement.0].as_ptr();
        let answer = with_binds(&binds, |values, lengths, formats| {
            // SAFETY: the connection is open, and there are N of each.
            unsafe {
                PQexecPrepared(
                    self.conn, name, N as c_int, values, lengths, formats, BINARY,
                )
            }
        });
        self.answer(answer, expected)
    }

    /// Receives the answer of one statement of a pipeline, and the NULL at its end.
    fn next_answer(&mut self) -> Answer {
        // SAFETY: the connection is open.
        let answer = unsafe { PQgetResult(self.conn) };
        let answer = self.answer(answer, PGRES_COMMAND_OK);
        // SAFETY: as above.
        self.check(unsafe { PQgetResult(self.conn) }.is_null());
        answer
    }
}

/// Passes binds in libpq's form: values, lengths, formats.
fn with_binds<const N: usize, R>(
    binds: &[Bind<'_>; N],
    call: impl FnOnce(*const *const c_char, *const c_int, *const c_int) -> R,
) -> R {
    // An integer is in the first 4 bytes of its 8.
    let numbers: [[u8; 8]; N] = array::from_fn(|nth| match binds[nth] {
        Bind::Integer(number) => (i64::from(number) << 32).to_be_bytes(),
        Bind::BigInt(number) => number.to_be_bytes(),
        Bind::Text(_) => [0; 8],
    });
    let values: [*const c_char; N] = array::from_fn(|nth| match binds[nth] {
        Bind::Integer(_) | Bind::BigInt(_) => numbers[nth].as_ptr().cast(),
        Bind::Text(text) => text.map_or(ptr::null(), |text| text.as_ptr().cast()),
    });
    let lengths: [c_int; N] = array::from_fn(|nth| match binds[nth] {
        Bind::Integer(_) => 4,
        Bind::BigInt(_) => 8,
        Bind::Text(text) => text.map_or(0, str::len) as c_int,
    });
    call(values.as_ptr(), lengths.as_ptr(), [BINARY; N].as_ptr())
}

impl Driver for LibPq {
    fn connect(url: &str) -> Self {
        // SAFETY: the URL is a C string.
        let conn = unsafe { PQconnectdb(c_string(url).as_ptr()) };
        let libpq = Self {
            conn,
            names: Vec::new(),
        };
        // SAFETY: the connection is not finished.
        libpq.check(unsafe { PQstatus(conn) } == ConnStatusType::CONNECTION_OK);
        libpq
    }

    fn version() -> String {
        // SAFETY: it only returns a constant.
        let version = unsafe { PQlibVersion() };
        format!("{}.{}", version / 10_000, version % 10_000)
    }

    fn prepare(&mut self, sql: &str) -> Statement {
        let nth = self.names.len();
        let name = c_string(&format!("raw_{nth}"));
        // SAFETY: the connection is open, and the server is to find the types of the binds.
        let answer = unsafe {
            PQprepare(
                self.conn,
                name.as_ptr(),
                c_string(sql).as_ptr(),
                0,
                ptr::null(),
            )
        };
        self.answer(answer, PGRES_COMMAND_OK);
        self.names.push(name);
        Statement(nth)
    }

    fn execute<const N: usize>(&mut self, statement: Statement, binds: [Bind<'_>; N]) -> u64 {
        self.execute_prepared(statement, binds, PGRES_COMMAND_OK)
            .rows()
    }

    fn number<const N: usize>(&mut self, query: Statement, binds: [Bind<'_>; N]) -> i64 {
        self.execute_prepared(query, binds, PGRES_TUPLES_OK)
            .number()
    }

    fn begin(&mut self) {
        self.run(BEGIN);
    }

    fn commit(&mut self) {
        self.run(COMMIT);
    }

    /// By the pipeline mode. `BEGIN` is the first in the pipeline, so that there are two round trips.
    fn execute_all<'a, const N: usize>(
        &mut self,
        statement: Statement,
        rows: impl ExactSizeIterator<Item = [Bind<'a>; N]>,
    ) {
        let count = rows.len();
        let name = self.names[statement.0].as_ptr();
        // SAFETY: the connection is open, and `BEGIN` has no binds.
        unsafe {
            self.check(PQenterPipelineMode(self.conn) == 1);
            let (sql, none) = (BEGIN.as_ptr(), ptr::null());
            self.check(
                PQsendQueryParams(
                    self.conn,
                    sql,
                    0,
                    none,
                    ptr::null(),
                    ptr::null(),
                    ptr::null(),
                    BINARY,
                ) == 1,
            );
        }
        for row in rows {
            let sent = with_binds(&row, |values, lengths, formats| {
                // SAFETY: the connection is open, and there are N of each.
                unsafe {
                    PQsendQueryPrepared(
                        self.conn, name, N as c_int, values, lengths, formats, BINARY,
                    )
                }
            });
            self.check(sent == 1);
        }
        // SAFETY: the connection is open.
        self.check(unsafe { PQpipelineSync(self.conn) } == 1);
        self.next_answer();
        for _ in 0..count {
            assert_eq!(self.next_answer().rows(), 1);
        }
        // SAFETY: the connection is open.
        let end = unsafe { PQgetResult(self.conn) };
        self.answer(end, PGRES_PIPELINE_SYNC);
        // SAFETY: the connection is open, and each answer was received.
        self.check(unsafe { PQexitPipelineMode(self.conn) } == 1);
        self.commit();
    }
}

impl Drop for LibPq {
    fn drop(&mut self) {
        // SAFETY: nothing else knows the connection.
        unsafe { PQfinish(self.conn) };
    }
}

/// An answer of the server, cleared when it is dropped.
struct Answer(*mut PGresult);

impl Answer {
    /// How many rows the statement matched.
    fn rows(&self) -> u64 {
        // SAFETY: the answer is not cleared, and owns the text.
        let rows = unsafe { CStr::from_ptr(PQcmdTuples(self.0)) };
        rows.to_str()
            .ok()
            .and_then(|rows| rows.parse().ok())
            .expect("a number of rows")
    }

    /// The `BIGINT` of the only row.
    fn number(&self) -> i64 {
        // SAFETY: the answer is not cleared, has that row, and a binary `BIGINT` has 8 bytes.
        unsafe {
            assert_eq!(PQntuples(self.0), 1);
            i64::from_be_bytes(PQgetvalue(self.0, 0, 0).cast::<[u8; 8]>().read())
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: nothing else knows the answer.
        unsafe { PQclear(self.0) };
    }
}
