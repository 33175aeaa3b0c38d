//! Each field that is compared is comparable, and where it is not, that is told once.

use optlock::prelude::*;

#[derive(PartialEq, Debug)]
struct Name(String);

#[derive(Diff)]
struct Contact {
    id: i32,
    name: Name,
    version: i64,
}

fn main() {}
