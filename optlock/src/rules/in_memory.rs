//! The rules of a value in memory, which send nothing.

use super::seen::{Seen, has_version, is_same_row};
use crate::executes::{Executes, Wire};
use crate::token::VersionToken as _;
use crate::versioned::Versioned;

/// How many versions a play needs.
const VERSIONS: usize = 2;

pub(super) async fn clone<M, X>(model: &M, _: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned + Clone,
{
    is_same_row("the clone", &model.clone(), model)
}

pub(super) async fn set_version<M, X>(model: &M, _: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned + Clone,
{
    let (mut copy, next) = (model.clone(), next(model)?);
    copy.set_version(next.clone());
    has_version("the value, in which it was set,", &copy, &next)?;
    copy.set_version(model.version().clone());
    is_same_row("the value, in which it was put back,", &copy, model)
}

pub(super) async fn next_version<M, X>(model: &M, _: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned + Clone,
{
    if M::GENERATED {
        // Nobody knows the next one before the database has made it.
        return Ok(());
    }
    let (mut copy, mut had) = (model.clone(), vec![model.version().clone()]);
    for _ in 0..VERSIONS {
        let next = next(&copy)?;
        if had.contains(&next) {
            let (from, to) = (copy.version().describe(), next.describe());
            return Err(format!("after the version {from} comes {to} again"));
        }
        copy.set_version(next.clone());
        had.push(next);
    }
    Ok(())
}

pub(super) async fn has_changes<M, X>(model: &M, _: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned,
{
    if model.has_changes() {
        return Ok(());
    }
    Err("it has nothing to save: each of its fields is a `None` that leaves its column alone; set one".into())
}

fn next<M: Versioned>(model: &M) -> Result<M::Version, String> {
    let version = model.version().describe();
    model
        .next_version()
        .ok_or_else(|| format!("no version follows {version}: take a row with an earlier one"))
}
