//! A debug build's net under the proof that the derive makes: one id, one text.

use super::builder::text;
use super::erased::{Erased, Walk};
use super::lock_mode::LockMode;
use crate::backend::Dialect;
use diesel::QueryResult;
use diesel::query_builder::QueryId;
use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

static FIRST_SEEN: Mutex<Option<HashMap<(TypeId, TypeId), String>>> = Mutex::new(None);

/// Fails if a statement has another text than the first one of its id.
pub(super) fn assert<S, DB>(statement: &S, backend: &DB) -> QueryResult<()>
where
    S: Walk<DB> + QueryId,
    DB: Dialect<QueryBuilder: 'static>,
{
    assert_id(statement, S::query_id(), type_name::<S::QueryId>(), backend)
}

/// Compiled once for a database, and not for each statement.
fn assert_id<DB>(
    statement: &dyn Walk<DB>,
    id: Option<TypeId>,
    name: &'static str,
    backend: &DB,
) -> QueryResult<()>
where
    DB: Dialect<QueryBuilder: 'static>,
{
    let Some(id) = id else {
        return Ok(());
    };
    // Of the enum of `MultiConnection` it is not known here which database it holds. The same
    // model on a plain connection is compared.
    let statement = Erased::<DB>::new(Box::new(statement), LockMode::Plain);
    let Some(text) = text(&statement, backend)? else {
        return Ok(());
    };
    let id = (id, TypeId::of::<DB>());
    let mut first_seen = FIRST_SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let first = first_seen
        .get_or_insert_default()
        .entry(id)
        .or_insert_with(|| text.clone());
    assert_eq!(
        *first, text,
        "two statements with different texts share the id {name}: the wrong one would run. If you wrote `impl FixedText` yourself, the text is not \
         fixed; otherwise this is a bug in optlock",
    );
    Ok(())
}
