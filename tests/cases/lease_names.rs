//! Which rows and tables have a lease of their own.

use crate::helpers::leases::MINUTE;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, SQL, Scratch};
use optlock::lease::Lease;
use optlock::{Error, LeaseLoss};

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

diesel::table! {
    people (tenant, name) {
        tenant -> Text,
        name -> Text,
        age -> Integer,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = people, primary_key(tenant, name))]
struct Person {
    tenant: String,
    name: String,
    age: i32,
    version: i64,
}

diesel::table! {
    teams (id) {
        id -> Integer,
        tenant -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = teams)]
struct Team {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: String,
    version: i64,
}

fn person(tenant: &str, name: &str) -> Person {
    Person {
        tenant: tenant.into(),
        name: name.into(),
        age: 7,
        version: 1,
    }
}

#[test]
fn keys_that_the_database_takes_for_one_have_one_lease() {
    let (_scratch, conn) = &mut set_up();
    if let Some(before) = SQL.before_caseless {
        conn.batch_execute(before).unwrap();
    }
    let column = SQL.caseless;
    conn.batch_execute(&format!(
        "CREATE TABLE people (tenant VARCHAR(20) NOT NULL, name {column} NOT NULL, age INTEGER NOT NULL, \
         version BIGINT NOT NULL, PRIMARY KEY (tenant, name)); \
         INSERT INTO people VALUES ('a', 'Amy', 7, 1), ('b', 'Amy', 7, 1), ('a/b', 'c', 7, 1), ('a', 'b/c', 7, 1)"
    ))
    .unwrap();
    let mut mine = Lease::acquire(&person("a", "AMY"), "amy", "page 1", MINUTE, conn).unwrap();
    let theirs = Lease::acquire(&person("a", "amy"), "bob", "page 2", MINUTE, conn);
    assert!(matches!(theirs, Err(Error::LeaseHeld(_))), "{theirs:?}");
    // A save of the value as it is spelled, and as it is loaded.
    person("a", "AMY").save_leased(&mine, conn).unwrap();
    let mut loaded = Person {
        version: 2,
        ..person("a", "Amy")
    };
    loaded.save_leased(&mine, conn).unwrap();
    assert!(mine.renew(conn).unwrap().is_done());
    // Rows of another tenant, and whose keys are alike when they are written one after the other.
    for (tenant, name) in [("b", "Amy"), ("a/b", "c"), ("a", "b/c")] {
        let _ = Lease::acquire(&person(tenant, name), "bob", "page", MINUTE, conn).unwrap();
    }
}

diesel::table! {
    #[sql_name = "it's a \\ table"]
    odd (id) {
        id -> Integer,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = odd)]
struct Odd {
    id: i32,
    version: i64,
}

diesel::table! {
    #[sql_name = "it's another"]
    other (id) {
        id -> Integer,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = other)]
struct Other {
    id: i32,
    version: i64,
}

#[test]
fn a_table_whose_name_has_a_quote_or_a_backslash_has_leases_of_its_own() {
    let (_scratch, conn) = &mut set_up();
    for name in ["it's a \\ table", "it's another"] {
        let name = match CAPABILITIES.name {
            "postgres" => format!("\"{name}\""),
            _ => format!("`{name}`"),
        };
        conn.batch_execute(&format!(
            "CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL); \
             INSERT INTO {name} VALUES (1, 1)"
        ))
        .unwrap();
    }
    let mut odd = Odd { id: 1, version: 1 };
    let other = Other { id: 1, version: 1 };
    let mine = Lease::acquire_checked(&odd, "amy", "page 1", MINUTE, conn).unwrap();
    let _ = Lease::acquire_checked(&other, "bob", "page 2", MINUTE, conn).unwrap();
    odd.viewing("eve", "page 3", MINUTE, conn).unwrap();
    odd.save_leased(&mine, conn).unwrap();
    assert_eq!(odd.version, 2);
    let status = odd.lease_status(conn).unwrap();
    let lease = status.lease.unwrap();
    assert_eq!((lease.owner.as_str(), status.viewers.len()), ("amy", 1));
    assert!(lease.table.contains("it's a \\ table"), "{}", lease.table);
    assert_eq!(
        other.lease_status(conn).unwrap().lease.unwrap().owner,
        "bob"
    );
    odd.delete_leased(&mine, conn).unwrap();
}

#[test]
fn two_tenants_with_one_id_have_two_leases() {
    let (_scratch, conn) = &mut set_up();
    conn.batch_execute(
        "CREATE TABLE teams (id INTEGER NOT NULL, tenant VARCHAR(20) NOT NULL, version BIGINT NOT NULL, \
         PRIMARY KEY (id, tenant)); INSERT INTO teams VALUES (1, 'a', 1), (1, 'b', 1)",
    )
    .unwrap();
    let team = |tenant: &str| Team {
        id: 1,
        tenant: tenant.into(),
        version: 1,
    };
    let mine = Lease::acquire(&team("a"), "amy", "page 1", MINUTE, conn).unwrap();
    let _ = Lease::acquire(&team("b"), "bob", "page 2", MINUTE, conn).unwrap();
    let lost = team("b").save_leased(&mine, conn).unwrap_err();
    let Error::LeaseLost(lost) = &lost else {
        panic!("{lost:?}")
    };
    assert_eq!(*lost.loss(), LeaseLoss::OtherRow);
    let out_of_scope = Lease::acquire(&team("c"), "amy", "page 1", MINUTE, conn);
    assert!(out_of_scope.unwrap_err().is_missing());
}
