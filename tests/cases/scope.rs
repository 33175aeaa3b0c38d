//! `#[optlock(scope)]`: a row of another tenant, and one that was soft-deleted, is no row.

use super::expect::{self, Row};
use super::people::changed_my_mind;
use crate::{Conn, SQL, Scratch};
use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use optlock::backend::Dialect;
use optlock::methods;
use optlock::prelude::*;
use optlock::{Error, Outcome, Refreshed, Saved};
use optlock_tests::any::AnyConnection;
use optlock_tests::prepared::Watch;

diesel::table! {
    documents {
        id -> Integer,
        tenant -> Nullable<Integer>,
        title -> Text,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = documents, treat_none_as_null = true)]
pub(super) struct Document {
    pub(super) id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(super) tenant: Option<i32>,
    pub(super) title: String,
    #[optlock(scope = none)]
    pub(super) deleted_at: Option<i64>,
    pub(super) version: i64,
}

/// Of the same table, for those who restore what was deleted.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = documents, treat_none_as_null = true)]
pub(super) struct Archived {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<i32>,
    deleted_at: Option<i64>,
    version: i64,
}

/// Of the same table, by a program that does not know the version.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned,
)]
#[diesel(table_name = documents, treat_none_as_null = true)]
struct Draft {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<i32>,
    title: String,
    #[optlock(scope = none)]
    deleted_at: Option<i64>,
}

/// A document as it is in the table, if there is one.
pub(super) fn document(id: i32, tenant: impl Into<Option<i32>>) -> Document {
    Document {
        id,
        tenant: tenant.into(),
        title: "first".into(),
        deleted_at: None,
        version: 1,
    }
}

/// The key of a document is unique within its tenant.
pub(super) fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .connect()
        .batch_execute(
            "CREATE TABLE documents (id INTEGER NOT NULL, tenant INTEGER, title VARCHAR(100) NOT NULL, \
             deleted_at BIGINT, version BIGINT NOT NULL, UNIQUE (id, tenant));
             INSERT INTO documents VALUES (1, 1, 'first', NULL, 1), (1, 2, 'first', NULL, 1), \
             (2, 2, 'first', NULL, 1), (3, 1, 'first', 99, 1), (4, NULL, 'first', NULL, 1)",
        )
        .unwrap();
    scratch
}

/// Each is equal to a row but for its scope.
pub(super) fn out_of_scope() -> [Document; 4] {
    let of_another_tenant = document(2, 1);
    let of_a_tenant_while_the_value_has_none = document(2, None);
    let of_none_while_the_value_has_a_tenant = document(4, 1);
    let deleted = document(3, 1);
    [
        of_another_tenant,
        of_a_tenant_while_the_value_has_none,
        of_none_while_the_value_has_a_tenant,
        deleted,
    ]
}

pub(super) fn row(id: i32) -> Row {
    let key = ["0", "1", "2", "3", "4"][usize::try_from(id).unwrap()];
    ("documents", key)
}

pub(super) fn stored(conn: &mut Conn) -> Vec<Document> {
    documents::table
        .order((documents::id, documents::tenant))
        .select(Document::as_select())
        .load(conn)
        .unwrap()
}

/// The operation finds no row for any of the values that are out of scope, whatever their version,
/// and changes nothing.
#[track_caller]
fn finds_nothing(operation: impl Fn(&mut Document, &mut Conn)) {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let before = stored(conn);
    for value in out_of_scope() {
        for version in [1, 7] {
            let mut document = Document {
                title: "overwritten".into(),
                version,
                ..value.clone()
            };
            let in_memory = document.clone();
            operation(&mut document, conn);
            assert_eq!(document, in_memory);
            assert_eq!(stored(conn), before);
        }
    }
}

/// The operation reports that the row is gone.
#[track_caller]
fn misses<T: std::fmt::Debug>(operation: impl Fn(&mut Document, &mut Conn) -> Result<T, Error>) {
    finds_nothing(|document, conn| {
        let result = operation(document, conn);
        expect::missing(result, row(document.id), document.version);
    });
}

#[test]
fn a_save_misses_what_is_out_of_scope() {
    misses(|document, conn| document.save_checked(conn));
}

#[test]
fn save_or_load_shows_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| {
        assert_eq!(document.save_or_load(conn).unwrap(), Outcome::Missing);
    });
}

#[test]
fn save_or_load_shows_nothing_that_is_out_of_scope_in_a_transaction() {
    finds_nothing(|document, conn| {
        let outcome =
            optlock::transaction(conn, document, |conn, document| document.save_or_load(conn));
        assert_eq!(outcome.unwrap(), Outcome::Missing);
    });
}

