//! A trigger refuses a write without an error.

use crate::helpers::refused::expect_ann_is_refused;
use crate::prelude::*;
use crate::{CAPABILITIES, Scratch};
use optlock_tests::capabilities::require;

#[test]
fn a_trigger_refuses_a_write() {
    let Some(triggers) = require(CAPABILITIES.refuses_silently) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(triggers).unwrap();
    expect_ann_is_refused(conn);
}
