//! Writers that know nothing of optlock, on a table with a trigger.

use crate::helpers::expect::{self, ANN};
use crate::helpers::people::stored;
use crate::helpers::triggers;
use crate::prelude::*;
use crate::{CAPABILITIES, CONTACTS_KEY, Conn, Scratch};
use optlock::{bump_version, trigger_sql};
use optlock_tests::models::{Contact, Membership};
use optlock_tests::schema::contacts;

/// A contact as Diesel's own updates write it, the version too.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset)]
#[diesel(table_name = contacts)]
struct Plain {
    id: i32,
    name: String,
    version: i64,
}

fn version(conn: &mut Conn) -> i64 {
    stored(1, conn).version
}

fn update(set: &str, conn: &mut Conn) {
    let sql = format!("UPDATE contacts SET {set} WHERE id = 1");
    assert_eq!(diesel::sql_query(sql).execute(conn), Ok(1));
}

/// Runs a story with a connection and two who hold Ann at version 5.
fn with_trigger(story: impl FnOnce(&mut Conn, Contact)) {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    update("version = 5", conn);
    let _ = triggers::create::<Contact>(conn);
    let ann = stored(1, conn);
    story(conn, ann);
    assert_eq!(stored(2, conn), Contact::bob()); // no other row is touched
}

#[test]
fn who_leaves_the_version_alone_is_noticed() {
    with_trigger(|conn, mut ann| {
        update("name = 'Anna'", conn);
        expect::modified(ann.save_checked(conn), ANN, 5, 6);
        assert_eq!(stored(1, conn).name, "Anna");
        // Nobody can say that nothing has changed.
        update("name = 'Anna'", conn);
        assert_eq!(version(conn), 7);
    });
}

#[test]
fn who_sets_the_version_back_or_to_what_it_is_is_noticed() {
    for (set, becomes) in [(5, 6), (4, 6), (-7, 6), (6, 6), (9, 9)] {
        with_trigger(|conn, mut ann| {
            update(&format!("version = {set}"), conn);
            expect::modified(ann.save_checked(conn), ANN, 5, becomes);
        });
    }
}

/// A third holder of that version would overwrite unseen.
#[test]
fn an_update_of_diesels_that_sets_the_version_back_to_the_one_in_memory_is_noticed() {
    with_trigger(|conn, mut ann| {
        let mut third = ann.clone();
        let stale = contacts::table.find(1).select(Plain::as_select());
        let stale: Plain = stale.first(conn).unwrap();
        ann.save_checked(conn).unwrap();
        assert_eq!(ann.version, 6);
        diesel::update(&stale).set(&stale).execute(conn).unwrap();
        expect::modified(third.save_checked(conn), ANN, 5, 7);
        expect::modified(ann.save_checked(conn), ANN, 6, 7);
    });
}

#[test]
fn an_upsert_is_noticed_whatever_version_it_writes() {
    with_trigger(|conn, mut ann| {
        for (set, becomes) in [(None, 6), (Some(1), 7), (Some(7), 8)] {
            let values = (contacts::id.eq(1), contacts::name.eq("Anna"));
            diesel::insert_into(contacts::table)
                .values(values)
                .on_conflict(CONTACTS_KEY)
                .do_update()
                .set((
                    contacts::name.eq("Anna"),
                    set.map(|set| contacts::version.eq(set)),
                ))
                .execute(conn)
                .unwrap();
            expect::modified(ann.save_checked(conn), ANN, 5, becomes);
        }
    });
}

#[test]
fn what_optlock_writes_itself_moves_the_version_on_by_one() {
    with_trigger(|conn, mut ann| {
        ann.save_checked(conn).unwrap();
        ann.touch_checked(conn).unwrap();
        ann.force_save(conn).unwrap();
        assert_eq!((ann.version, version(conn)), (8, 8));
        let mut one = [ann];
        one.save_all_checked(conn).unwrap();
        assert!(one.save_each_checked(conn).iter().all(Result::is_ok));
        assert_eq!((one[0].version, version(conn)), (10, 10));
        diesel::update(contacts::table.find(1))
            .set(bump_version::<Contact>())
            .execute(conn)
            .unwrap();
        assert_eq!(version(conn), 11);
        let [mut ann] = one;
        assert!(ann.refresh(conn).is_ok());
        ann.delete_checked(conn).unwrap();
    });
}

#[test]
fn a_batch_with_a_row_that_another_program_has_written_is_refused() {
    with_trigger(|conn, ann| {
        update("phone = NULL", conn);
        let mut both = [Contact::bob(), ann];
        let error = both.save_all_checked(conn).unwrap_err();
        assert!(error.is_conflict(), "{error:?}");
        assert_eq!((both[0].version, both[1].version), (1, 5));
    });
}

#[test]
fn the_texts_can_be_sent_again_and_leave_nothing_behind() {
    with_trigger(|conn, _| {
        let sql = triggers::create::<Contact>(conn);
        assert_eq!(sql, trigger_sql::<Contact>(CAPABILITIES.database));
        update("phone = '1'", conn);
        assert_eq!(version(conn), 6);
        for _ in 0..2 {
            conn.batch_execute(sql.down()).unwrap();
            update("phone = '2'", conn);
            assert_eq!(version(conn), 6);
        }
        conn.batch_execute(sql.up()).unwrap();
        update("phone = '3'", conn);
        assert_eq!(version(conn), 7);
    });
}

#[test]
fn the_row_of_a_composite_key_is_advanced_and_no_other() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "INSERT INTO memberships (user_id, group_id, role) VALUES (1, 1, 'a'), (1, 2, 'a'), (2, 1, 'a')",
    )
    .unwrap();
    let _ = triggers::create::<Membership>(conn);
    conn.batch_execute("UPDATE memberships SET role = 'b' WHERE user_id = 1 AND group_id = 2")
        .unwrap();
    use optlock_tests::schema::memberships;
    let rows = memberships::table.select((memberships::role, memberships::lock_version));
    let rows = rows.order((memberships::user_id, memberships::group_id));
    let rows: Vec<(String, i32)> = rows.load(conn).unwrap();
    let row = |role: &str, version| (role.to_owned(), version);
    assert_eq!(rows, [row("a", 1), row("b", 2), row("a", 1)]);
    // The key itself is changed.
    conn.batch_execute("UPDATE memberships SET group_id = 3 WHERE group_id = 2")
        .unwrap();
    let moved = memberships::table
        .find((1, 3))
        .select(memberships::lock_version);
    assert_eq!(moved.first(conn), Ok(3));
}
