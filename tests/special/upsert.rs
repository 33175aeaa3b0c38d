//! `ON CONFLICT DO UPDATE`, which MariaDB and MySQL do not have.

use crate::Conn;
use crate::cases::expect::{self, ANN};
use crate::cases::people::stored;
use diesel::prelude::*;
use optlock::bump_version;
use optlock::prelude::*;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

pub(crate) fn expect_upsert_moves_on(conn: &mut Conn) {
    let mut ann = stored(1, conn);
    diesel::insert_into(contacts::table)
        .values((contacts::id.eq(1), contacts::name.eq("Anna")))
        .on_conflict(contacts::id)
        .do_update()
        .set((contacts::name.eq("Anna"), bump_version::<Contact>()))
        .execute(conn)
        .unwrap();
    expect::modified(ann.save_checked(conn), ANN, 1, 2);
    assert_eq!(stored(1, conn).name, "Anna");
}
