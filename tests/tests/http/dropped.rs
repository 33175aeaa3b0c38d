//! The future of a write that is dropped leaves the value as it was.

use super::Plain;
use crate::cut::{Cut, Ends, run_to};
use crate::requests::{any, naming};
use optlock::diesel_async::prelude::*;
use optlock::http::{ETag, IfMatch};
use optlock_tests::models::Contact;

fn tag(version: i64) -> ETag {
    ETag::of_version::<Contact>(&1, &(), &version)
}

/// Headers that name the version of the row, or another one.
fn headers() -> [IfMatch; 4] {
    [
        naming([tag(1)]),
        naming([tag(7)]),
        naming([tag(7), tag(1)]),
        any(),
    ]
}

/// At each await point. Each time the row is one of a database of its own, in which it has its first version.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_dropped_puts_the_version_back() {
    let mut drops = 0;
    for header in headers() {
        let mut ends = Ends::default();
        for cut in Cut::each() {
            let scratch = Plain::new();
            let mut conn = scratch.connect_waiting().await;
            let before = Contact {
                name: "mine".into(),
                version: 42,
                ..Contact::ann()
            };
            let mut mine = before.clone();
            let saved = run_to(cut, mine.save_if_match(&header, &mut conn)).await;
            match &saved {
                Some(Ok(())) => assert_eq!(mine.version, 2),
                Some(Err(failure)) => {
                    let error = failure.error();
                    assert!(error.is_conflict() || error.is_behind(), "{failure:?}");
                    assert_eq!(mine, before);
                }
                None => assert_eq!(mine, before, "{cut:?}"),
            }
            if !ends.goes_on(cut, saved.is_none()) {
                break;
            }
        }
        drops += ends.drops;
    }
    assert!(drops > 0, "each answer was there at once");
}
