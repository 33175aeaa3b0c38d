//! What a `None` of mine says.

use super::in_conflict;
use optlock::Diff;

#[derive(Debug, Clone, PartialEq, Diff)]
#[diesel(treat_none_as_null = false)]
struct Patch {
    id: i32,
    a: Option<u8>,
    #[diesel(treat_none_as_null = true)]
    b: Option<u8>,
}

const fn patch(a: Option<u8>, b: Option<u8>) -> Patch {
    Patch { id: 1, a, b }
}

#[test]
fn a_none_that_leaves_the_column_alone_is_no_change() {
    let base = patch(Some(1), Some(1));
    let (mine, theirs) = (patch(None, None), patch(Some(2), Some(1)));
    let merged = Patch::merge(&base, &mine, &theirs);
    assert_eq!(merged.value, patch(Some(2), None));
    assert!(merged.conflicts.is_empty());
    assert_eq!(merged.taken_from_theirs[0].name(), "a");
}

#[test]
fn a_none_that_becomes_null_is_one() {
    let base = patch(Some(1), Some(1));
    let (mine, theirs) = (patch(Some(1), None), patch(Some(1), Some(2)));
    let merged = Patch::merge(&base, &mine, &theirs);
    assert_eq!(in_conflict(&merged.conflicts), ["b"]);
}

#[test]
fn a_none_of_theirs_is_what_stands_in_the_row() {
    let (base, theirs) = (patch(Some(1), Some(1)), patch(None, None));
    assert_eq!(Patch::merge(&base, &base, &theirs).value, theirs);
    let mine = patch(Some(2), Some(1));
    let merged = Patch::merge(&base, &mine, &theirs);
    assert_eq!(in_conflict(&merged.conflicts), ["a"]);
}
