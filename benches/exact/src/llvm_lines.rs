//! How much code a model is to the compiler.

use crate::figures::Figure;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The models that the program `models` has more with the feature `more-models`.
const MORE: u64 = 10;

/// The lines of LLVM's intermediate language that one more model with a `save_checked` adds to a debug build. They
/// are counted as cargo-llvm-lines does, those of functions alone.
pub(crate) fn count(folder: &Path) -> Figure {
    let one = lines(&folder.join("one-model.ll"), &[]);
    let more = lines(
        &folder.join("more-models.ll"),
        &["--features", "more-models"],
    );
    Figure {
        name: "LLVM lines of a save_checked".to_owned(),
        near: vec![(more - one) / MORE],
        exact: Vec::new(),
    }
}

fn lines(file: &Path, features: &[&str]) -> u64 {
    let status = Command::new("cargo")
        .args(["rustc", "--quiet", "--profile", "exact"])
        .args(["--package", env!("CARGO_PKG_NAME"), "--bin", "models"])
        .args(features)
        // As a debug build has it. The last of several such options counts.
        .args([
            "--",
            "-Copt-level=0",
            "-Cdebug-assertions=on",
            "-Ccodegen-units=1",
        ])
        .arg(format!("--emit=llvm-ir={}", file.display()))
        .status()
        .expect("cargo is started");
    assert!(status.success(), "the models do not compile");

    let text = fs::read_to_string(file).expect("the compiler has written");
    let mut within = false;
    let counted = text.lines().filter(|line| {
        within |= line.starts_with("define ");
        let counts = within && line.starts_with("  ");
        within &= *line != "}";
        counts
    });
    counted.count() as u64
}
