//! The third attempt of a retry, after another client has come first twice.

use super::prelude::*;
use super::{Conn, Scratch, connection_id, wait_until_blocked};
use optlock::Error;
use optlock::retry::{Policy, SourceChain};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// What another client does while an attempt is under way.
pub(crate) struct Others<'t> {
    scratch: &'t Scratch,
    sql: &'t str,
    attempt: u32,
}

impl Others<'_> {
    /// In the first two attempts another client comes first.
    pub(crate) fn come_first(&self) {
        if self.attempt <= 2 {
            self.scratch.connect().batch_execute(self.sql).unwrap();
        }
    }

    /// Which attempt it is.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }
}

/// Waits for nobody.
pub(crate) fn policy() -> Policy<SourceChain, optlock::retry::Quiet, fn(Duration) -> Slept> {
    Policy::new().sleep((|_| slept()) as fn(Duration) -> Slept)
}

/// Retries an attempt that loses twice to `sql`. The third one has to wait for the row behind its BEGIN, because another
/// client is about to change it a third time, and then it does not lose.
#[track_caller]
pub(crate) fn waits_for_the_row(
    scratch: &Scratch,
    sql: &str,
    attempt: impl Fn(&mut Conn, &Others<'_>) -> Result<(), Error> + Send + Sync,
) {
    let waiting = AtomicU32::new(0);
    let attempts = while_another_holds(scratch, sql, attempt, |id, mut holder, attempts| {
        wait_until_blocked(id);
        waiting.store(attempts.load(Ordering::SeqCst), Ordering::SeqCst);
        holder.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(waiting.into_inner(), 2, "it waits before its body");
    assert_eq!(attempts.unwrap(), 3);
}

/// Retries an attempt that loses twice to `sql`. Then another client holds the row, having executed `sql` once more, and
/// `meanwhile` decides when it ends. Returns how often the body has run.
pub(crate) fn while_another_holds(
    scratch: &Scratch,
    sql: &str,
    attempt: impl Fn(&mut Conn, &Others<'_>) -> Result<(), Error> + Send + Sync,
    meanwhile: impl FnOnce(i64, Conn, &AtomicU32),
) -> Result<u32, Error> {
    let mut conn = scratch.connect();
    let id = connection_id(&mut conn);
    let attempts = AtomicU32::new(0);
    let (lost, was_lost) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    let (lost, may_go) = (Mutex::new(lost), Mutex::new(may_go));
    let result = thread::scope(|scope| {
        let attempts = &attempts;
        let retrying = scope.spawn(move || {
            let policy = policy().notify(move |count, error: &Error, _| {
                assert!(count > 2 || error.is_conflict(), "{error:?}");
                if count == 2 {
                    lost.lock().unwrap().send(()).unwrap();
                    may_go.lock().unwrap().recv().unwrap();
                }
            });
            retry(policy, &mut conn, |conn| {
                let attempt_nr = attempts.fetch_add(1, Ordering::SeqCst) + 1;
                let others = Others {
                    scratch,
                    sql,
                    attempt: attempt_nr,
                };
                attempt(conn, &others)
            })
        });
        was_lost.recv().expect("it loses twice");
        // Dropped by a panic, it lets the other one go on.
        let mut holder = scratch.connect();
        holder.batch_execute("BEGIN").unwrap();
        holder.batch_execute(sql).unwrap();
        go.send(()).unwrap();
        meanwhile(id, holder, attempts);
        retrying.join().unwrap()
    });
    let attempts = attempts.into_inner();
    result.map(|()| attempts).map_err(Error::from)
}