#[test]
fn a_merge_misses_what_is_out_of_scope() {
    misses(|document, conn| document.save_merged(&document.clone(), conn));
}

#[test]
fn a_save_of_the_changed_columns_misses_what_is_out_of_scope() {
    misses(|document, conn| {
        let mut tracked = Tracked::new(document.clone());
        tracked.title = "changed".into();
        tracked.save_changed(conn)
    });
}

#[test]
fn a_touch_misses_what_is_out_of_scope() {
    misses(|document, conn| document.touch_checked(conn));
}

#[test]
fn a_delete_misses_what_is_out_of_scope() {
    misses(|document, conn| document.delete_checked(conn));
}

#[test]
fn a_check_misses_what_is_out_of_scope() {
    misses(|document, conn| document.check_current(conn));
}

#[test]
fn a_lock_misses_what_is_out_of_scope() {
    misses(|document, conn| optlock::transaction(conn, (), |conn, ()| document.lock_checked(conn)));
}

#[test]
fn load_current_shows_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| assert_eq!(document.load_current(conn).unwrap(), None));
}

#[test]
fn a_refresh_shows_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| {
        assert_eq!(document.refresh(conn).unwrap(), Refreshed::Missing);
    });
}

#[test]
fn force_overwrites_nothing_that_is_out_of_scope() {
    misses(|document, conn| document.force_save(conn));
    misses(|document, conn| {
        optlock::transaction(conn, document, |conn, document| document.force_save(conn))
    });
}

#[test]
fn force_deletes_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| assert!(!document.force_delete(conn).unwrap()));
}

#[test]
fn what_is_loaded_as_another_struct_is_in_the_scope_of_the_value() {
    finds_nothing(|document, conn| {
        assert_eq!(document.load_current_as::<Draft>(conn).unwrap(), None);
        let outcome = document.save_or_load_as::<Archived>(conn);
        assert_eq!(outcome.unwrap(), Outcome::Missing);
    });
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let deleted = archived(3).load_current_as::<Document>(conn).unwrap();
    assert_eq!(deleted.unwrap().deleted_at, Some(99));
}

