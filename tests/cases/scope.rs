//! `#[optlock(scope)]`: a row of another tenant is another row, and no statement leaves the scope out.

use crate::helpers::documents::*;
use crate::helpers::expect;
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn};
use optlock::{Outcome, Refreshed, Saved};
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;

/// Each operation on the row of tenant 1, while tenant 2 has one of the same key.
fn story<C>(conn: &mut C)
where
    C: TransactionConnection,
    Document: methods::Save<C>
        + methods::SaveOrLoad<C>
        + methods::SaveMerged<C>
        + methods::SaveChanged<C>
        + methods::Touch<C>
        + methods::Delete<C>
        + methods::CheckCurrent<C>
        + methods::LockRow<C>
        + methods::LoadCurrent<C>
        + methods::Refresh<C>
        + methods::ForceSave<C>
        + methods::ForceDelete<C>,
{
    let (mut mine, mut stale) = (document(1, 1), document(1, 1));
    mine.title = "mine".into();
    mine.save_checked(conn).unwrap();
    mine.touch_checked(conn).unwrap();
    mine.check_current(conn).unwrap();
    assert_eq!(mine.version, 3);
    assert_eq!(stale.load_current(conn).unwrap(), Some(mine.clone()));
    expect::modified(stale.save_checked(conn), row(1), 1, 3);
    assert_eq!(
        stale.save_or_load(conn).unwrap(),
        Outcome::Changed(mine.clone())
    );
    transaction(conn, &mut stale, |conn, stale| {
        expect::modified(stale.touch_checked(conn), row(1), 1, 3);
        expect::modified(stale.lock_checked(conn), row(1), 1, 3);
        mine.lock_checked(conn)
    })
    .unwrap();

    let mut tracked = Tracked::new(mine.clone());
    tracked.title = "tracked".into();
    assert_eq!(tracked.save_changed(conn).unwrap(), Saved::Written);
    let base = mine.clone();
    mine.title = "tracked".into();
    assert_eq!(mine.save_merged(&base, conn).unwrap(), []);
    assert_eq!(mine.version, 5);
    assert_eq!(
        stale.refresh(conn).unwrap(),
        Refreshed::Updated(document(1, 1))
    );
    stale.force_save(conn).unwrap();
    transaction(conn, &mut stale, |conn, stale| stale.force_save(conn)).unwrap();
    assert_eq!(stale.version, 7);
    expect::modified(mine.delete_checked(conn), row(1), 5, 7);
    stale.delete_checked(conn).unwrap();
    expect::missing(mine.save_checked(conn), row(1), 5);
    assert!(!mine.force_delete(conn).unwrap());
}

#[test]
fn the_same_key_of_another_tenant_is_another_row() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let others = stored(conn).split_off(1);
    story(conn);
    assert_eq!(stored(conn), others);
    assert!(document(1, 2).force_delete(conn).unwrap());
    assert_eq!(stored(conn), others[1..]);
}

#[test]
fn the_same_key_of_another_tenant_is_another_row_on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let others = stored(conn).split_off(1);
    story(&mut AnyConnection::from(scratch.connect()));
    assert_eq!(stored(conn), others);
}

#[test]
fn a_tenant_of_null_is_a_tenant() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let (mut shared, stale) = (document(4, None), document(4, None));
    shared.save_checked(conn).unwrap();
    expect::modified(stale.check_current(conn), row(4), 1, 2);
    assert_eq!(stale.load_current(conn).unwrap(), Some(shared.clone()));
    shared.delete_checked(conn).unwrap();
}

/// Nothing that reads or writes the table leaves the scope out.
#[test]
fn each_statement_names_the_scope() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    story(conn);
    names_the_scope(&watch);
    let mut draft = Tracked::new(draft(1, 2));
    draft.title = "changed".into();
    draft.save_unchanged(conn).unwrap();
    names_the_scope(&watch);
}

/// The value of the scope is a bind, also where it is NULL.
#[test]
fn each_statement_is_prepared_once_for_all_tenants() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let work = |conn: &mut Conn, mut document: Document| {
        let mut stale = document.clone();
        document.save_checked(conn).unwrap();
        document.touch_checked(conn).unwrap();
        expect::modified(stale.save_checked(conn), row(document.id), 1, 3);
        let _ = stale.refresh(conn).unwrap();
        document.delete_checked(conn).unwrap();
    };
    let watch = Watch::on(conn);
    work(conn, document(1, 1));
    assert_eq!(watch.take_cached().len(), 5);
    work(conn, document(1, 2));
    work(conn, document(4, None));
    assert_eq!(watch.take_cached(), [""; 0]);
}

#[test]
fn no_save_changes_the_scope_of_a_row() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let (mut mine, others) = (document(1, 1), stored(conn).split_off(1));
    let watch = Watch::on(conn);
    mine.save_checked(conn).unwrap();
    let sent = watch.take_sent().remove(0);
    let (set, _) = sent.split_once("WHERE").unwrap();
    assert!(
        !set.contains("tenant") && set.contains("deleted_at"),
        "{set}"
    );
    assert_eq!(stored(conn).split_off(1), others);
}

/// A statement that is found by its type must not be found for a struct of another scope.
#[test]
fn structs_of_one_table_and_of_different_scopes_share_no_statement() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    for _ in 0..2 {
        expect::missing(document(3, 1).touch_checked(conn), row(3), 1);
        expect::missing(document(3, 1).delete_checked(conn), row(3), 1);
        expect::missing(document(3, 1).check_current(conn), row(3), 1);
        assert!(!document(3, 1).force_delete(conn).unwrap());
    }
    archived(3).check_current(conn).unwrap();
    archived(3).touch_checked(conn).unwrap();
    assert!(archived(3).force_delete(conn).unwrap());
    archived(1).delete_checked(conn).unwrap();
    assert_eq!(stored(conn).len(), 3);
}

/// Two values of one key are the base of each other only within a scope.
#[test]
fn a_value_of_another_tenant_is_no_base_of_a_merge() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let (base, mut mine, mut theirs) = (document(1, 2), document(1, 1), document(1, 1));
    theirs.title = "theirs".into();
    theirs.save_checked(conn).unwrap();
    mine.title = "mine".into();
    let result = mine.save_merged(&base, conn);
    expect::modified(result, row(1), 1, 2);
    let mut tracked = Tracked::with_base(base, mine);
    expect::modified(tracked.save_merged(conn), row(1), 1, 2);
    assert_eq!(stored(conn)[..2], [theirs, document(1, 2)]);
}

#[test]
fn a_value_of_another_tenant_is_no_base_of_a_tracked_value() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut tracked = Tracked::with_base(document(1, 2), document(1, 1));
    assert_eq!(tracked.save_checked(conn).unwrap(), Saved::Written);
    assert_eq!(tracked.version, 2);
    let mut tracked = Tracked::with_base(document(2, 2), document(2, 1));
    expect::missing(tracked.save_checked(conn), row(2), 1);
}
