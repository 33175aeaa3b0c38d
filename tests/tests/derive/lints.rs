//! What the derive emits passes lints that users deny.
#![deny(
    missing_docs,
    unused,
    unsafe_code,
    rust_2018_idioms,
    // not `single_use_lifetimes`, which the derives of Diesel do not pass
    unused_qualifications,
    unused_lifetimes,
    unreachable_pub,
    trivial_casts,
    explicit_outlives_requirements,
    let_underscore_drop,
    missing_debug_implementations,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used
)]

use super::{CONFLICT, ann, contacts, row, save_twice};
use diesel::prelude::{AsChangeset, Identifiable};
use optlock::{Diff, Fingerprint, Versioned};

#[derive(Debug, Clone, Identifiable, AsChangeset, Versioned, Diff, Fingerprint)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact<'a> {
    id: i32,
    name: &'a str,
    phone: Option<String>,
    version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Diff, Fingerprint)]
struct Nothing {
    id: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Diff)]
struct Around {
    id: i32,
    #[diesel(embed)]
    nothing: Nothing,
    #[diesel(embed)]
    again: Nothing,
}

#[test]
fn denied_lints_pass() {
    let conn = &mut ann();
    let value = Contact {
        id: 1,
        name: "Bea",
        phone: None,
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), None, 2));
}

#[test]
fn they_pass_for_diffs() {
    let around = |id| Around {
        id,
        nothing: Nothing { id },
        again: Nothing { id },
    };
    assert!(around(1).diff(&around(2)).is_empty());
    assert_eq!((around(1).id, around(1).nothing.id), (1, 1));
}
