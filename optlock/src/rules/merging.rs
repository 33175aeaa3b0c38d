//! The rules of a merge.

use super::edited::Merging;
use super::rows::{is_current, loaded, save};
use super::seen::{Seen, is_same_row, succeeds};
use crate::diff::Diff;
use crate::executes::{Executes, Wire};
use crate::operation::{MergedOn, SavedOn, save_merged};
use crate::versioned::Versioned;

pub(super) async fn two_edits<M, X>(merging: &Merging<M>, _: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned + Diff,
{
    let base = merging.base();
    is_same_row("the value of the first edit", merging.mine(), base)?;
    is_same_row("the value of the second edit", merging.theirs(), base)?;
    let (mine, theirs) = (
        changed(merging.mine(), base),
        changed(merging.theirs(), base),
    );
    if mine.is_empty() || theirs.is_empty() {
        return Err(format!(
            "`Diff` compares two values by [{}] in the first edit, and [{}] in the second",
            mine.join(", "),
            theirs.join(", ")
        ));
    }
    match mine.iter().find(|field| theirs.contains(field)) {
        Some(field) => Err(format!("both change `{field}`")),
        None => Ok(()),
    }
}

pub(super) async fn merge<M, X>(merging: &Merging<M>, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: SavedOn<X> + MergedOn<X> + Diff + Clone,
{
    let (base, mut mine, mut theirs) = (
        merging.base(),
        merging.mine().clone(),
        merging.theirs().clone(),
    );
    save(&mut theirs, conn).await?;
    succeeds("save_merged", save_merged(&mut mine, base, conn).await)?;
    is_current("after the merge", &mine, conn).await?;
    has_both("the value in memory", &mine, merging)?;
    has_both("the row", &loaded(&mine, conn).await?, merging)
}

/// The value has to have the fields of both edits, and those of the base.
fn has_both<M: Diff>(what: &str, merged: &M, merging: &Merging<M>) -> Seen {
    let (base, mine, theirs) = (merging.base(), merging.mine(), merging.theirs());
    let wrong = M::FIELDS.iter().enumerate().find(|(index, _)| {
        let from = [mine, theirs]
            .into_iter()
            .find(|it| it.differs_in(base, *index));
        merged.differs_in(from.unwrap_or(base), *index)
    });
    match wrong {
        Some((_, field)) => Err(format!("{what} has another `{}`", field.name())),
        None => Ok(()),
    }
}

/// The names of the fields that differ.
fn changed<M: Diff>(edited: &M, base: &M) -> Vec<&'static str> {
    let changes = edited.diff(base);
    changes.iter().map(|change| change.field().name()).collect()
}
