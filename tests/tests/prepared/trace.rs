//! What some work on a connection sends and leaves behind.

use super::{Conn, Scratch, kept};
use optlock_tests::prepared::{Kept, Watch};
use std::collections::BTreeSet;

/// What Diesel and the server saw during some work.
pub(super) struct Trace {
    /// The texts that Diesel put into its cache.
    pub(super) cached: Vec<String>,
    /// The texts that were sent.
    pub(super) sent: Vec<String>,
    /// The server's view, if there is a server.
    pub(super) kept: Option<Kept>,
}

pub(super) fn trace(conn: &mut Conn, work: impl FnOnce(&mut Conn)) -> Trace {
    let before = kept(conn);
    let watch = Watch::on(conn);
    work(conn);
    let (cached, sent) = (watch.take_cached(), watch.take_sent());
    let kept = kept(conn).zip(before).map(|(after, before)| after - before);
    Trace {
        cached,
        sent: sent.iter().map(|query| text(query).to_owned()).collect(),
        kept,
    }
}

/// Diesel prints a query as its text and its binds.
pub(super) fn text(query: &str) -> &str {
    query.split(" -- binds").next().unwrap()
}

pub(super) fn count(texts: &[String]) -> i64 {
    texts.len().try_into().unwrap()
}

/// `run` keeps what it prepares the first time, and prepares nothing later.
#[track_caller]
pub(super) fn assert_prepared_once(conn: &mut Conn, run: impl Fn(&mut Conn, i32)) {
    let first = trace(conn, |conn| run(conn, 1));
    let texts: BTreeSet<_> = first.sent.iter().collect();
    assert_eq!(
        texts,
        first.cached.iter().collect(),
        "everything that was sent should be kept"
    );
    if let Some(kept) = first.kept {
        assert_eq!(
            kept,
            Kept {
                statements: count(&first.cached),
                uses: count(&first.sent)
            }
        );
    }

    let more = trace(conn, |conn| {
        (2..=TIMES as i32).for_each(|nth| run(conn, nth))
    });
    assert_eq!(count(&more.sent), (TIMES - 1) * count(&first.sent));
    assert!(more.cached.is_empty(), "{:?}", more.cached);
    if let Some(kept) = more.kept {
        assert_eq!(
            kept,
            Kept {
                statements: 0,
                uses: count(&more.sent)
            }
        );
    }
}

#[track_caller]
pub(super) fn assert_nothing_kept(trace: &Trace) {
    assert!(trace.cached.is_empty(), "{:?}", trace.cached);
    if let Some(kept) = trace.kept {
        assert_eq!(
            kept,
            Kept {
                statements: 0,
                uses: 0
            }
        );
    }
}

/// As it is, or as one of the enum's.
#[allow(clippy::useless_conversion)]
pub(super) fn connect(scratch: &Scratch) -> Conn {
    scratch.connect().into()
}

pub(super) const TIMES: i64 = 100;
