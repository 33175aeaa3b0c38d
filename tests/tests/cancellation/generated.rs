//! Values whose versions the database makes, and whose save is dropped between the write and the read of its version.

use super::aftermath::{Left, assert_conflict, assert_in_step, assert_refused, is_broken, left};
use super::operations::Kind;
use super::witness::{Scene, Witness};
use super::{CAPABILITIES, Place, Scratch, Waiting};
use crate::cut::{Cut, Ends, run_to};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::{AsChangeset, Identifiable, Queryable, Selectable};
use optlock::backend::Database;
use optlock::diesel_async::prelude::*;
use optlock::{Error, Found, Tracked, trigger_sql};
use optlock_tests::schema::contacts;
use optlock_tests::waiting::WaitsIn;
use std::future::Future;
use std::pin::Pin;
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

impl Made {
    /// Ann, with a change that is not saved.
    fn ours() -> Tracked<Self> {
        let made = |name: &str| Self {
            id: 1,
            name: name.to_owned(),
            version: 1,
        };
        Tracked::with_base(made("Ann"), made("Ours"))
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;
type Run = for<'a> fn(&'a mut Waiting, &'a mut Tracked<Made>) -> Running<'a>;

/// The kind is that where the statement of a single save returns the version.
const OPERATIONS: [(&str, Kind, Run); 4] = [
    ("save_checked", Kind::Single, |conn, ann| {
        Box::pin(VersionedDsl::save_checked(&mut **ann, conn))
    }),
    ("save_changed", Kind::Single, |conn, ann| {
        Box::pin(async { ann.save_changed(conn).await.map(drop) })
    }),
    ("save_merged", Kind::Transaction, |conn, ann| {
        Box::pin(async { TrackedDsl::save_merged(ann, conn).await.map(drop) })
    }),
    ("save_all_checked", Kind::Transaction, |conn, ann| {
        Box::pin(async { slice::from_mut(&mut **ann).save_all_checked(conn).await })
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_save_leaves_the_version_that_was_known() {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    conn.batch_execute(trigger_sql::<Made>(CAPABILITIES.database).up())
        .unwrap();
    let mut witness = Witness::new(&scratch);
    let mut next = scratch.connect_waiting().await;
    for (name, kind, run) in OPERATIONS {
        let kind = match CAPABILITIES.database {
            Database::Postgres => kind,
            _ => Kind::Transaction,
        };
        let mut ends = Ends::default();
        for cut in Cut::each() {
            witness.set(Scene::Unchanged);
            let mut conn = scratch.connect_waiting().await;
            let server_id = Place::waiting_id(&mut conn).await;
            let mut ann = Made::ours();

            let result = run_to(cut, run(&mut conn, &mut ann)).await;

            let context = format!("{name}, {cut:?}");
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
            let row = witness.row(1).unwrap();
            if was_dropped {
                assert_eq!(ann, Made::ours(), "{context}");
            } else {
                result.unwrap().unwrap();
                assert_eq!((row.version, ann.version), (2, 2), "{context}");
            }
            // What was sent may have been done.
            let expected = ann.version;
            let saved = VersionedDsl::save_checked(&mut *ann, &mut next).await;
            if row.version == expected {
                saved.unwrap();
                assert_eq!(ann.version, expected + 1, "{context}");
            } else {
                let version = row.version.into();
                assert_conflict(saved, &Found::Modified { version });
            }
            if !ends.goes_on(cut, was_dropped) {
                break;
            }
        }
        assert!(ends.drops > 0, "{name}");
    }
}
