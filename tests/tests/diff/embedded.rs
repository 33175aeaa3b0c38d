//! Embedded structs are compared field by field.

use super::{differing, in_conflict};
use optlock::{Diff, Side};

#[derive(Debug, Clone, PartialEq, Diff)]
struct Address {
    street: String,
    city: String,
}

#[derive(Debug, Clone, PartialEq, Diff)]
struct Phones {
    #[diesel(treat_none_as_null = true)]
    home: Option<String>,
    #[diesel(treat_none_as_null = false)]
    work: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Diff)]
struct Contact {
    id: i32,
    #[diesel(embed)]
    address: Address,
    name: String,
    #[diesel(embed)]
    phones: Phones,
    #[diesel(embed)]
    #[optlock(ignore)]
    audit: Audit,
    note: String,
}

/// Ignored, so it need not derive anything.
#[derive(Debug, Clone, PartialEq)]
struct Audit(u8);

fn contact() -> Contact {
    Contact {
        id: 1,
        address: Address {
            street: "Main Street".into(),
            city: "Arlington".into(),
        },
        name: "Grace".into(),
        phones: Phones {
            home: Some("1".into()),
            work: Some("2".into()),
        },
        audit: Audit(1),
        note: String::new(),
    }
}

const NAMES: [&str; 6] = ["name", "note", "street", "city", "home", "work"];

#[test]
fn their_fields_stand_behind_those_of_the_struct() {
    let names: Vec<_> = Contact::FIELDS.iter().map(|field| field.name()).collect();
    assert_eq!(names, NAMES);
    assert_eq!(Contact::FIELDS.len(), names.len());
}

/// Changes the one field of that name.
fn changed(name: &str) -> Contact {
    let mut contact = contact();
    let text = || "changed".to_owned();
    match name {
        "name" => contact.name = text(),
        "note" => contact.note = text(),
        "street" => contact.address.street = text(),
        "city" => contact.address.city = text(),
        "home" => contact.phones.home = None,
        "work" => contact.phones.work = Some(text()),
        other => panic!("what is {other}"),
    }
    contact
}

#[test]
fn each_is_a_field_of_its_own() {
    for (index, name) in NAMES.into_iter().enumerate() {
        let other = changed(name);
        assert_eq!(differing(&contact(), &other), [name]);
        let mut taken = contact();
        taken.take_field(&other, index);
        assert_eq!(taken, other, "{name}");
        assert_ne!(
            format!("{:?}", taken.field_value(index)),
            format!("{:?}", contact().field_value(index))
        );
    }
}

#[test]
fn two_may_change_two_fields_of_one_embedded_struct() {
    for mine in NAMES {
        for theirs in NAMES {
            let base = contact();
            let (mine, theirs) = ((mine, changed(mine)), (theirs, changed(theirs)));
            let merged = Contact::merge(&base, &mine.1, &theirs.1);
            assert!(merged.conflicts.is_empty());
            if mine.0 != theirs.0 {
                assert_eq!(differing(&merged.value, &theirs.1), [mine.0]);
                assert_eq!(differing(&merged.value, &mine.1), [theirs.0]);
            }
        }
    }
}

#[test]
fn a_conflict_in_one_is_resolved_in_place() {
    let (base, mine) = (contact(), changed("city"));
    let mut theirs = changed("street");
    theirs.address.city = "New York".into();
    let merged = Contact::merge(&base, &mine, &theirs);
    assert_eq!(in_conflict(&merged.conflicts), ["city"]);
    let address = merged.resolve(|_| Side::Mine).address;
    assert_eq!((&*address.street, &*address.city), ("changed", "changed"));
}

#[test]
fn a_none_that_leaves_its_column_alone_is_no_change_there_either() {
    let mut mine = contact();
    mine.phones = Phones {
        home: None,
        work: None,
    };
    let (base, theirs) = (contact(), changed("work"));
    let merged = Contact::merge(&base, &mine, &theirs);
    assert!(merged.conflicts.is_empty());
    assert_eq!(merged.value.phones.home, None);
    assert_eq!(merged.value.phones.work, Some("changed".into()));
}
