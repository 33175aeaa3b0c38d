//! A trigger stores something else than what was sent.

use crate::helpers::legacy::{changed, legacy};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{SQL, Scratch};
use optlock::Saved;

#[test]
fn what_a_trigger_stores_instead_is_no_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(SQL.trim_names).unwrap();
    let mut ann = legacy(1, conn);
    ann.name = " Anna ".into();
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);
    assert_eq!(ann.name, "Anna");
    assert_eq!(stored(1, conn).name, "Anna");
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::NothingChanged);
    ann.phone = None;
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);

    // Memory follows a save that succeeded, and no other.
    ann.name = " Anne ".into();
    rename(1, "Annie", conn);
    changed(ann.save_unchanged(conn), &["name"]);
    assert_eq!(ann.name, " Anne ");
}
