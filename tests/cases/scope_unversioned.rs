//! `#[optlock(scope)]` on a table without a version.

use crate::helpers::documents::*;
use crate::helpers::expect;
use crate::prelude::*;
use optlock::{Error, Saved};

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
