//! Many tasks, a few rows, and time-outs that come when they like.

use super::witness::row;
use super::{NOTE, SAVES, Scratch, Waiting};
use crate::prelude::SimpleConnection as _;
use diesel::prelude::*;
use diesel_async::pooled_connection::{RecyclingMethod, deadpool};
use optlock::Error;
use optlock::diesel_async::VersionedDsl;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

const TASKS: u64 = 8;
const ROWS: i32 = 4;

diesel::table! {
    written (id, version) {
        id -> Integer,
        version -> BigInt,
        name -> Text,
    }
}

/// A version of a row, and what it says.
type Written = (i32, i64, String);

fn written(value: &Contact) -> Written {
    (value.id, value.version, value.name.clone())
}

/// What a task was told.
#[derive(Default)]
struct Told {
    saved: Vec<Written>,
    loaded: Vec<Written>,
    conflicts: Vec<String>,
    time_outs: usize,
}

/// A sequence of numbers that is another one for each task.
struct Numbers(u64);

impl Numbers {
    /// By splitmix64.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Cuts a third of the futures by a time-out.
    async fn cut<F: Future>(&mut self, future: F) -> Option<F::Output> {
        if self.below(3) > 0 {
            return Some(future.await);
        }
        let time = Duration::from_millis(self.below(6));
        tokio::time::timeout(time, future).await.ok()
    }
}

async fn save_again_and_again(task: u64, pool: deadpool::Pool<Waiting>) -> Told {
    let mut told = Told::default();
    let mut numbers = Numbers(task);
    let mut values: Vec<_> = (1..=ROWS).map(row).collect();
    for number in 0..SAVES {
        let value = &mut values[numbers.below(ROWS as u64) as usize];
        value.name = format!("{task}: {number}");
        let saved = {
            let conn = &mut pool.get().await.unwrap();
            numbers.cut(value.save_checked(conn)).await
        };
        match saved {
            Some(Ok(())) => {
                told.saved.push(written(value));
                continue;
            }
            Some(Err(Error::ConcurrentModification(_))) => told.conflicts.push(value.name.clone()),
            Some(Err(error)) => panic!("{error:?}"),
            // The value stays as it is, and its next save may meet this one.
            None => {
                told.time_outs += 1;
                continue;
            }
        }
        let conn = &mut pool.get().await.unwrap();
        match numbers.cut(value.load_current(conn)).await {
            Some(loaded) => {
                *value = loaded.unwrap().expect("nobody deletes it");
                told.loaded.push(written(value));
            }
            None => told.time_outs += 1,
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_true() {
    let scratch = Scratch::new();
    let witness = &mut scratch.connect();
    let rows: Vec<_> = (1..=ROWS).map(row).collect();
    diesel::delete(contacts::table).execute(witness).unwrap();
    for row in rows {
        let row = diesel::insert_into(contacts::table).values(row);
        row.execute(witness).unwrap();
    }
    let table = "CREATE TABLE written (id INTEGER NOT NULL, version BIGINT NOT NULL, name VARCHAR(100) NOT NULL)";
    witness.batch_execute(table).unwrap();
    witness.batch_execute(NOTE).unwrap();

    // It asks no connection whether it answers, so that what a dropped future leaves meets the next one.
    let made = Arc::default();
    let manager = scratch.manager(RecyclingMethod::Fast, &made);
    let pool = deadpool::Pool::builder(manager).max_size(TASKS as usize);
    let pool = pool.build().unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| tokio::spawn(save_again_and_again(task, pool.clone())))
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }

    // In this order: a save that was dropped may land now.
    let rows: Vec<Contact> = contacts::table
        .select(Contact::as_select())
        .load(witness)
        .unwrap();
    let writes: Vec<Written> = written::table.load(witness).unwrap();
    let mut versions: HashMap<i32, Vec<i64>> = HashMap::new();
    for (id, version, _) in &writes {
        versions.entry(*id).or_default().push(*version);
    }
    let mut writes: HashSet<_> = writes.into_iter().collect();
    writes.extend((1..=ROWS).map(|id| written(&row(id))));
    for row in &rows {
        // Each write is of the version that the one before it has made: none was lost.
        let versions = versions.get_mut(&row.id).unwrap();
        versions.sort_unstable();
        versions.retain(|&version| version <= row.version);
        assert_eq!(*versions, (2..=row.version).collect::<Vec<_>>());
        assert!(writes.contains(&written(row)), "{row:?}");
    }
    let names: HashSet<_> = writes.iter().map(|(_, _, name)| name).collect();
    let mut time_outs = 0;
    for told in &told {
        for seen in told.saved.iter().chain(&told.loaded) {
            assert!(writes.contains(seen), "{seen:?} is not there");
        }
        for name in &told.conflicts {
            assert!(!names.contains(name), "{name} is there");
        }
        time_outs += told.time_outs;
    }
    assert!(time_outs > 0);
}
