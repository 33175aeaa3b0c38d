//! The program of the test again, as another process.

use crate::prelude::*;
use crate::{Conn, Scratch};
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const URL: &str = "OPTLOCK_CHILD_URL";
const ENTERING: &str = "OPTLOCK_CHILD_ENTERING";

/// In the other process: its connection to the place of the test.
pub(crate) fn connection() -> Option<Conn> {
    let url = env::var(URL).ok()?;
    let mut conn = Conn::establish(&url).unwrap();
    conn.batch_execute(&env::var(ENTERING).unwrap()).unwrap();
    Some(conn)
}

/// Runs one test in another process, in which [`connection`] is there. It is named by its module (`module_path!()`) and its
/// function.
pub(crate) fn again(module: &str, test: &str, scratch: &Scratch) -> Command {
    let (_, module) = module.split_once("::").unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([&format!("{module}::{test}"), "--exact", "--nocapture"])
        .arg("--test-threads=1")
        .env(URL, scratch.url())
        .env(ENTERING, scratch.entering());
    command
}

/// Runs the test to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs the test until it has said so on its standard error.
pub(crate) fn run_until(said: &str, command: &mut Command) -> Child {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut before = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if line == said {
            return child;
        }
        before.push(line);
    }
    let ended = child.wait();
    panic!("it has never said {said:?}: {ended:?}, {before:#?}")
}
