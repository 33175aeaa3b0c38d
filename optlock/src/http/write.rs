//! The writes with an `If-Match`.

use super::failure::Failure;
use super::if_match::IfMatch;
use crate::executes::{Executes, Wire};
use crate::key_text::KeyText;
use crate::operation::{
    DeletedByForceOn, DeletedOn, SavedOn, TouchedOn, delete_if, save_if, touch_if,
};
use crate::versioned::Versioned;

pub(crate) async fn save_if_match<M, X>(
    model: &mut M,
    if_match: &IfMatch,
    conn: &mut Wire<'_, X>,
) -> Result<(), Failure>
where
    X: Executes,
    M: Versioned<Key: KeyText, Scope: KeyText> + SavedOn<X>,
{
    let failed = |error| Failure::new(error, if_match);
    let admitted = if_match.admitted(model).map_err(failed)?;
    save_if(model, admitted, conn).await.map_err(failed)
}

pub(crate) async fn touch_if_match<M, X>(
    model: &mut M,
    if_match: &IfMatch,
    conn: &mut Wire<'_, X>,
) -> Result<(), Failure>
where
    X: Executes,
    M: Versioned<Key: KeyText, Scope: KeyText> + TouchedOn<X>,
{
    let failed = |error| Failure::new(error, if_match);
    let admitted = if_match.admitted(model).map_err(failed)?;
    touch_if(model, admitted, conn).await.map_err(failed)
}

pub(crate) async fn delete_if_match<M, X>(
    model: &M,
    if_match: &IfMatch,
    conn: &mut Wire<'_, X>,
) -> Result<(), Failure>
where
    X: Executes,
    M: Versioned<Key: KeyText, Scope: KeyText> + DeletedOn<X> + DeletedByForceOn<X>,
{
    let failed = |error| Failure::new(error, if_match);
    let admitted = if_match.admitted(model).map_err(failed)?;
    delete_if(model, admitted, conn).await.map_err(failed)
}
