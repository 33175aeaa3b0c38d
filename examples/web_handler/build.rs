//! Takes the blocks `model` and `web_handler` out of README.md, which is the one place where they are
//! written.
#![allow(clippy::expect_used)] // a build script reports by panicking

use std::path::Path;

const README: &str = "../../README.md";

fn main() {
    println!("cargo::rerun-if-changed={README}");
    let readme =
        std::fs::read_to_string(README).expect("README.md is at the root of the workspace");
    let program = ["model", "web_handler"]
        .map(|mark| block(&readme, mark))
        .join("\n\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("handler.rs"), program).expect("OUT_DIR can be written");
}

fn block<'a>(readme: &'a str, mark: &str) -> &'a str {
    let (_, rest) = readme
        .split_once(&format!("```rust,{mark}\n"))
        .expect("README.md has the block");
    let (code, _) = rest.split_once("\n```").expect("a block ends");
    code
}
