//! The Rust blocks of the README, compiled and run on SQLite in memory. `build.rs` takes them out
//! of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]
#![allow(dead_code, unreachable_pub, unused_variables)] // what a program shows in pieces

mod setup {
    pub(crate) use diesel::connection::SimpleConnection as _;
    pub(crate) use diesel::prelude::*;
    pub(crate) use optlock::prelude::*;

    diesel::table! {
        contacts {
            id -> Integer,
            name -> Text,
            email -> Nullable<Text>,
            version -> BigInt,
        }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = contacts, treat_none_as_null = true)]
    pub(crate) struct Contact {
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) email: Option<String>,
        pub(crate) version: i64,
    }

    pub(crate) fn connection() -> SqliteConnection {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute(
            "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1);
             INSERT INTO contacts (id, name) VALUES (7, 'Grace Hopper'), (8, 'Ada Lovelace');",
        )
        .unwrap();
        conn
    }
}

mod blocks {
    include!(concat!(env!("OUT_DIR"), "/readme.rs"));
}

/// The chapter as a reader sees it: without what differs between a page of rustdoc and one of
/// Markdown, which are the lines that only rustdoc hides, the levels of the headings, what a block is
/// marked with, and where a link leads.
fn as_read(chapter: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in chapter.trim().lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            lines.push("```");
        } else if is_code {
            lines.extend((!line.starts_with("# ")).then_some(line));
        } else if line.starts_with('#') {
            lines.push(line.trim_start_matches('#'));
        } else if line.starts_with('[') {
            lines.push(line.split_once("]: ").map_or(line, |(name, _)| name));
        } else {
            lines.push(line);
        }
    }
    lines
}

#[test]
fn the_docs_have_the_same_chapter_on_conflicts() {
    let readme = include_str!("../../README.md");
    let (_, chapter) = readme
        .split_once("\n## What to do about a conflict\n")
        .unwrap();
    let (chapter, _) = chapter.split_once("\n## ").unwrap();
    let docs = include_str!("../../optlock/docs/conflicts.md");
    let docs = docs
        .strip_prefix("# What to do about a conflict\n")
        .unwrap();
    for (line, (readme, docs)) in as_read(chapter).iter().zip(as_read(docs)).enumerate() {
        assert_eq!(
            *readme, docs,
            "line {line} of README.md and of optlock/docs/conflicts.md"
        );
    }
    assert_eq!(as_read(chapter).len(), as_read(docs).len());
}
