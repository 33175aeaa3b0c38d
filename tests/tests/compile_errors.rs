//! Each mistake is told once, and in optlock's words: `ui/*.rs` do not compile, and `ui/*.stderr` is
//! what is said. After a change, `TRYBUILD=overwrite cargo test --test compile_errors` writes them anew.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::process::Command;

/// Whose words `ui/*.stderr` are, where they are not optlock's.
const COMPILER: &str = "rustc 1.95";

/// Another compiler may say things differently. It is asked all the same, and if it does, this tells
/// that nothing need be wrong.
struct Compiler(String);

impl Drop for Compiler {
    fn drop(&mut self) {
        let Self(version) = self;
        if std::thread::panicking() && !version.starts_with(COMPILER) {
            eprintln!(
                "the expected errors are those of {COMPILER}, and this is {version}\n\
                 to compare like with like: cargo +1.95 test -p optlock-tests --test compile_errors"
            );
        }
    }
}

#[test]
fn each_mistake_is_told_once_and_in_our_words() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let _compiler = Compiler(String::from_utf8(version.stdout).unwrap());
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
