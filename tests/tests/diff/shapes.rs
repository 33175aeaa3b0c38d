//! Names, columns, lifetimes and parameters.

use super::{differing, in_conflict};
use optlock::{Diff, Field, Side};

#[derive(Debug, Clone, PartialEq, Diff)]
struct Tuple<'a>(
    #[diesel(column_name = id)] i32,
    #[diesel(column_name = "type")] &'a str,
    #[diesel(column_name = size)] u8,
);

#[test]
fn a_field_of_a_tuple_is_called_as_its_column() {
    let fields: Vec<_> = Tuple::FIELDS.iter().collect();
    assert_eq!(
        fields,
        [Field::new("type", "type"), Field::new("size", "size")]
    );

    let text = String::from("text");
    let (base, mine, theirs) = (Tuple(1, "", 1), Tuple(1, &text, 1), Tuple(1, "", 2));
    assert_eq!(differing(&mine, &theirs), ["type", "size"]);
    assert_eq!(
        Tuple::merge(&base, &mine, &theirs).value,
        Tuple(1, "text", 2)
    );
}

#[derive(Debug, Clone, PartialEq, Diff)]
struct Raw {
    id: i32,
    r#type: String,
    #[diesel(column_name = full_name)]
    name: String,
}

#[test]
fn a_field_has_its_own_name_and_that_of_its_column() {
    let mine = Raw {
        id: 1,
        r#type: "a".into(),
        name: "b".into(),
    };
    let theirs = Raw {
        r#type: "c".into(),
        name: "d".into(),
        ..mine.clone()
    };
    let [kind, name] = mine.diff(&theirs)[..] else {
        panic!("two fields differ")
    };
    assert_eq!(kind.field(), Field::new("type", "type"));
    assert_eq!(name.field(), Field::new("name", "full_name"));
    assert_eq!(
        format!("{kind:?}"),
        r#"Change { field: Field { name: "type", column: "type" }, mine: "a", theirs: "c" }"#
    );
}

#[derive(Debug, Clone, PartialEq, Diff)]
struct Generic<T, const N: usize>
where
    T: Copy,
{
    id: i32,
    value: T,
    digest: [u8; N],
}

#[test]
fn a_parameter_need_only_be_comparable_where_it_is_compared() {
    let base = Generic {
        id: 1,
        value: 'a',
        digest: [1, 2],
    };
    let mine = Generic { value: 'b', ..base };
    let theirs = Generic {
        value: 'c',
        digest: [3, 4],
        ..base
    };
    let merged = Generic::merge(&base, &mine, &theirs);
    assert_eq!(in_conflict(&merged.conflicts), ["value"]);
    assert_eq!(
        format!("{:?}", merged.conflicts[0]),
        "FieldConflict { field: Field { name: \"value\", column: \"value\" }, base: 'a', mine: 'b', theirs: 'c' }"
    );
    // Until somebody decides, nothing of theirs is overwritten.
    assert_eq!(merged.value, theirs);
    let resolved = merged.resolve(|_| Side::Mine);
    assert_eq!((resolved.value, resolved.digest), ('b', [3, 4]));
}
