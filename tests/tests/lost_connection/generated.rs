//! A value whose version the database makes, and whose connection is lost with its save.

use super::loss::*;
use super::{CAPABILITIES, Conn, Scratch};
use crate::prelude::*;
use optlock::backend::Database;
use optlock::{Error, Resolved, trigger_sql};
use optlock_tests::schema::contacts;
use std::slice;

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = contacts)]
struct Made {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    #[optlock(version, generated)]
    version: i64,
}

fn made(name: &str, version: i64) -> Made {
    Made {
        id: 1,
        name: name.into(),
        version,
    }
}

type Save = fn(&mut Tracked<Made>, &mut Conn) -> Result<(), Error>;

/// Those that begin a transaction on each server, and `save_checked`, which does on MySQL and MariaDB.
fn saves() -> Vec<Save> {
    let mut saves: Vec<Save> = vec![
        |ann, conn| ann.save_merged(conn).map(drop),
        |ann, conn| ann.save_or_load(conn).map(drop),
        |ann, conn| slice::from_mut(&mut **ann).save_all_checked(conn),
    ];
    if CAPABILITIES.name == "mysql" {
        saves.push(|ann, conn| ann.save_checked(conn).map(drop));
    }
    saves
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let database = match CAPABILITIES.name {
        "postgres" => Database::Postgres,
        _ => Database::Mysql,
    };
    let trigger = trigger_sql::<Made>(database);
    scratch.connect().batch_execute(trigger.up()).unwrap();
    scratch
}

fn ours() -> Tracked<Made> {
    Tracked::with_base(made("Ann", 1), made("ours", 1))
}

#[test]
fn a_commit_whose_answer_is_lost_can_be_resolved() {
    for save in saves() {
        let scratch = scratch();
        let (proxy, mut conn, id) = connect(&scratch);
        let mut ann = ours();
        proxy.lose_answer("COMMIT");
        let error = save(&mut ann, &mut conn).unwrap_err();
        assert_unknown(&error);
        assert_eq!(ann, ours());
        wait_until_gone(id);
        let mut lost = ann.attempt_of(&error).unwrap();
        assert_eq!(*lost.expected(), 1);
        let other = &mut scratch.connect();
        let landed = lost.resolve(other).unwrap();
        assert_eq!(landed, Resolved::ProbablyLanded(made("ours", 2)));
    }
}

#[test]
fn a_transaction_that_is_lost_leaves_row_and_memory_as_they_were() {
    for save in saves() {
        for request in ["BEGIN", "UPDATE", "SELECT", "COMMIT"] {
            let scratch = scratch();
            let (proxy, mut conn, id) = connect(&scratch);
            let mut ann = ours();
            proxy.lose_request(request);
            let error = save(&mut ann, &mut conn).unwrap_err();
            if request == "COMMIT" {
                assert_unknown(&error);
            } else {
                assert_nothing_landed(&error);
            }
            assert_eq!(ann, ours());
            assert_unchanged(id, &scratch);
        }
    }
}
