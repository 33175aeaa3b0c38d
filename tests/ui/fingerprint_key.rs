//! A key needs a stable text, and a row needs its key.

use optlock::Fingerprint;
use optlock::fingerprint::FingerprintBuilder;

#[derive(Debug, Clone, PartialEq)]
struct Slug(String);

#[derive(Fingerprint)]
#[diesel(primary_key(slug))]
struct Page {
    slug: Slug,
    text: String,
}

#[derive(Fingerprint)]
struct Address {
    street: String,
}

#[derive(Fingerprint)]
#[diesel(primary_key(user_id, group_id))]
struct Membership {
    user_id: i32,
    role: String,
}

struct Plain {
    id: i32,
}

fn address<'s>(page: FingerprintBuilder<'s>, address: &Address) -> FingerprintBuilder<'s> {
    page.row(address)
}

fn plain<'s>(page: FingerprintBuilder<'s>, plain: &Plain) -> FingerprintBuilder<'s> {
    page.row(plain)
}

fn main() {}
