//! An insert that updates the row if there is one.

use crate::helpers::expect::{self, ANN};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CONTACTS_KEY, Scratch};
use optlock::bump_version;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

#[test]
fn an_upsert_moves_the_version_of_an_existing_row_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    diesel::insert_into(contacts::table)
        .values((contacts::id.eq(1), contacts::name.eq("Anna")))
        .on_conflict(CONTACTS_KEY)
        .do_update()
        .set((contacts::name.eq("Anna"), bump_version::<Contact>()))
        .execute(conn)
        .unwrap();
    expect::modified(ann.save_checked(conn), ANN, 1, 2);
    assert_eq!(stored(1, conn).name, "Anna");
}
