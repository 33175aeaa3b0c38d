//! A save, a stale save, a save of what is gone.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{delete, find, rename, stored};
use crate::prelude::*;
use optlock_tests::models::Contact;

#[test]
fn a_save_writes_the_values_and_moves_the_version_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    ann.name = "Ann B.".into();
    ann.phone = Some("222".into());
    ann.save_checked(conn).unwrap();
    let expected = Contact {
        id: 1,
        name: "Ann B.".into(),
        phone: Some("222".into()),
        version: 2,
    };
    assert_eq!(ann, expected);
    assert_eq!(stored(1, conn), expected);
    assert_eq!(stored(2, conn), Contact::bob());
}

#[test]
fn none_is_saved_as_null_where_the_model_says_so() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    assert_eq!(ann.phone.take().as_deref(), Some("111"));
    ann.save_checked(conn).unwrap();
    assert_eq!(
        stored(1, conn),
        Contact {
            phone: None,
            version: 2,
            ..Contact::ann()
        }
    );
}

#[test]
fn the_same_value_can_be_saved_again_and_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    for version in 2..5 {
        ann.name = format!("Ann {version}");
        ann.save_checked(conn).unwrap();
        assert_eq!(ann.version, version);
        assert_eq!(stored(1, conn), ann);
    }
}

#[test]
fn a_save_without_any_change_moves_the_version_on_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    Contact::ann().save_checked(conn).unwrap();
    assert_eq!(
        stored(1, conn),
        Contact {
            version: 2,
            ..Contact::ann()
        }
    );
}

#[test]
fn a_stale_save_is_a_conflict_and_writes_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    rename(1, "Anna", conn);
    mine.name = "Ann B.".into();
    let before = mine.clone();
    expect::modified(mine.save_checked(conn), ANN, 1, 2);
    assert_eq!(mine, before);
    assert_eq!(
        stored(1, conn),
        Contact {
            name: "Anna".into(),
            version: 2,
            ..Contact::ann()
        }
    );
}

#[test]
fn a_blind_second_save_after_a_conflict_is_a_conflict_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    rename(1, "Anna", conn);
    mine.name = "Ann B.".into();
    for _ in 0..3 {
        expect::modified(mine.save_checked(conn), ANN, 1, 2);
    }
    assert_eq!(stored(1, conn).name, "Anna");
}

#[test]
fn the_row_is_behind_a_version_from_the_future() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        version: 7,
        ..stored(1, conn)
    };
    expect::older(mine.save_checked(conn), ANN, 7, 1);
    assert_eq!(stored(1, conn), Contact::ann());
}

#[test]
fn a_save_of_a_row_that_is_gone_does_not_insert_it_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    delete(1, conn);
    mine.name = "Ann B.".into();
    let before = mine.clone();
    expect::missing(mine.save_checked(conn), ANN, 1);
    assert_eq!(mine, before);
    assert_eq!(find(1, conn), None);
}

#[test]
fn of_three_users_who_saw_the_same_version_each_later_one_must_look_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let [mut first, mut second, mut third] = [(); 3].map(|()| stored(1, conn));

    first.name = "first".into();
    first.save_checked(conn).unwrap();

    second.phone = Some("second".into());
    expect::modified(second.save_checked(conn), ANN, 1, 2);
    second = Contact {
        phone: second.phone,
        ..stored(1, conn)
    };
    second.save_checked(conn).unwrap();

    third.name = "third".into();
    expect::modified(third.save_checked(conn), ANN, 1, 3);
    third = Contact {
        name: third.name,
        ..stored(1, conn)
    };
    third.save_checked(conn).unwrap();

    // The first one holds what was theirs, but no longer is.
    expect::modified(first.save_checked(conn), ANN, 2, 4);
    assert_eq!(
        stored(1, conn),
        Contact {
            id: 1,
            name: "third".into(),
            phone: Some("second".into()),
            version: 4
        }
    );
}
