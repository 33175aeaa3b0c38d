//! The texts of statements, each written once.
//!
//! Diesel finds a statement without an id by its text, which it writes each time: for a read of one column
//! that is a fifth of what the read costs on SQLite. diesel-async finds each statement so.

use super::builder::text;
use super::lock_mode::LockMode;
use crate::backend::Dialect;
use diesel::QueryResult;
use diesel::query_builder::{QueryBuilder as _, QueryFragment};
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Which text: that of a query with a lock, on a database.
type Key = ((TypeId, LockMode), TypeId);

static TEXTS: RwLock<Option<HashMap<Key, Arc<str>>>> = RwLock::new(None);

/// Writes the text of `query`: as it is kept, if the query has a name, `id`.
pub(super) fn push_kept<DB: Dialect>(
    id: Option<(TypeId, LockMode)>,
    query: &impl QueryFragment<DB>,
    out: &mut DB::QueryBuilder,
    backend: &DB,
) -> QueryResult<()> {
    let kept = match id {
        Some(id) => kept_text(id, query, backend)?,
        None => None,
    };
    match kept {
        Some(text) => {
            out.push_sql(&text);
            Ok(())
        }
        None => query.to_sql(out, backend),
    }
}

/// The text of `query`, whose name is `id`, or `None` on an enum of connections, which may hold several
/// databases.
fn kept_text<DB: Dialect>(
    id: (TypeId, LockMode),
    query: &impl QueryFragment<DB>,
    backend: &DB,
) -> QueryResult<Option<Arc<str>>> {
    let key = (id, TypeId::of::<DB>());
    let texts = TEXTS.read().unwrap_or_else(PoisonError::into_inner);
    let kept = texts.as_ref().and_then(|texts| texts.get(&key)).cloned();
    drop(texts);
    if let Some(kept) = kept {
        // Without the lock: a fragment of the user's may read through optlock.
        debug_assert_eq!(
            text(query, backend)?.as_deref(),
            Some(&*kept),
            "two texts, one id"
        );
        return Ok(Some(kept));
    }
    let Some(text) = text(query, backend)?.map(Arc::from) else {
        return Ok(None);
    };
    let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
    texts.get_or_insert_default().insert(key, Arc::clone(&text));
    Ok(Some(text))
}
