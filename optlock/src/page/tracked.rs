//! A value with a version, and its base.

use super::value::{ByVersion, unguarded};
use super::{MakePage, OnPage, PageShown, Stopped};
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::fingerprint::{FingerprintBuilder, FingerprintRow};
use crate::operation::{OfAll, ReadRow, Saved, SavedOn, lock_row};
use crate::tracked::{Tracked, operation};

/// Saves the value, if the page is up to date, or nothing if nothing has changed.
pub(crate) async fn save_if_unchanged<'s, M, P, X>(
    tracked: &mut Tracked<M>,
    shown: PageShown<'_, 's, P>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Stopped>
where
    X: Executes,
    M: SavedOn<X> + ReadRow<OfAll<M>, X> + FingerprintRow + Diff + Clone,
    P: MakePage<'s, X::Conn, M> + ?Sized,
{
    super::save::<ByVersion, _, _, _>(tracked, shown, conn).await
}

impl<M, X> OnPage<X, ByVersion> for Tracked<M>
where
    X: Executes,
    M: SavedOn<X> + ReadRow<OfAll<M>, X> + FingerprintRow + Diff + Clone,
{
    type Row = M;
    type Saved = Saved;

    async fn lock_and_load(&self, conn: &mut Wire<'_, X>) -> Result<M, Error> {
        lock_row::<OfAll<M>, M, X>(self, conn).await
    }

    /// A save writes the whole value, and a base that was put together by hand need not be the row.
    fn unguarded(&self, row: &M, page: &FingerprintBuilder<'_>) -> Vec<String> {
        let changed = self.changed_fields().into_iter();
        unguarded(&**self, row, page, changed.map(|field| field.name()))
    }

    async fn save(&mut self, conn: &mut Wire<'_, X>) -> Result<Saved, Error> {
        operation::save_checked(self, conn).await
    }
}
