//! Each field has one mark of what a fingerprint covers, and what is no content has none.

use optlock::Fingerprint;

#[derive(Fingerprint)]
#[diesel(treat_none_as_null = true)]
struct Order {
    #[optlock(skip_fingerprint)]
    id: i32,
    #[optlock(skip_fingerprint, fingerprint_with = String::len)]
    notes: String,
    #[optlock(ignore, skip_fingerprint)]
    seen: String,
    #[optlock(ignore, fingerprint_with = String::len)]
    cache: String,
    #[optlock(scope, fingerprint_with = i32::count_ones)]
    #[diesel(skip_update)]
    tenant: i32,
    #[optlock(updated_on, skip_fingerprint)]
    saved: i64,
    #[optlock(version, skip_fingerprint)]
    revision: i64,
}

#[derive(Fingerprint)]
struct Value {
    id: i32,
    #[optlock(skip_fingerprint = true)]
    a: i32,
    #[optlock(fingerprint_with)]
    b: i32,
    #[optlock(skip_fingerprint, skip_fingerprint)]
    c: i32,
}

fn main() {}
