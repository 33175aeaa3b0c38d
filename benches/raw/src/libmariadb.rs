//! libmariadb, by `mysqlclient-sys`.

use crate::{Bind, Driver, Statement, c_string, text};
use mysqlclient_sys::enum_field_types::{MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_STRING};
use mysqlclient_sys::enum_stmt_attr_type::STMT_ATTR_ARRAY_SIZE;
use mysqlclient_sys::{
    MYSQL, MYSQL_BIND, MYSQL_STMT, my_bool, mysql_close, mysql_error, mysql_get_client_info,
    mysql_init, mysql_real_connect, mysql_real_query, mysql_stmt_affected_rows,
    mysql_stmt_attr_set, mysql_stmt_bind_param, mysql_stmt_bind_result, mysql_stmt_close,
    mysql_stmt_error, mysql_stmt_execute, mysql_stmt_fetch, mysql_stmt_free_result,
    mysql_stmt_init, mysql_stmt_prepare,
};
use std::array;
use std::ffi::{CString, c_char, c_uint, c_ulong};
use std::iter;
use std::marker::PhantomData;
use std::mem;
use std::ptr;

/// A connection to MariaDB.
pub struct LibMariadb {
    conn: *mut MYSQL,
    statements: Vec<*mut MYSQL_STMT>,
}

/// `CLIENT_FOUND_ROWS`, a macro of the header: counts matched rows, and not changed ones.
const FOUND_ROWS: c_ulong = 2;

/// `STMT_INDICATOR_NONE` and `STMT_INDICATOR_NULL` of the header.
const INDICATORS: [c_char; 2] = [0, 1];

/// The library only reads it.
static IS_NULL: my_bool = 1;

impl LibMariadb {
    fn run(&mut self, sql: &str) {
        // SAFETY: the connection is open, and the message lives until its next call.
        unsafe {
            let code = mysql_real_query(self.conn, sql.as_ptr().cast(), sql.len() as c_ulong);
            assert_eq!(code, 0, "{}", text(mysql_error(self.conn)));
        }
    }

    fn set_array_size(&mut self, statement: Statement, rows: usize) {
        let rows = rows as c_uint;
        let statement = self.statements[statement.0];
        // SAFETY: the statement is not closed, and the library copies the number.
        let code = unsafe {
            mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, ptr::from_ref(&rows).cast())
        };
        check(statement, code == 0);
    }

    fn execute_bound<const N: usize>(
        &mut self,
        statement: Statement,
        mut binds: [MYSQL_BIND; N],
    ) -> *mut MYSQL_STMT {
        let statement = self.statements[statement.0];
        // SAFETY: the statement is prepared and has N binds, and what they point to lives in the caller.
        unsafe {
            check(
                statement,
                N == 0 || mysql_stmt_bind_param(statement, binds.as_mut_ptr()) == 0,
            );
            check(statement, mysql_stmt_execute(statement) == 0);
        }
        statement
    }
}

fn check(statement: *mut MYSQL_STMT, holds: bool) {
    // SAFETY: the statement is not closed, and the message lives until its next call.
    assert!(holds, "{}", unsafe { text(mysql_stmt_error(statement)) });
}

/// A bind that points nowhere yet.
fn no_bind() -> MYSQL_BIND {
    // SAFETY: it is a struct of numbers and pointers, to be zeroed by its documentation.
    unsafe { mem::zeroed() }
}

/// One row of binds. The numbers are in `binds`, which lives as long.
fn row_binds<const N: usize>(binds: &[Bind<'_>; N]) -> [MYSQL_BIND; N] {
    array::from_fn(|nth| {
        let mut bind = no_bind();
        match &binds[nth] {
            Bind::Integer(number) => {
                bind.buffer_type = MYSQL_TYPE_LONG;
                bind.buffer = ptr::from_ref(number).cast_mut().cast();
            }
            Bind::BigInt(number) => {
                bind.buffer_type = MYSQL_TYPE_LONGLONG;
                bind.buffer = ptr::from_ref(number).cast_mut().cast();
            }
            Bind::Text(value) => {
                bind.buffer_type = MYSQL_TYPE_STRING;
                bind.buffer = value.unwrap_or_default().as_ptr().cast_mut().cast();
                bind.buffer_length = value.unwrap_or_default().len() as c_ulong;
                if value.is_none() {
                    bind.is_null = ptr::from_ref(&IS_NULL).cast_mut();
                }
            }
        }
        bind
    })
}

/// One column of an array binding.
enum Column<'a> {
    Integers(Vec<i32>),
    BigInts(Vec<i64>),
    Texts {
        starts: Vec<*const u8>,
        lengths: Vec<c_ulong>,
        indicators: Vec<c_char>,
        texts: PhantomData<&'a str>,
    },
}

impl<'a> Column<'a> {
    fn of(first: Bind<'a>, rows: usize) -> Self {
        match first {
            Bind::Integer(_) => Self::Integers(Vec::with_capacity(rows)),
            Bind::BigInt(_) => Self::BigInts(Vec::with_capacity(rows)),
            Bind::Text(_) => Self::Texts {
                starts: Vec::with_capacity(rows),
                lengths: Vec::with_capacity(rows),
                indicators: Vec::with_capacity(rows),
                texts: PhantomData,
            },
        }
    }

