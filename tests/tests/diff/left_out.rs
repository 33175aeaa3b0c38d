//! Key, version, stamp, and what is ignored or never written.

use super::differing;
use optlock::Diff;

#[derive(Debug, Clone, PartialEq, Diff)]
#[diesel(primary_key(user_id, group_id))]
struct Membership {
    user_id: i32,
    #[diesel(column_name = group_id)]
    group: i32,
    role: String,
    lock_version: i32,
    #[optlock(updated_on)]
    updated_on: i64,
    #[optlock(ignore)]
    cache: Opaque,
    #[diesel(skip_update)]
    created_by: Opaque,
}

/// Neither comparable nor printable.
#[derive(Clone, Default)]
struct Opaque(u8);

impl PartialEq for Opaque {
    fn eq(&self, _: &Self) -> bool {
        panic!("compared")
    }
}

impl std::fmt::Debug for Opaque {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("printed")
    }
}

fn membership(number: u8) -> Membership {
    Membership {
        user_id: number.into(),
        group: number.into(),
        role: String::new(),
        lock_version: number.into(),
        updated_on: number.into(),
        cache: Opaque(number),
        created_by: Opaque(number),
    }
}

#[test]
fn what_is_no_part_of_a_diff_is_not_even_looked_at() {
    assert!(differing(&membership(1), &membership(2)).is_empty());
    let other = Membership {
        role: "admin".into(),
        ..membership(2)
    };
    assert_eq!(differing(&membership(1), &other), ["role"]);
}

#[test]
fn in_a_merge_it_is_theirs() {
    let mine = Membership {
        role: "admin".into(),
        ..membership(1)
    };
    let merged = Membership::merge(&membership(1), &mine, &membership(2)).value;
    assert_eq!(merged.role, "admin");
    assert_eq!((merged.user_id, merged.group), (2, 2));
    assert_eq!((merged.lock_version, merged.updated_on), (2, 2));
    assert_eq!((merged.cache.0, merged.created_by.0), (2, 2));
}

/// Where a field is marked, what another one is called says nothing.
#[derive(Clone, Diff)]
struct Software {
    #[allow(dead_code)]
    id: i32,
    version: String,
    #[optlock(version)]
    revision: i64,
}

#[test]
fn a_field_that_is_only_called_version_is_compared() {
    let mine = Software {
        id: 1,
        version: "1.0".into(),
        revision: 1,
    };
    let theirs = Software {
        version: "1.1".into(),
        revision: 2,
        ..mine.clone()
    };
    assert_eq!(differing(&mine, &theirs), ["version"]);
    assert_eq!(Software::merge(&mine, &mine, &theirs).value.revision, 2);
}

#[derive(Clone, Diff)]
struct Key {
    #[allow(dead_code)]
    id: i32,
    #[allow(dead_code)]
    version: i64,
}

#[test]
fn a_struct_may_have_nothing_to_compare() {
    assert!(Key::FIELDS.is_empty());
    let (mine, theirs) = (Key { id: 1, version: 1 }, Key { id: 1, version: 2 });
    assert!(mine.diff(&theirs).is_empty());
    assert_eq!(format!("{:?}", mine.field_value(0)), "()");
}
