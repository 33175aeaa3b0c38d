//! `#[optlock(scope = none)]`: setting the column is the soft delete.

use crate::Conn;
use crate::helpers::documents::*;
use crate::helpers::expect;
use crate::helpers::people::changed_my_mind;
use crate::prelude::*;
use optlock::{Error, Refreshed};

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
    is_deleted_by(|mine, conn| transaction(conn, mine, |conn, mine| mine.force_save(conn)));
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
    let result = transaction(conn, &mut mine, |conn, mine| {
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