    fn push(&mut self, bind: Bind<'a>) {
        match (self, bind) {
            (Self::Integers(numbers), Bind::Integer(number)) => numbers.push(number),
            (Self::BigInts(numbers), Bind::BigInt(number)) => numbers.push(number),
            (
                Self::Texts {
                    starts,
                    lengths,
                    indicators,
                    ..
                },
                Bind::Text(text),
            ) => {
                indicators.push(INDICATORS[usize::from(text.is_none())]);
                let text = text.unwrap_or_default();
                starts.push(text.as_ptr());
                lengths.push(text.len() as c_ulong);
            }
            _ => panic!("a column has one type"),
        }
    }

    fn bind(&mut self) -> MYSQL_BIND {
        let mut bind = no_bind();
        match self {
            Self::Integers(numbers) => {
                bind.buffer_type = MYSQL_TYPE_LONG;
                bind.buffer = numbers.as_mut_ptr().cast();
            }
            Self::BigInts(numbers) => {
                bind.buffer_type = MYSQL_TYPE_LONGLONG;
                bind.buffer = numbers.as_mut_ptr().cast();
            }
            Self::Texts {
                starts,
                lengths,
                indicators,
                ..
            } => {
                bind.buffer_type = MYSQL_TYPE_STRING;
                bind.buffer = starts.as_mut_ptr().cast();
                bind.length = lengths.as_mut_ptr();
                bind.u.indicator = indicators.as_mut_ptr();
            }
        }
        bind
    }
}

impl Driver for LibMariadb {
    fn connect(url: &str) -> Self {
        let url = Url::parse(url);
        // SAFETY: the texts are C strings, and the library copies them.
        let conn = unsafe {
            let conn = mysql_init(ptr::null_mut());
            let connected = mysql_real_connect(
                conn,
                url.host.as_ptr(),
                url.user.as_ptr(),
                url.password.as_ptr(),
                url.database.as_ptr(),
                url.port,
                ptr::null(),
                FOUND_ROWS,
            );
            assert!(!connected.is_null(), "{}", text(mysql_error(conn)));
            conn
        };
        Self {
            conn,
            statements: Vec::new(),
        }
    }

    fn version() -> String {
        // SAFETY: it is a constant.
        unsafe { text(mysql_get_client_info()) }
    }

    fn prepare(&mut self, sql: &str) -> Statement {
        // SAFETY: the connection is open.
        let statement = unsafe {
            let statement = mysql_stmt_init(self.conn);
            let code = mysql_stmt_prepare(statement, sql.as_ptr().cast(), sql.len() as c_ulong);
            check(statement, code == 0);
            statement
        };
        self.statements.push(statement);
        Statement(self.statements.len() - 1)
    }

    fn execute<const N: usize>(&mut self, statement: Statement, binds: [Bind<'_>; N]) -> u64 {
        let statement = self.execute_bound(statement, row_binds(&binds));
        // SAFETY: the statement is not closed.
        unsafe { mysql_stmt_affected_rows(statement) }
    }

    fn number<const N: usize>(&mut self, query: Statement, binds: [Bind<'_>; N]) -> i64 {
        let query = self.execute_bound(query, row_binds(&binds));
        let mut number = 0_i64;
        let mut result = no_bind();
        result.buffer_type = MYSQL_TYPE_LONGLONG;
        result.buffer = ptr::from_mut(&mut number).cast();
        // SAFETY: the query has one column, and `number` lives until the result is freed.
        unsafe {
            check(query, mysql_stmt_bind_result(query, &mut result) == 0);
            check(query, mysql_stmt_fetch(query) == 0);
            check(query, mysql_stmt_free_result(query) == 0);
        }
        number
    }

    fn begin(&mut self) {
        self.run("BEGIN");
    }

    fn commit(&mut self) {
        self.run("COMMIT");
    }

    /// By array binding: the statement is sent once, with all rows.
    fn execute_all<'a, const N: usize>(
        &mut self,
        statement: Statement,
        mut rows: impl ExactSizeIterator<Item = [Bind<'a>; N]>,
    ) {
        let count = rows.len();
        let first = rows.next().expect("a row");
        let mut columns = first.map(|bind| Column::of(bind, count));
        for row in iter::once(first).chain(rows) {
            for (column, bind) in columns.iter_mut().zip(row) {
                column.push(bind);
            }
        }
        self.begin();
        self.set_array_size(statement, count);
        let executed = self.execute_bound(statement, columns.each_mut().map(Column::bind));
        // SAFETY: the statement is not closed.
        assert_eq!(unsafe { mysql_stmt_affected_rows(executed) }, count as u64);
        self.set_array_size(statement, 0);
        self.commit();
    }
}

/// A URL, in C strings.
struct Url {
    host: CString,
    port: c_uint,
    user: CString,
    password: CString,
    database: CString,
}

impl Url {
    /// Takes `mysql://user[:password]@host:port/database` apart.
    fn parse(url: &str) -> Self {
        let parts = || {
            let (_, rest) = url.split_once("://")?;
            let (user, rest) = rest.split_once('@')?;
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            let (server, database) = rest.split_once('/')?;
            let (host, port) = server.split_once(':')?;
            Some(Self {
                host: c_string(host),
                port: port.parse().ok()?,
                user: c_string(user),
                password: c_string(password),
                database: c_string(database),
            })
        };
        parts().expect("a URL of the form mysql://user:password@host:port/database")
    }
}

impl Drop for LibMariadb {
    fn drop(&mut self) {
        // SAFETY: nothing else knows the statements and the connection.
        unsafe {
            for &statement in &self.statements {
                mysql_stmt_close(statement);
            }
            mysql_close(self.conn);
        }
    }
}
