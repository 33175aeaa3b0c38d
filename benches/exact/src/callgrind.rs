//! An operation in a process of its own, under callgrind.

use crate::allocations::COUNTED;
use crate::figures::Figure;
use crate::operations::{CALLS, Operation};
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The C library chooses its `memcpy` and its like by the processor. Without these features it takes those that each
/// processor has.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-RTM,-SSSE3,-SSE4_1,-SSE4_2,-Fast_Unaligned_Copy";

/// What one call costs. What callgrind has written is left in the folder, for `callgrind_annotate`.
pub(crate) fn count(operation: &Operation, folder: &Path) -> Figure {
    let file = folder.join(operation.name.replace(", ", "-").replace(' ', "-"));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--quiet"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg("--compress-strings=no")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().expect("this program has a path"))
        .args(["count", operation.name])
        // Nothing of the user's: the size of the environment moves the stack.
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("GLIBC_TUNABLES", TUNABLES)
        .stderr(Stdio::inherit())
        .output()
        .expect("valgrind is started");
    assert!(output.status.success(), "{} has failed", operation.name);

    let written = fs::read_to_string(&file).expect("callgrind has written");
    let printed = String::from_utf8(output.stdout).expect("numbers are text");
    let of_a_call = |number: u64| number / CALLS as u64;
    Figure {
        name: operation.name.to_owned(),
        near: instructions(&written).map(of_a_call).into(),
        exact: printed
            .split_whitespace()
            .map(|number| of_a_call(number.parse().expect("a number")))
            .collect(),
    }
}

/// The C library's allocator. How many instructions it takes depends on what has been allocated and freed before, so
/// they are left out; allocations are counted apart.
const ALLOCATOR: [&str; 4] = ["malloc", "calloc", "realloc", "free"];

/// The instructions outside of SQLite and in it, by the file that callgrind has written. It has a line `fn=` for a
/// function, and for what the function calls a line `cfn=`, one `calls=`, and one with what these calls have cost in all.
fn instructions(written: &str) -> [u64; 2] {
    let (mut caller, mut called) = ("", "");
    let (mut all, mut in_sqlite) = (0, 0);
    let (mut allocator, mut allocator_in_sqlite) = (0, 0);
    let mut lines = written.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("fn=") {
            caller = name;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = name;
        } else if line.starts_with("calls=") {
            let cost = lines.next().and_then(|line| line.split_once(' '));
            let cost = cost.map_or(0, |(_, cost)| number(cost));
            // Only names of Rust's have a path.
            match (caller.contains("::"), ALLOCATOR.contains(&called)) {
                (true, true) => allocator += cost,
                (true, false) if called.starts_with("sqlite3_") => in_sqlite += cost,
                (false, true) if !ALLOCATOR.contains(&caller) => allocator_in_sqlite += cost,
                _ => {}
            }
        } else if let Some(total) = line.strip_prefix("totals: ") {
            all = number(total);
        }
    }
    [all - in_sqlite - allocator, in_sqlite - allocator_in_sqlite]
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
