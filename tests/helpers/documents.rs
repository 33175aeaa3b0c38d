//! Documents of tenants, which can be soft-deleted: a model with both forms of `#[optlock(scope)]`.

use super::expect::Row;
use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
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
pub(crate) struct Document {
    pub(crate) id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(crate) tenant: Option<i32>,
    pub(crate) title: String,
    #[optlock(scope = none)]
    pub(crate) deleted_at: Option<i64>,
    pub(crate) version: i64,
}

/// Of the same table, for those who restore what was deleted.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = documents, treat_none_as_null = true)]
pub(crate) struct Archived {
    pub(crate) id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(crate) tenant: Option<i32>,
    pub(crate) deleted_at: Option<i64>,
    pub(crate) version: i64,
}

/// Of the same table, by a program that does not know the version.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned,
)]
#[diesel(table_name = documents, treat_none_as_null = true)]
pub(crate) struct Draft {
    pub(crate) id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(crate) tenant: Option<i32>,
    pub(crate) title: String,
    #[optlock(scope = none)]
    pub(crate) deleted_at: Option<i64>,
}

/// A document as it is in the table, if there is one.
pub(crate) fn document(id: i32, tenant: impl Into<Option<i32>>) -> Document {
    Document {
        id,
        tenant: tenant.into(),
        title: "first".into(),
        deleted_at: None,
        version: 1,
    }
}

pub(crate) fn archived(id: i32) -> Archived {
    Archived {
        id,
        tenant: Some(1),
        deleted_at: None,
        version: 1,
    }
}

pub(crate) fn draft(id: i32, tenant: impl Into<Option<i32>>) -> Draft {
    Draft {
        id,
        tenant: tenant.into(),
        title: "first".into(),
        deleted_at: None,
    }
}

/// The key of a document is unique within its tenant.
pub(crate) fn scratch() -> Scratch {
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
pub(crate) fn out_of_scope() -> [Document; 4] {
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

pub(crate) fn row(id: i32) -> Row {
    let key = ["0", "1", "2", "3", "4"][usize::try_from(id).unwrap()];
    ("documents", key)
}

pub(crate) fn stored(conn: &mut Conn) -> Vec<Document> {
    documents::table
        .order((documents::id, documents::tenant))
        .select(Document::as_select())
        .load(conn)
        .unwrap()
}

#[track_caller]
pub(crate) fn names_the_scope(watch: &Watch) {
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
