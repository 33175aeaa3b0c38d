//! What a fingerprint asks of the types of fields that have marks, or the name of a version.

use optlock::Fingerprint;

struct Etag(u64);

/// It has no `PartialEq`.
#[derive(Debug, Clone)]
struct Photo(Vec<u8>);

#[derive(Fingerprint)]
struct Document {
    id: i32,
    version: Etag, // of a struct that is not `Versioned`
}

#[derive(Fingerprint)]
struct Contact {
    id: i32,
    #[optlock(skip_fingerprint)]
    photo: Photo,
}

fn words(text: &str) -> std::str::SplitWhitespace<'_> {
    text.split_whitespace()
}

#[derive(Fingerprint)]
struct Order {
    id: i32,
    #[optlock(fingerprint_with = words)]
    notes: String,
    #[optlock(fingerprint_with = String::len)]
    cents: i64,
}

fn main() {}
