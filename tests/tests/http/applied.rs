//! A change that is repeated: is it in the row already? (No database is asked.)

use crate::requests::{any, naming, star};
use crate::revision::Revision;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Datetime, Timestamp, Timestamptz, TimestamptzSqlite};
use optlock::VersionToken;
use optlock::http::{ETag, already_applied, already_stored};
use optlock::prelude::*;
use optlock_tests::models::{Contact, Patch, Stamped};

fn base() -> Contact {
    Contact {
        version: 3,
        ..Contact::ann()
    }
}

fn mine() -> Contact {
    Contact {
        name: "mine".into(),
        ..base()
    }
}

fn saved() -> Contact {
    Contact {
        version: 4,
        ..mine()
    }
}

#[test]
fn a_row_that_is_what_the_change_makes_of_the_base_has_it() {
    assert!(already_applied(&base(), &mine(), &saved()));
}

/// Nothing tells it from another client's write, such as a touch because of a child.
#[test]
fn a_change_that_changes_nothing_is_never_applied() {
    let touched = Contact {
        version: 4,
        ..base()
    };
    assert!(!already_applied(&base(), &base(), &touched));
    assert!(!already_applied(&mine(), &mine(), &saved()));
}

/// Of a PUT of all fields nobody needs the base, but its version.
#[test]
fn a_put_is_stored_if_the_row_is_its_contents_at_the_version_after_the_header() {
    let tag = |version: i64| ETag::of_version::<Contact>(&1, &(), &version);
    let put = Contact {
        version: 0,
        ..mine()
    };
    assert!(already_stored(&put, &naming([tag(3)]), &saved()));
    assert!(already_stored(&put, &naming([tag(7), tag(3)]), &saved()));
    let bob = Contact::bob().etag();
    for header in [
        naming([tag(5)]),
        naming([tag(4)]),
        naming([tag(0)]),
        naming([bob]),
        any(),
        star(),
    ] {
        assert!(!already_stored(&put, &header, &saved()), "{header:?}");
        // Nor by the version in memory.
        assert!(!already_stored(&mine(), &header, &saved()), "{header:?}");
    }
    for current in [
        Contact {
            phone: None,
            ..saved()
        },
        Contact { id: 2, ..saved() },
        Contact {
            version: 5,
            ..saved()
        },
        mine(),
    ] {
        assert!(
            !already_stored(&put, &naming([tag(3)]), &current),
            "{current:?}"
        );
    }
}

#[test]
fn another_change_in_any_field_makes_it_false() {
    let phone = Contact {
        phone: None,
        ..saved()
    };
    let name = Contact {
        name: "theirs".into(),
        ..saved()
    };
    let nothing = Contact {
        version: 4,
        ..base()
    };
    for current in [phone, name, nothing] {
        assert!(!already_applied(&base(), &mine(), &current), "{current:?}");
    }
    let bobs = Contact { id: 2, ..mine() };
    assert!(!already_applied(&base(), &bobs, &saved()));
    // Another row, and a row that nobody has written.
    for current in [Contact { id: 2, ..saved() }, mine()] {
        assert!(!already_applied(&base(), &mine(), &current), "{current:?}");
    }
}

/// Another client has written as well: it may have touched the row because of its children.
#[test]
fn a_counter_has_advanced_once() {
    for version in [1, 3, 5] {
        let current = Contact { version, ..saved() };
        assert!(!already_applied(&base(), &mine(), &current), "{version}");
    }
}

#[test]
fn what_a_patch_leaves_alone_is_as_in_the_base() {
    let base = Patch {
        id: 1,
        a: Some("a".into()),
        b: Some("b".into()),
        version: 1,
        ..Patch::default()
    };
    let mine = Patch {
        b: Some("mine".into()),
        a: None,
        ..base.clone()
    };
    let saved = Patch {
        a: base.a.clone(),
        version: 2,
        ..mine.clone()
    };
    assert!(already_applied(&base, &mine, &saved));
    assert!(!already_applied(
        &base,
        &mine,
        &Patch {
            a: None,
            ..saved.clone()
        }
    ));
    assert!(!already_applied(
        &base,
        &mine,
        &Patch {
            c: Some("c".into()),
            ..saved
        }
    ));
}

#[test]
fn the_audit_stamp_is_that_of_the_one_write() {
    let at = |seconds| {
        chrono::DateTime::from_timestamp(seconds, 0)
            .unwrap()
            .naive_utc()
    };
    let base = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on: at(0),
    };
    let mine = Stamped {
        name: "mine".into(),
        ..base.clone()
    };
    let saved = Stamped {
        version: 2,
        updated_on: at(7),
        ..mine.clone()
    };
    assert!(already_applied(&base, &mine, &saved));
    assert!(!already_applied(
        &base,
        &mine,
        &Stamped {
            version: 3,
            ..saved
        }
    ));
}

