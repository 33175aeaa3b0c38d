//! Values that were never stored, whose insert is dropped: memory is as it was, and the row is there or not.

use super::aftermath::{Left, assert_in_step, assert_refused, is_broken, left};
use super::operations::Kind;
use super::witness::{Scene, Witness};
use super::{Place, Scratch, Waiting};
use crate::cut::{Cut, Ends, run_to};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::{Error, Tracked, Upserted};
use optlock_tests::is_inserted_already;
use optlock_tests::models::Contact;
use optlock_tests::waiting::WaitsIn;
use std::future::Future;
use std::pin::Pin;

type Running<'a> = Pin<Box<dyn Future<Output = Result<Upserted, Error>> + Send + 'a>>;
type Run = for<'a> fn(&'a mut Waiting, &'a mut Tracked<Contact>) -> Running<'a>;

const OPERATIONS: [(&str, Kind, Run); 3] = [
    ("upsert_checked", Kind::Single, |conn, new| {
        Box::pin(VersionedDsl::upsert_checked(&mut **new, conn))
    }),
    (
        "upsert_checked of a tracked value",
        Kind::Single,
        |conn, new| Box::pin(TrackedDsl::upsert_checked(new, conn)),
    ),
    ("in a transaction", Kind::Transaction, |conn, new| {
        Box::pin(transaction(conn, &mut **new, async |conn, new| {
            new.upsert_checked(conn).await
        }))
    }),
];

/// A row that is not there at first.
const NEW: i32 = 5;

/// Of a row that is there, the insert fails, and what is in its way is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_insert_leaves_the_value_new() {
    let scratch = Scratch::new();
    let mut witness = Witness::new(&scratch);
    let mut next = scratch.connect_waiting().await;
    for (name, kind, run) in OPERATIONS {
        for id in [NEW, 1] {
            let mut ends = Ends::default();
            for cut in Cut::each() {
                witness.set(Scene::Unchanged);
                let before = witness.row(id);
                let mut conn = scratch.connect_waiting().await;
                let server_id = Place::waiting_id(&mut conn).await;
                let mut value = Tracked::new(Contact::unstored(id));

                let result = run_to(cut, run(&mut conn, &mut value)).await;

                let context = format!("{name} of {id}, {cut:?}");
                let was_dropped = result.is_none();
                let is_refused = is_broken(&mut conn);
                assert_eq!(
                    is_refused,
                    was_dropped && left(kind, cut) == Left::Refused,
                    "{context}"
                );
                if is_refused {
                    assert_refused(&mut conn, &mut witness).await;
                } else {
                    assert_in_step(&mut conn, &mut witness).await;
                }
                drop(conn);
                witness.wait_until_gone(server_id);
                witness.assert_unlocked();
                let row = witness.row(id);
                let landed = Some(Contact::inserted(id));
                assert!(row == before || row == landed, "{context}: {row:?}");
                match result {
                    Some(Ok(upserted)) => {
                        assert_eq!((upserted, id), (Upserted::Inserted, NEW), "{context}");
                        assert_eq!(row.as_ref(), Some(&*value), "{context}");
                    }
                    Some(Err(error)) => {
                        assert_eq!((is_inserted_already(&error), id), (true, 1), "{context}")
                    }
                    None => {
                        assert_eq!(value, Tracked::new(Contact::unstored(id)), "{context}");
                        // What was sent may have been done.
                        match (value.upsert_checked(&mut next).await, row) {
                            (Ok(upserted), None) => assert_eq!(upserted, Upserted::Inserted),
                            (Err(error), Some(_)) => {
                                assert!(is_inserted_already(&error), "{error:?}")
                            }
                            other => panic!("{context}: {other:?}"),
                        }
                    }
                }
                if !ends.goes_on(cut, was_dropped) {
                    break;
                }
            }
        }
    }
}
