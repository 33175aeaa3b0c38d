//! `save_merged`.

use super::effect::Saved;
use super::needs::SavedOrLoadedOn;
use super::save::save_or_read;
use crate::diff::{Diff, Field, merge};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::identity::is_same_row;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;

/// How often a save is tried before its conflict is returned.
const ROUNDS: usize = 10;

/// How a save came to succeed.
#[derive(Debug)]
pub(crate) enum AfterMerge<M> {
    /// At once: there was nothing to merge.
    Saved(Saved),
    /// With the changes of both.
    Merged {
        /// What only others have changed.
        taken: Vec<Field>,
        /// A copy of the value, which equals the row.
        copy: M,
    },
}

/// Saves, with a merge against `base`, and returns the fields that were taken from the row.
pub(crate) async fn save_merged<M, X>(
    model: &mut M,
    base: &M,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<Field>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, M> + Diff + Clone,
{
    match save_or_merge(model, Some(base), &mut |_: &M| {}, conn).await? {
        AfterMerge::Saved(_) => Ok(Vec::new()),
        AfterMerge::Merged { taken, .. } => Ok(taken),
    }
}

/// Saves, with a merge if there is a base. Shows `follow` the value as it will be if it is saved at
/// once, before anything is sent.
pub(crate) async fn save_or_merge<M, X>(
    model: &mut M,
    base: Option<&M>,
    follow: &mut impl FnMut(&M),
    conn: &mut Wire<'_, X>,
) -> Result<AfterMerge<M>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, M> + Diff + Clone,
{
    let mut theirs = match save_or_read(model, follow, conn).await? {
        Ok(saved) => return Ok(AfterMerge::Saved(saved)),
        Err(Some(theirs)) => theirs,
        Err(None) => return Err(Error::conflict(model, None)),
    };
    let base = match base {
        Some(base) if is_base(base, model) => base,
        _ => return Err(modified(model, &theirs)),
    };
    for _ in 1..ROUNDS {
        // Each time with what mine was at first: merged with the round before, a change of mine
        // that theirs had made too would be forgotten.
        let (mut value, taken) = match merge(base, model, &theirs) {
            Ok(merged) => merged,
            Err(fields) => return Err(Error::merge_conflict(model, fields)),
        };
        let mut copy = None;
        // Even if theirs has all of it: only this says whether theirs is the newest row.
        let mut follow = |value: &M| copy = Some(value.clone());
        match save_or_read(&mut value, &mut follow, conn).await? {
            Ok(_) => {
                let copy = copy.unwrap_or_else(|| value.clone());
                *model = value;
                return Ok(AfterMerge::Merged { taken, copy });
            }
            Err(Some(newest)) => theirs = newest,
            Err(None) => return Err(Error::conflict(model, None)),
        }
    }
    Err(modified(model, &theirs))
}

/// Is it what the value was before it was changed? With another one a merge would take what others
/// have changed for a change of mine, and overwrite it.
pub(crate) fn is_base<M: Versioned>(base: &M, value: &M) -> bool {
    base.version() == value.version() && is_same_row(base, value)
}

fn modified<M: Versioned>(mine: &M, theirs: &M) -> Error {
    Error::conflict(mine, Some(theirs.version().describe()))
}
