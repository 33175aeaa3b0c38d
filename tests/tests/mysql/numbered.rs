//! Tables whose rows are numbered, for tests of which rows are locked.

use crate::Conn;
use crate::prelude::*;
use optlock_tests::models::{Counter, Membership};
use optlock_tests::schema::{counters, memberships};
use std::fmt::Debug;

diesel::table! {
    texts (k) {
        k -> Text,
        v -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = texts, primary_key(k), treat_none_as_null = true)]
pub(crate) struct Keyed {
    pub(crate) k: String,
    pub(crate) v: Option<String>,
    pub(crate) version: i64,
}

/// A table whose rows are numbered from 0.
pub(crate) struct Numbered<M> {
    pub(crate) table: &'static str,
    pub(crate) version: &'static str,
    /// The number of a row, from its key.
    pub(crate) number: &'static str,
    pub(crate) row: fn(i32) -> M,
    pub(crate) insert: fn(&[M], &mut Conn) -> QueryResult<usize>,
}

pub(crate) const COUNTERS: Numbered<Counter> = Numbered {
    table: "counters",
    version: "version",
    number: "id",
    row: |id| Counter {
        id,
        value: 0,
        version: 1,
    },
    insert: |rows, conn| {
        diesel::insert_into(counters::table)
            .values(rows)
            .execute(conn)
    },
};

pub(crate) const MEMBERSHIPS: Numbered<Membership> = Numbered {
    table: "memberships",
    version: "lock_version",
    number: "user_id * 10 + group_id",
    row: |number| Membership {
        user_id: number / 10,
        group_id: number % 10,
        role: "guest".into(),
        lock_version: 1,
    },
    insert: |rows, conn| {
        diesel::insert_into(memberships::table)
            .values(rows)
            .execute(conn)
    },
};

/// All of one user, as the rows of a tenant are.
pub(crate) const OF_ONE_USER: Numbered<Membership> = Numbered {
    number: "group_id",
    row: |group_id| Membership {
        user_id: 7,
        group_id,
        ..(MEMBERSHIPS.row)(0)
    },
    ..MEMBERSHIPS
};

diesel::table! {
    pairs (tenant, id) {
        tenant -> Text,
        id -> Integer,
        v -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = pairs, primary_key(tenant, id), treat_none_as_null = true)]
pub(crate) struct Pair {
    pub(crate) tenant: String,
    pub(crate) id: i32,
    pub(crate) v: Option<String>,
    pub(crate) version: i64,
}

pub(crate) const PAIRS: Numbered<Pair> = Numbered {
    table: "pairs",
    version: "version",
    number: "id",
    row: |id| Pair {
        tenant: "mine".into(),
        id,
        v: None,
        version: 1,
    },
    insert: |rows, conn| diesel::insert_into(pairs::table).values(rows).execute(conn),
};

pub(crate) const CREATE_PAIRS: &str = "CREATE TABLE pairs (tenant VARCHAR(36), id INTEGER, v VARCHAR(100), version BIGINT NOT NULL, \
     PRIMARY KEY (tenant, id))";

pub(crate) const TEXTS: Numbered<Keyed> = Numbered {
    table: "texts",
    version: "version",
    number: "CAST(SUBSTRING(k, 2) AS UNSIGNED)",
    row: |number| Keyed {
        k: format!("k{number:08}"),
        v: None,
        version: 1,
    },
    insert: |rows, conn| diesel::insert_into(texts::table).values(rows).execute(conn),
};

pub(crate) const CREATE_TEXTS: &str = "CREATE TABLE texts (k VARCHAR(36) NOT NULL PRIMARY KEY, v VARCHAR(100), version BIGINT NOT NULL)";

diesel::table! {
    papers {
        id -> Integer,
        tenant -> Text,
        deleted_at -> Nullable<BigInt>,
        v -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = papers, treat_none_as_null = true)]
pub(crate) struct Paper {
    pub(crate) id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(crate) tenant: String,
    #[optlock(scope = none)]
    pub(crate) deleted_at: Option<i64>,
    pub(crate) v: Option<String>,
    pub(crate) version: i64,
}

/// Beside each of them there are a paper of another tenant and one that was deleted. (Locked by somebody
/// else as well, as number 99 is of each batch of up to 60 %.)
pub(crate) const PAPERS: Numbered<Paper> = Numbered {
    table: "papers",
    version: "version",
    number: "IF(tenant = 'mine' AND deleted_at IS NULL, id, 99)",
    row: |id| Paper {
        id,
        tenant: "mine".into(),
        deleted_at: None,
        v: None,
        version: 1,
    },
    insert: |rows, conn| {
        let beside = rows.iter().flat_map(|paper| {
            let other = Paper {
                id: paper.id + 100_000,
                tenant: "other".into(),
                ..paper.clone()
            };
            let deleted = Paper {
                id: paper.id + 200_000,
                deleted_at: Some(1),
                ..paper.clone()
            };
            [paper.clone(), other, deleted]
        });
        diesel::insert_into(papers::table)
            .values(beside.collect::<Vec<_>>())
            .execute(conn)
    },
};

/// Of the same table, without soft deletes.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = papers, treat_none_as_null = true)]
pub(crate) struct Kept {
    pub(crate) id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(crate) tenant: String,
    pub(crate) v: Option<String>,
    pub(crate) version: i64,
}

/// One tenant alone.
pub(crate) const KEPT: Numbered<Kept> = Numbered {
    table: "papers",
    version: "version",
    number: "id",
    row: |id| Kept {
        id,
        tenant: "mine".into(),
        v: None,
        version: 1,
    },
    insert: |rows, conn| {
        diesel::insert_into(papers::table)
            .values(rows)
            .execute(conn)
    },
};
