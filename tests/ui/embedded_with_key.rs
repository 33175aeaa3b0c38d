//! An embedded struct holds no key: Diesel writes none, and a version beside it would be taken for the
//! row's.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    shipments (no) {
        no -> Integer,
        id -> Text,
        version -> Text,
        lock_version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff)]
#[diesel(table_name = shipments)]
struct Package {
    id: String,
    version: String,
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = shipments, primary_key(no))]
struct Shipment {
    no: i32,
    #[diesel(embed)]
    package: Package,
    lock_version: i64,
}

/// What is embedded in an embedded struct, too.
#[derive(Clone, AsChangeset, Diff)]
#[diesel(table_name = shipments)]
struct Wrapped {
    #[diesel(embed)]
    inner: Package,
}

/// And in a generic model.
#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = shipments, primary_key(no))]
struct Generic<const N: usize> {
    no: i32,
    #[diesel(embed)]
    package: Package,
    lock_version: i64,
}

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = shipments, primary_key(no))]
struct Legacy {
    no: i32,
    #[diesel(embed)]
    package: Package,
}

fn main() {}