diesel::table! {
    notes {
        id -> Integer,
        text -> Text,
        read -> Bool,
        street -> Text,
        version -> Text,
    }
}

#[derive(Debug, Clone, PartialEq, AsChangeset, Diff)]
#[diesel(table_name = notes)]
struct Address {
    street: String,
}

/// An embedded struct, a field that is ignored, and a UUID as version.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = notes)]
struct Note {
    id: i32,
    text: String,
    #[optlock(ignore)]
    read: bool,
    #[diesel(embed)]
    address: Address,
    version: optlock::UuidText,
}

#[test]
fn embedded_fields_count_and_ignored_ones_do_not() {
    let base = Note {
        id: 1,
        text: "base".into(),
        read: false,
        address: Address {
            street: "here".into(),
        },
        version: uuid::Uuid::from_u128(1).into(),
    };
    let mine = Note {
        text: "mine".into(),
        ..base.clone()
    };
    let saved = Note {
        version: uuid::Uuid::from_u128(2).into(),
        ..mine.clone()
    };
    assert!(already_applied(&base, &mine, &saved));
    assert!(already_applied(
        &base,
        &mine,
        &Note {
            read: true,
            ..saved.clone()
        }
    ));
    let moved = Note {
        address: Address {
            street: "there".into(),
        },
        ..saved
    };
    assert!(!already_applied(&base, &mine, &moved));
    assert!(!already_applied(&base, &mine, &mine));
}

/// A token of a user's own, which would tell in a column of any other type: it counts.
#[derive(Debug, Clone, PartialEq, AsExpression)]
#[diesel(sql_type = Timestamp)]
#[diesel(sql_type = Timestamptz)]
#[diesel(sql_type = Datetime)]
#[diesel(sql_type = TimestamptzSqlite)]
#[diesel(sql_type = BigInt)]
struct Tick(i64);

impl VersionToken for Tick {
    fn first() -> Self {
        Self(1)
    }

    fn next(&self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    fn encode(&self) -> String {
        self.0.encode()
    }

    fn decode(text: &str) -> Option<Self> {
        i64::decode(text).map(Self)
    }
}

/// A model of which the row advances once: is the change applied then, and the PUT stored?
macro_rules! advanced_once {
    ($($table:ident: $Version:ty;)*) => {$(
        mod $table {
            use super::*;

            diesel::table! {
                $table {
                    id -> Integer,
                    text -> Text,
                    version -> $Version,
                }
            }

            #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned, Diff)]
            #[diesel(table_name = $table)]
            struct Row {
                id: i32,
                text: String,
                version: Tick,
            }

            pub(super) fn told() -> [bool; 2] {
                let row = |text: &str, version| Row {
                    id: 1,
                    text: text.into(),
                    version: Tick(version),
                };
                let (base, mine, saved) = (row("base", 1), row("mine", 1), row("mine", 2));
                let if_match = naming([base.etag()]);
                [
                    already_applied(&base, &mine, &saved),
                    already_stored(&mine, &if_match, &saved),
                ]
            }
        }
    )*};
}

advanced_once! {
    counted: BigInt;
    counted_or_null: Nullable<BigInt>;
    time: Timestamp;
    time_or_null: Nullable<Timestamp>;
    zoned: Timestamptz;
    zoned_or_null: Nullable<Timestamptz>;
    of_mysql: Datetime;
    of_mysql_or_null: Nullable<Datetime>;
    of_sqlite: TimestamptzSqlite;
    of_sqlite_or_null: Nullable<TimestamptzSqlite>;
}

/// It tells neither how often a row was written nor by whom.
#[test]
fn a_column_of_timestamps_never_tells_whatever_the_token() {
    for told in [counted::told(), counted_or_null::told()] {
        assert_eq!(told, [true; 2]);
    }
    let told = [
        time::told(),
        time_or_null::told(),
        zoned::told(),
        zoned_or_null::told(),
        of_mysql::told(),
        of_mysql_or_null::told(),
        of_sqlite::told(),
        of_sqlite_or_null::told(),
    ];
    assert_eq!(told, [[false; 2]; 8]);
}

diesel::table! {
    papers {
        id -> Integer,
        text -> Text,
        version -> Text,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned, Diff)]
struct Paper {
    id: i32,
    text: String,
    version: Revision,
}

#[test]
fn a_counter_that_prints_as_a_text_is_no_uuid() {
    let paper = |text: &str, version: &str| Paper {
        id: 1,
        text: text.into(),
        version: Revision(version.into()),
    };
    let (base, mine) = (paper("base", "r1"), paper("mine", "r1"));
    assert!(already_applied(&base, &mine, &paper("mine", "r2")));
    assert!(!already_applied(&base, &mine, &paper("mine", "r3")));
}
