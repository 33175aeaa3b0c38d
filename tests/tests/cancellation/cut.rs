//! An executor that drops a future before it has ended.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// When a future is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// How often it is polled before.
    pub(crate) polls: usize,
    pub(crate) moment: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At once after the last poll, when what it has sent is under way.
    UnderWay,
    /// When it is to be polled again, and what it waits for is there.
    Answered,
}

impl Cut {
    /// All await points of a future, and many more, so that what never ends fails.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        (0..200).flat_map(|polls| {
            let moments = [Moment::UnderWay, Moment::Answered].into_iter();
            moments.map(move |moment| Self { polls, moment })
        })
    }
}

/// Whether an operation ended before its cut each time of the last few. Once is not enough: an answer may be there
/// sooner than it is waited for.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    in_a_row: usize,
    /// How often something that was sent was dropped.
    pub(crate) drops: usize,
}

impl Ends {
    /// Is there another point to be dropped at?
    pub(crate) fn goes_on(&mut self, cut: Cut, was_dropped: bool) -> bool {
        self.in_a_row = if was_dropped { 0 } else { self.in_a_row + 1 };
        self.drops += usize::from(was_dropped && cut.polls > 0);
        self.in_a_row < 3
    }
}

/// Runs a future to its end, or to the cut: then it is dropped, and `None` is returned.
pub(crate) async fn run_to<F: Future>(cut: Cut, future: F) -> Option<F::Output> {
    let mut future = Some(Box::pin(future));
    let mut left = cut.polls;
    poll_fn(|context| {
        let waits = future.as_mut().filter(|_| left > 0);
        if let Some(waits) = waits {
            left -= 1;
            match waits.as_mut().poll(context) {
                Poll::Ready(output) => return Poll::Ready(Some(output)),
                Poll::Pending if left > 0 || cut.moment == Moment::Answered => {
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
        future = None;
        Poll::Ready(None)
    })
    .await
}

/// Runs a future until another one has ended, and drops it then. It must not end before.
pub(crate) async fn drop_when<F: Future>(end: impl Future<Output = ()>, future: F) {
    let mut end = pin!(end);
    let mut future: Pin<Box<F>> = Box::pin(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "it should wait");
        end.as_mut().poll(context)
    })
    .await;
}
