//! The tables of the suite, in SQL that all three databases understand.

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    memberships (user_id, group_id) {
        user_id -> Integer,
        group_id -> Integer,
        role -> Text,
        lock_version -> Integer,
    }
}

diesel::table! {
    wide {
        id -> Integer,
        a -> Nullable<Text>,
        b -> Nullable<Text>,
        c -> Nullable<Text>,
        d -> Nullable<Text>,
        e -> Nullable<Text>,
        f -> Nullable<Text>,
        g -> Nullable<Text>,
        h -> Nullable<Text>,
        i -> Nullable<Text>,
        j -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    stamped {
        id -> Integer,
        name -> Text,
        version -> BigInt,
        updated_on -> Timestamp,
    }
}

// A table whose `id` is no key.
diesel::table! {
    twins {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

// A table with constraints that a save can violate.
diesel::table! {
    accounts {
        id -> Integer,
        email -> Text,
        version -> BigInt,
        updated_on -> Timestamp,
    }
}

diesel::table! {
    counters {
        id -> Integer,
        value -> Integer,
        version -> BigInt,
    }
}

// A version column of each width.
diesel::table! {
    widths {
        id -> Integer,
        name -> Text,
        small -> SmallInt,
        medium -> Integer,
        large -> BigInt,
    }
}

// Without a version, and with a type that SQL does not compare as Rust does.
diesel::table! {
    readings {
        id -> Integer,
        value -> Float,
        unit -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    contacts,
    memberships,
    wide,
    stamped,
    twins,
    accounts,
    counters,
    widths,
    readings
);

pub(crate) const TABLES: &[&str] = &[
    "CREATE TABLE contacts (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, phone VARCHAR(100), version BIGINT NOT NULL DEFAULT 1, \
     CONSTRAINT named CHECK (name <> ''))",
    "CREATE TABLE memberships (user_id INTEGER NOT NULL, group_id INTEGER NOT NULL, role VARCHAR(100) NOT NULL, lock_version INTEGER NOT NULL DEFAULT 1, \
     PRIMARY KEY (user_id, group_id))",
    "CREATE TABLE wide (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(100), b VARCHAR(100), c VARCHAR(100), d VARCHAR(100), e VARCHAR(100), f VARCHAR(100), \
     g VARCHAR(100), h VARCHAR(100), i VARCHAR(100), j VARCHAR(100), version BIGINT NOT NULL DEFAULT 1)",
    "CREATE TABLE stamped (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, version BIGINT NOT NULL DEFAULT 1, updated_on TIMESTAMP(6) NOT NULL)",
    "CREATE TABLE twins (id INTEGER NOT NULL, name VARCHAR(100) NOT NULL, version BIGINT NOT NULL DEFAULT 1)",
    "CREATE TABLE accounts (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(100) NOT NULL UNIQUE, version BIGINT NOT NULL DEFAULT 1, \
     updated_on TIMESTAMP(6) NOT NULL, CONSTRAINT reachable CHECK (email <> ''))",
    "CREATE TABLE counters (id INTEGER NOT NULL PRIMARY KEY, value INTEGER NOT NULL, version BIGINT NOT NULL DEFAULT 1)",
    "CREATE TABLE widths (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, small SMALLINT NOT NULL, medium INTEGER NOT NULL, \
     large BIGINT NOT NULL)",
    "CREATE TABLE readings (id INTEGER NOT NULL PRIMARY KEY, value FLOAT(24) NOT NULL, unit VARCHAR(100) NOT NULL)",
];

/// As [`Contact::ann`](crate::models::Contact::ann) and `bob` are.
pub(crate) const ANN_AND_BOB: &str = "INSERT INTO contacts (id, name, phone, version) VALUES (1, 'Ann', '111', 1), (2, 'Bob', NULL, 1)";
