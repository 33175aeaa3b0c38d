//! `save_merged`.

use super::effect::Saved;
use super::needs::SavedOrLoadedOn;
use super::save::{Follow, save_or_read};
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
pub(crate) async fn save_or_merge<M, F, X>(
    model: &mut M,
    base: Option<&M>,
    follow: &mut F,
    conn: &mut Wire<'_, X>,
) -> Result<AfterMerge<M>, Error>
where
    X: Executes,
    F: Follow<M>,
    M: SavedOrLoadedOn<X, M> + Diff + Clone,
{
    let mut seen = Seen::By(follow);
    let mut merged: Option<(M, Vec<Field>)> = None;
    let mut round = 1;
    loop {
        let value = match &mut merged {
            Some((value, _)) => value,
            None => &mut *model,
        };
        // Even if theirs has all of a merge: only this says whether theirs is the newest row.
        let theirs = match save_or_read(value, &mut seen, conn).await? {
            Err(Some(theirs)) => theirs,
            Err(None) => return Err(Error::conflict(model, None)),
            Ok(saved) => {
                let Some((value, taken)) = merged else {
                    return Ok(AfterMerge::Saved(saved));
                };
                let copy = seen.copy().unwrap_or_else(|| value.clone());
                *model = value;
                return Ok(AfterMerge::Merged { taken, copy });
            }
        };
        let base = match base {
            Some(base) if round < ROUNDS && is_base(base, model) => base,
            _ => return Err(modified(model, &theirs)),
        };
        // Each time with what mine was at first: merged with the round before, a change of mine
        // that theirs had made too would be forgotten.
        merged = match merge(base, model, &theirs) {
            Ok(merged) => Some(merged),
            Err(fields) => return Err(Error::merge_conflict(model, fields)),
        };
        seen = Seen::Copied(None);
        round += 1;
    }
}

/// What is done with the value as it will be. One type for both saves of a merge, so that they are compiled once.
enum Seen<'f, F, M> {
    /// The first save shows it on.
    By(&'f mut F),
    /// A save of a merged value copies it.
    Copied(Option<M>),
}

impl<F, M> Seen<'_, F, M> {
    fn copy(self) -> Option<M> {
        match self {
            Self::By(_) => None,
            Self::Copied(copy) => copy,
        }
    }
}

impl<F: Follow<M>, M: Versioned + Clone> Follow<M> for Seen<'_, F, M> {
    fn see(&mut self, value: &M) {
        match self {
            Self::By(follow) => follow.see(value),
            Self::Copied(copy) => *copy = Some(value.clone()),
        }
    }
}

/// Is it what the value was before it was changed? With another one a merge would take what others
/// have changed for a change of mine, and overwrite it.
pub(crate) fn is_base<M: Versioned>(base: &M, value: &M) -> bool {
    base.version() == value.version() && is_same_row(base, value)
}

fn modified<M: Versioned>(mine: &M, theirs: &M) -> Error {
    Error::conflict(mine, Some(theirs.version().describe()))
}
