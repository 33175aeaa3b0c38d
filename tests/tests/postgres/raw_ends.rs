//! What only a blocking connection sees, because libpq tells after each statement whether a transaction is open.

use crate::helpers::ended::save_and_end;
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock_tests::models::Contact;

#[test]
fn a_raw_end_is_seen_behind_a_beginning_in_another_call() {
    let statements = [
        (["ROLLBACK", "BEGIN"], Contact::ann().version),
        (["COMMIT", "BEGIN"], 2),
    ];
    for (sent, version) in statements {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let end = |conn: &mut Conn| {
            sent.iter().for_each(|sql| conn.batch_execute(sql).unwrap());
        };
        save_and_end(end, conn);
        assert_eq!(stored(1, &mut scratch.connect()).version, version);
    }
}
