//! Row-level policies, privileges, and triggers that refuse a write.

use crate::helpers::legacy::legacy;
use crate::helpers::people::stored;
use crate::helpers::refused::{expect_ann_is_refused, expect_refused};
use crate::prelude::*;
use crate::{AnyConnection, Scratch};
use optlock::Error;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// Superusers are above policies and privileges. This role is on every server, and what is granted to it
/// here goes away with the schema.
const BE_ANOTHER_ROLE: &str = "SET ROLE pg_monitor";

/// Grants that role privileges on the contacts.
fn grant(privileges: &str, scratch: &Scratch) {
    let schema = scratch.schema();
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO pg_monitor;
         GRANT {privileges} ON contacts TO pg_monitor"
    );
    scratch.connect().batch_execute(&grants).unwrap();
}

#[test]
fn a_row_level_policy_refuses_a_write() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY only_bob_is_changed ON contacts FOR UPDATE USING (id = 2);
         CREATE POLICY only_bob_is_deleted ON contacts FOR DELETE USING (id = 2)",
    )
    .unwrap();
    grant("SELECT, UPDATE, DELETE", &scratch);
    conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
    expect_ann_is_refused(conn);
}

#[test]
fn a_trigger_of_a_view_refuses_a_write() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION only_bob() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF OLD.id <> 2 THEN RETURN NULL; END IF;
             IF TG_OP = 'DELETE' THEN DELETE FROM people WHERE id = OLD.id; RETURN OLD; END IF;
             UPDATE people SET name = NEW.name, phone = NEW.phone, version = NEW.version
                 WHERE id = OLD.id;
             RETURN NEW;
         END $$;
         ALTER TABLE contacts RENAME TO people;
         CREATE VIEW contacts AS SELECT * FROM people;
         CREATE TRIGGER only_bob INSTEAD OF UPDATE OR DELETE ON contacts FOR EACH ROW
             EXECUTE FUNCTION only_bob()",
    )
    .unwrap();
    expect_ann_is_refused(conn);
}

/// Whether or not Diesel knows of the transaction.
#[test]
fn a_batch_that_a_trigger_refuses_is_refused_in_a_raw_transaction_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER no BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION no();
         BEGIN",
    )
    .unwrap();
    expect_refused([Contact::ann()].save_all_checked(conn));
}

/// The policy holds for the row as it is saved, and the read of it afterwards is none of its business.
#[test]
fn a_row_may_leave_what_a_policy_lets_be_updated() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY no_final_one ON contacts FOR UPDATE USING (name <> 'final') WITH CHECK (true)",
    )
    .unwrap();
    grant("SELECT, UPDATE", &scratch);
    let any = &mut AnyConnection::from(scratch.connect());
    for id in [1, 2] {
        let mut person = legacy(id, conn);
        person.name = "final".into();
        if id == 1 {
            any.batch_execute(BE_ANOTHER_ROLE).unwrap();
            person.save_unchanged(any).unwrap();
        } else {
            conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
            person.save_unchanged(conn).unwrap();
        }
        assert_eq!(stored(id, conn).name, "final");
        // Now it is refused, and not gone.
        person.name = "more".into();
        let error = person.save_unchanged(any).unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    }
}

/// SQLite's write lock would be an update of the key.
#[test]
fn an_enum_of_connections_updates_no_column_but_those_that_are_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("ALTER TABLE contacts ALTER id ADD GENERATED ALWAYS AS IDENTITY")
        .unwrap();
    grant("SELECT, UPDATE (name, phone)", &scratch);
    let mut ann = legacy(1, conn);
    let any = &mut AnyConnection::from(scratch.connect());
    any.batch_execute(BE_ANOTHER_ROLE).unwrap();
    ann.phone = None;
    ann.save_unchanged(any).unwrap();
    assert_eq!(stored(1, conn).phone, None);
    any.transaction(|any| stored(1, conn).lock_checked(any))
        .unwrap();
}

/// Without the privilege to `UPDATE` it fails. Where only a policy keeps it from showing a row, the rows are
/// deleted one by one.
#[test]
fn a_batch_of_deletes_needs_what_a_lock_needs() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY all_are_deleted ON contacts FOR DELETE USING (true)",
    )
    .unwrap();
    let both = [Contact::ann(), Contact::bob()];
    grant("SELECT, DELETE", &scratch);
    conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
    let error = both.delete_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(stored(1, conn), both[0]);

    grant("SELECT, UPDATE, DELETE", &scratch);
    both.delete_all_checked(conn).unwrap();
    assert_eq!(contacts::table.count().get_result(conn), Ok(0_i64));
}
