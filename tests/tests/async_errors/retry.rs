//! A retry on an async connection: as many attempts as on a blocking one, and how it waits between them.

use super::{AsyncConn, Conn, Scratch, connect};
use diesel::prelude::*;
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::retry;
use optlock::retry::{Policy, RetryError};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const STALE: &str = "contacts 1 was changed: expected version 1, found 2";

const POLICY: Policy = Policy::new()
    .attempts(4)
    .within(Duration::from_secs(600))
    .backoff(Duration::from_secs(1), Duration::from_secs(3));

/// Another client has saved Ann.
fn rename(conn: &mut Conn) {
    let ann = diesel::update(contacts::table.find(1)).set(contacts::version.eq(2));
    diesel::RunQueryDsl::execute(ann, conn).unwrap();
}

#[track_caller]
fn assert_gave_up<T>(result: Result<T, RetryError<Error>>, attempts: u32) {
    let Err(error) = result else {
        panic!("it was stale")
    };
    assert_eq!(error.attempts(), attempts);
    assert_eq!(error.last().to_string(), STALE);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_gives_up_after_as_many_attempts_as_a_blocking_one() {
    let scratch = Scratch::new();
    let blocking = &mut scratch.connect();
    rename(blocking);
    let delays = Mutex::new(Vec::new());
    let slept = Mutex::new(Vec::new());
    let policy = POLICY.notify(|_, _: &Error, delay| delays.lock().unwrap().push(delay));
    let sleep = |delay| slept.lock().unwrap().push(delay);

    let result = optlock::retry(policy.sleep(sleep), blocking, |conn| {
        optlock::VersionedDsl::save_checked(&mut Contact::ann(), conn)
    });
    assert_gave_up(result, 4);
    assert_eq!(delays.lock().unwrap().len(), 3);
    assert_eq!(*delays.lock().unwrap(), *slept.lock().unwrap());

    let conn = &mut connect(&scratch).await;
    for is_closure in [true, false] {
        delays.lock().unwrap().clear();
        slept.lock().unwrap().clear();
        let attempts = AtomicU32::new(0);
        let body = async |conn: &mut AsyncConn| {
            attempts.fetch_add(1, Ordering::Relaxed);
            Contact::ann().save_checked(conn).await
        };
        let result = if is_closure {
            let policy = policy.sleep(|delay| async move { sleep(delay) });
            retry(policy, conn, body).await
        } else {
            let policy = policy.sleep(async |delay| sleep(delay));
            retry(policy, conn, body).await
        };
        assert_gave_up(result, 4);
        assert_eq!(attempts.into_inner(), 4);
        assert_eq!(delays.lock().unwrap().len(), 3);
        assert_eq!(*delays.lock().unwrap(), *slept.lock().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_attempt_finds_the_row_and_the_values_as_they_were() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let attempts = AtomicU32::new(0);
    let mut ann = Contact::ann();
    let policy = POLICY.sleep(async |_| {});
    policy
        .run(conn, &mut ann, async |conn, ann| {
            assert_eq!(*ann, Contact::ann());
            ann.name += "a";
            ann.save_checked(conn).await?;
            // Stale, after a save that is rolled back.
            if attempts.fetch_add(1, Ordering::Relaxed) < 2 {
                Contact::ann().save_checked(conn).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    assert_eq!(attempts.into_inner(), 3);
    assert_eq!((ann.name.as_str(), ann.version), ("Anna", 2));
    assert_eq!(Contact::ann().load_current(conn).await.unwrap(), Some(ann));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_conflict_is_not_repeated() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let error = retry(POLICY, conn, async |_: &mut AsyncConn| {
        Err::<(), _>(Error::from(diesel::result::Error::NotFound))
    })
    .await
    .unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(error.last().is_not_found(), "{error:?}");
}

/// tokio's clock stands still but for what waits for it.
#[tokio::test(start_paused = true)]
async fn by_default_it_waits_by_tokios_clock() {
    let scratch = Scratch::new();
    rename(&mut scratch.connect());
    let conn = &mut connect(&scratch).await;
    let delays = Mutex::new(Vec::new());
    let policy = POLICY.notify(|_, _: &Error, delay| delays.lock().unwrap().push(delay));
    let beginning = tokio::time::Instant::now();
    let result = retry(policy, conn, async |conn: &mut AsyncConn| {
        Contact::ann().save_checked(conn).await
    })
    .await;
    let slept = beginning.elapsed();
    assert_gave_up(result, 4);
    let delays = delays.into_inner().unwrap();
    assert_eq!(delays.len(), 3);
    // The clock counts in milliseconds.
    let sum: Duration = delays.iter().sum();
    assert!(
        slept >= sum && slept <= sum + Duration::from_millis(3),
        "{slept:?} {sum:?}"
    );
}
