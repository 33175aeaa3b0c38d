//! `#[optlock(version, generated)]` in a transaction that has read the row before another client changed it: plain reads
//! may show the old version.

use crate::helpers::made::{self, Made, STEP};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock_tests::capabilities::require;
use std::cell::RefCell;
use std::slice;

const AFTER: i64 = 1 + STEP;

/// A trigger that advances the version of a row that changes.
fn advances_changed_rows(conn: &mut Conn) {
    let changed = "NEW.name IS DISTINCT FROM OLD.name OR NEW.phone IS DISTINCT FROM OLD.phone";
    let sqlite = "UPDATE contacts SET version = OLD.version + 7 WHERE id = NEW.id AND (NEW.name IS NOT OLD.name OR NEW.phone IS NOT OLD.phone)";
    let postgres = format!("IF {changed} THEN NEW.version := OLD.version + 7; END IF");
    let mysql = "IF NOT (NEW.name <=> OLD.name AND NEW.phone <=> OLD.phone) THEN SET NEW.version = OLD.version + 7; END IF";
    made::on_update("contacts", [sqlite, &postgres, mysql], conn);
}

#[test]
fn a_save_that_the_trigger_does_not_count_is_refused() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    type Write = fn(&mut Made, &mut Conn) -> Result<(), Error>;
    let writes: [Write; 4] = [
        |made, conn| made.save_checked(conn),
        |made, conn| made.touch_checked(conn),
        |made, conn| made.save_or_load(conn).map(drop),
        |made, conn| slice::from_mut(made).save_all_checked(conn),
    ];
    for write in writes {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        advances_changed_rows(conn);
        let other = RefCell::new(scratch.connect());
        conn.transaction(|conn| {
            let _old = Made::stored(1, conn);
            let other = &mut *other.borrow_mut();
            Made::rename(1, "Anna", other);
            let mut mine = Made::stored(1, other);
            assert_eq!(mine.version, AFTER);
            let before = mine.clone();
            let result = write(&mut mine, conn);
            assert_eq!(mine, before, "{result:?}");
            assert!(
                matches!(result, Err(Error::NotGenerated { .. })),
                "{result:?}"
            );
            Ok::<_, Error>(())
        })
        .unwrap();
    }
}