/// Each operation on the row of tenant 1, while tenant 2 has one of the same key.
fn story<C>(conn: &mut C)
where
    C: Connection<Backend: Dialect>,
    Document: methods::Save<C>
        + methods::SaveOrLoad<C>
        + methods::SaveMerged<C>
        + methods::SaveChanged<C>
        + methods::Touch<C>
        + methods::Delete<C>
        + methods::CheckCurrent<C>
        + methods::Lock<C>
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
    optlock::transaction(conn, &mut stale, |conn, stale| {
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
    optlock::transaction(conn, &mut stale, |conn, stale| stale.force_save(conn)).unwrap();
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

#[track_caller]
pub(super) fn names_the_scope(watch: &Watch) {
    let sent = watch.take_sent();
    let of_rows: Vec<_> = sent
        .iter()
        .filter(|sql| sql.contains("documents"))
        .filter(|sql| !(sql.contains("WHERE 1 = 0") || sql.contains("SHOW INDEX")))
        .collect();
    assert!(!of_rows.is_empty(), "{sent:?}");
    for sql in of_rows {
        assert!(sql.contains(SQL.same), "{sql}");
        assert!(sql.contains("IS NULL"), "{sql}");
    }
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

/// Deleted by each kind of save, and then it is gone.
#[track_caller]
fn is_deleted_by(save: impl Fn(&mut Document, &mut Conn) -> Result<(), Error>) {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let (mut mine, mut stale) = (document(1, 1), document(1, 1));
    mine.deleted_at = Some(5);
    save(&mut mine, conn).unwrap();
    let deleted = Document {
        deleted_at: Some(5),
        version: 2,
        ..document(1, 1)
    };
    assert_eq!(mine, deleted);
    assert_eq!(stored(conn)[..2], [deleted.clone(), document(1, 2)]);

    expect::missing(mine.save_checked(conn), row(1), 2);
    expect::missing(stale.save_checked(conn), row(1), 1);
    expect::missing(mine.delete_checked(conn), row(1), 2);
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Missing);
    assert_eq!(mine, deleted);
}

#[test]
fn setting_the_column_is_the_soft_delete() {
    is_deleted_by(|mine, conn| mine.save_checked(conn));
    is_deleted_by(|mine, conn| mine.force_save(conn));
    is_deleted_by(|mine, conn| {
        optlock::transaction(conn, mine, |conn, mine| mine.force_save(conn))
    });
    is_deleted_by(|mine, conn| {
        let base = document(1, 1);
        mine.save_merged(&base, conn).map(drop)
    });
    is_deleted_by(|mine, conn| {
        let mut tracked = Tracked::with_base(document(1, 1), mine.clone());
        assert_eq!(tracked.changed_fields()[0].name(), "deleted_at");
        tracked.save_changed(conn)?;
        *mine = tracked.into_inner();
        Ok(())
    });
}

#[test]
fn a_soft_delete_is_a_checked_write() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let (mut mine, mut theirs) = (document(1, 1), document(1, 1));
    theirs.save_checked(conn).unwrap();
    mine.deleted_at = Some(5);
    expect::modified(mine.save_checked(conn), row(1), 1, 2);
    assert_eq!(stored(conn)[0], theirs);
    // What others have changed is kept in the row that is deleted.
    let base = document(1, 1);
    mine.save_merged(&base, conn).unwrap();
    assert_eq!((mine.deleted_at, mine.version), (Some(5), 3));
}

#[test]
fn a_soft_delete_that_is_rolled_back_was_none() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut mine = document(1, 1);
    mine.deleted_at = Some(5);
    let result = optlock::transaction(conn, &mut mine, |conn, mine| {
        mine.save_checked(conn)?;
        expect::missing(mine.check_current(conn), row(1), 2);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(mine.version, 1);
    assert_eq!(stored(conn)[0], document(1, 1));
    mine.save_checked(conn).unwrap();
}

#[test]
fn a_struct_without_the_attribute_restores_what_was_deleted() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    archived(3).save_checked(conn).unwrap();
    document(3, 1).load_current(conn).unwrap().unwrap();
}

fn archived(id: i32) -> Archived {
    Archived {
        id,
        tenant: Some(1),
        deleted_at: None,
        version: 1,
    }
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

fn draft(id: i32, tenant: impl Into<Option<i32>>) -> Draft {
    Draft {
        id,
        tenant: tenant.into(),
        title: "first".into(),
        deleted_at: None,
    }
}

#[track_caller]
fn is_gone<T: std::fmt::Debug>(result: Result<T, Error>, id: i32) {
    let error = result.unwrap_err();
    expect::says(&error, row(id), "is gone");
    assert!(error.is_missing() && error.is_conflict());
}

#[test]
fn without_a_version_what_is_out_of_scope_is_missed_too() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let before = stored(conn);
    for Document { id, tenant, .. } in out_of_scope() {
        let mut draft = Tracked::new(draft(id, tenant));
        draft.title = "overwritten".into();
        is_gone(draft.save_unchanged(conn), id);
        assert_eq!(draft.title, "overwritten");
        assert_eq!(stored(conn), before);
    }
}

#[test]
fn without_a_version_the_same_key_of_another_tenant_is_another_row() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut draft = Tracked::new(draft(1, 2));
    draft.title = "second".into();
    draft.save_unchanged(conn).unwrap();
    let saved = Document {
        title: "second".into(),
        ..document(1, 2)
    };
    assert_eq!(stored(conn)[..2], [document(1, 1), saved]);
}

/// Its base is what the other row was, and the two rows look alike.
#[test]
fn without_a_version_a_value_that_was_moved_to_another_row_is_not_saved() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let before = stored(conn);
    let moves: [fn(&mut Draft); 2] = [|draft| draft.tenant = 2.into(), |draft| draft.id = 2];
    for moved in moves {
        let mut draft = Tracked::new(draft(1, 1));
        draft.title = "overwritten".into();
        moved(&mut draft);
        let id = draft.id;
        let error = draft.save_unchanged(conn).unwrap_err();
        let message = "was changed since it was loaded: title, deleted_at";
        expect::says(&error, row(id), message);
        assert!(error.is_conflict());
        assert_eq!(stored(conn), before);
    }
}

#[test]
fn without_a_version_the_soft_delete_is_saved_and_then_the_row_is_gone() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut draft = Tracked::new(draft(1, 1));
    draft.deleted_at = Some(5);
    assert_eq!(draft.save_unchanged(conn).unwrap(), Saved::Written);
    assert_eq!(draft.deleted_at, Some(5));
    assert_eq!(stored(conn)[0].deleted_at, Some(5));
    draft.title = "second".into();
    is_gone(draft.save_unchanged(conn), 1);
}
