//! The pages that are open, and the leases that they have.
//!
//! A page is known by its name (the *holder* of its lease), its owner and the path of its row: who sends the name of another's
//! page, or of another row's, has sent the name of a page that nobody knows. The requests of one page are served one after
//! another, so that none of them undoes what another one has just done.

use crate::people::make_room;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// All pages, until the program ends.
#[derive(Debug, Default)]
pub(crate) struct Pages(Mutex<HashMap<Key, Arc<AsyncMutex<Known>>>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    holder: String,
    owner: String,
    path: String,
}

/// What is known of a page.
#[derive(Debug, Default)]
struct Known {
    lease: Held,
    /// The number of its last message.
    heard: u64,
    /// Its tab was closed, or shows another page by now.
    is_left: bool,
    /// It is shown as one that looks.
    looks: bool,
    /// The page whose place it took in its tab.
    before: Option<String>,
}

/// What a page has of the lease of its row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Held {
    /// It never had it: it waits, or looks.
    #[default]
    Never,
    /// It has it, by this token, which stays on the server.
    Now(String),
    /// It had it: its person is asked before it takes it again.
    Before,
}

impl Pages {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<AsyncMutex<Known>>>> {
        // Nothing panics while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other request of the page is served. Ask for a connection after that: who waits here with one keeps it
    /// from who is waited for.
    pub(crate) async fn page(&self, holder: &str, owner: &str, path: &str) -> OpenPage {
        let key = Key {
            holder: holder.to_owned(),
            owner: owner.to_owned(),
            path: path.to_owned(),
        };
        let has_no_lease = |known: &Arc<AsyncMutex<Known>>| {
            let known = known.try_lock();
            known.is_ok_and(|known| !matches!(known.lease, Held::Now(_)))
        };
        let known = make_room(&mut self.lock(), &key, has_no_lease)
            .entry(key.clone())
            .or_default()
            .clone();
        OpenPage {
            key,
            known: known.lock_owned().await,
        }
    }

    /// Was a page of the same person and row left? One that is served at this moment was not.
    fn is_left(&self, like: &Key, holder: &str) -> bool {
        let key = Key {
            holder: holder.to_owned(),
            ..like.clone()
        };
        let known = self.lock().get(&key).cloned();
        known.is_some_and(|known| known.try_lock().is_ok_and(|known| known.is_left))
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

/// A page, while one of its requests is served: its other requests wait.
#[derive(Debug)]
pub(crate) struct OpenPage {
    key: Key,
    known: OwnedMutexGuard<Known>,
}

impl OpenPage {
    pub(crate) fn holder(&self) -> &str {
        &self.key.holder
    }

    pub(crate) fn lease(&self) -> &Held {
        &self.known.lease
    }

    pub(crate) fn set_lease(&mut self, lease: Held) {
        self.known.lease = lease;
    }

    /// Notes a message, and says whether it is newer than all before. A browser sends the messages of a page over several
    /// connections, so that one can overtake another; an older one counts no more. Without scripts they have no numbers, and
    /// count as they come.
    pub(crate) fn hears(&mut self, number: Option<u64>) -> bool {
        let number = number.unwrap_or(self.known.heard.saturating_add(1));
        let is_new = number > self.known.heard;
        self.known.heard = self.known.heard.max(number);
        is_new
    }

    /// Notes that it is closed.
    pub(crate) fn leave(&mut self) {
        self.known.is_left = true;
    }

    /// Notes that it is open. Returns whether it was closed before: browsers keep pages, and show them again on a step back.
    pub(crate) fn comes_back(&mut self) -> bool {
        mem::take(&mut self.known.is_left)
    }

    /// Notes in whose place it is shown.
    pub(crate) fn follow(&mut self, before: &str) {
        self.known.before = Some(before.to_owned());
    }

    /// Is the page with that name closed, or in this one's place no more? Then its lease is for this one.
    pub(crate) fn takes_over_from(&self, holder: &str, pages: &Pages) -> bool {
        self.known.before.as_deref() == Some(holder) || pages.is_left(&self.key, holder)
    }

    /// Notes that it is shown as one that looks.
    pub(crate) fn look(&mut self) {
        self.known.looks = true;
    }

    /// Notes that it is so no more, and returns whether it was.
    pub(crate) fn stop_looking(&mut self) -> bool {
        mem::take(&mut self.known.looks)
    }

    /// The path of its row.
    pub(crate) fn path(&self) -> &str {
        &self.key.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn page(pages: &Pages, holder: &str) -> OpenPage {
        pages.page(holder, "Ann", "/orders/7").await
    }

    #[tokio::test]
    async fn an_older_message_counts_no_more() {
        let mut page = page(&Pages::default(), "a").await;
        for (number, is_new) in [
            (Some(1), true),
            (Some(1), false),
            (Some(4), true),
            (Some(3), false),
            (None, true), // as number 5
            (Some(5), false),
            (Some(u64::MAX), true),
            (None, false),
        ] {
            assert_eq!(page.hears(number), is_new, "{number:?}");
        }
    }

    #[tokio::test]
    async fn a_page_is_known_by_its_owner_and_row_as_well() {
        let pages = Pages::default();
        page(&pages, "a").await.set_lease(Held::Now("token".into()));
        assert_eq!(*page(&pages, "a").await.lease(), Held::Now("token".into()));
        for (holder, owner, path) in [
            ("b", "Ann", "/orders/7"),
            ("a", "Bob", "/orders/7"),
            ("a", "Ann", "/orders/8"),
        ] {
            let other = pages.page(holder, owner, path).await;
            assert_eq!(*other.lease(), Held::Never, "{holder} {owner} {path}");
        }
    }

    #[tokio::test]
    async fn the_requests_of_a_page_wait_for_each_other() {
        let pages = Pages::default();
        let first = page(&pages, "a").await;
        let mut second = std::pin::pin!(page(&pages, "a"));
        tokio::select! {
            biased;
            _ = &mut second => panic!("the first one is being served"),
            () = std::future::ready(()) => {}
        }
        page(&pages, "b").await; // another page does not
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn a_page_takes_over_from_one_that_was_left_or_that_it_replaces() {
        let pages = Pages::default();
        let mut new = page(&pages, "new").await;
        assert!(!new.takes_over_from("old", &pages)); // unknown
        let mut old = page(&pages, "old").await;
        old.leave();
        assert!(!new.takes_over_from("old", &pages)); // who knows what it is about to do
        drop(old);
        assert!(new.takes_over_from("old", &pages));
        assert!(page(&pages, "old").await.comes_back());
        assert!(!new.takes_over_from("old", &pages));
        new.follow("old");
        assert!(new.takes_over_from("old", &pages));
    }
}
