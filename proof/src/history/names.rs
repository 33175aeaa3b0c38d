//! Names of tables and operations that another process has sent.

use serde::{Deserialize, Deserializer};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// A name in the text of the program. (serde would borrow a `&'static str` from what it reads, and this it does not know.)
pub type Name = &'static str;

/// Each name that was sent, once. There are as many as the program has.
static NAMES: Mutex<Option<HashSet<Name>>> = Mutex::new(None);

/// Reads a name, which then lives as long as the program, as a name in its text does.
pub(crate) fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    let name = String::deserialize(deserializer)?;
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name.as_str()) {
        return Ok(known);
    }
    let known: Name = name.leak();
    names.insert(known);
    Ok(known)
}
