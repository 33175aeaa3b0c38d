//! Turns the Rust blocks of the README into tests, so that what it shows compiles and runs.
//! `tests/readme.rs` includes the results.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::Path;

const README: &str = "../README.md";

fn main() {
    println!("cargo::rerun-if-changed={README}");
    let readme =
        std::fs::read_to_string(README).expect("README.md is at the root of the workspace");
    let mut model = String::new();
    let mut tests = String::new();
    for (number, block) in readme.split("```rust").skip(1).enumerate() {
        let (attribute, rest) = block.split_once('\n').unwrap();
        let (code, _) = rest.split_once("\n```").expect("a block ends");
        let number = number + 1;
        match attribute {
            // A piece of a function, on the model and on the setup of `tests/readme.rs`.
            "" => writeln!(
                tests,
                "#[test] fn block_{number}() {{ \
                 use super::*; \
                 fn block(conn: &mut SqliteConnection) -> Result<(), optlock::Error> {{\n{code}\n Ok(()) }} \
                 block(&mut connection()).unwrap() }}"
            )
            .unwrap(),
            ",model" => model.push_str(code),
            // `examples/web_handler` compiles it and calls it over HTTP.
            ",web_handler" => {}
            other => panic!("block {number} of README.md is marked `rust{other}`"),
        }
    }
    let out = std::env::var_os("OUT_DIR").unwrap();
    std::fs::write(Path::new(&out).join("model.rs"), model).unwrap();
    std::fs::write(Path::new(&out).join("blocks.rs"), tests).unwrap();
}
