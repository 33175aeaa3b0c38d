//! With what the figures were made.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::process::Command;

/// The tools and the C library, by which the same source becomes other instructions.
pub(crate) fn machine() -> Vec<String> {
    let rustc = printed("rustc", &["-vV"]);
    let host = rustc.lines().find(|line| line.starts_with("host: "));
    vec![
        first_line(&rustc),
        host.unwrap_or("host: unknown").to_owned(),
        first_line(&printed("cc", &["--version"])),
        first_line(&printed("getconf", &["GNU_LIBC_VERSION"])),
        first_line(&printed("valgrind", &["--version"])),
    ]
}

/// SQLite, which is built from its source.
pub(crate) fn locked() -> Vec<String> {
    let mut conn = SqliteConnection::establish(":memory:").expect("memory is there");
    let query = diesel::select(sql::<Text>("'SQLite ' || sqlite_version()"));
    vec![query.get_result(&mut conn).expect("it has a version")]
}

fn printed(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => format!("{program}: {error}"),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("unknown").to_owned()
}
