//! The shapes of structs that `#[derive(Fingerprint)]` takes, and what it covers. No database is asked.

use crate::{changed, editing, keys};
use optlock::fingerprint::FingerprintRow;
use optlock::{Error, Fingerprint, PageChanged};
use std::borrow::Cow;

/// Compares the fingerprint of a page that shows `before` with `now`.
fn compare(before: &impl FingerprintRow, now: &impl FingerprintRow) -> Result<(), Error> {
    let keys = keys();
    let seal = editing(&keys);
    let shown = Fingerprint::builder(&seal).row(before).build();
    Fingerprint::builder(&seal).row(now).verify(shown.as_str())
}

fn differs(before: &impl FingerprintRow, now: &impl FingerprintRow) -> PageChanged {
    match compare(before, now) {
        Err(Error::PageChanged(changed)) => changed,
        other => panic!("it should differ: {other:?}"),
    }
}

/// Neither `table!` nor another derive.
#[allow(dead_code)] // what is not covered is not read
#[derive(Clone, Default, Fingerprint)]
struct Note {
    id: i32,
    title: String,
    text: Option<String>,
    price: f64,
    #[diesel(skip_update)]
    made_by: String,
    #[optlock(ignore)]
    views: i64,
    #[optlock(skip_fingerprint)]
    editors: Vec<String>,
    #[optlock(updated_on)]
    seen: i64,
    #[optlock(version)]
    revision: i64,
    /// Of the document: no other derive says that it is the version of the row.
    version: i64,
    lock_version: i64,
}

#[test]
fn each_field_is_covered_that_is_not_left_out_or_marked_as_the_version() {
    let note = Note::default();
    compare(&note, &note.clone()).unwrap();
    let ignored = Note {
        views: 1,
        editors: vec!["Bob".into()],
        seen: 1,
        revision: 1,
        ..note.clone()
    };
    compare(&note, &ignored).unwrap();
    let title = Note {
        title: "Hello".into(),
        ..note.clone()
    };
    changed(compare(&note, &title), &["notes 0.title"]);
    let text = Note {
        text: Some(String::new()),
        ..note.clone()
    };
    changed(compare(&note, &text), &["notes 0.text"]);
    let price = Note {
        price: 0.1,
        ..note.clone()
    };
    changed(compare(&note, &price), &["notes 0.price"]);
    let made_by = Note {
        made_by: "Bob".into(),
        ..note.clone()
    };
    changed(compare(&note, &made_by), &["notes 0.made_by"]);
    let version = Note {
        version: 1,
        lock_version: 1,
        ..note.clone()
    };
    changed(
        compare(&note, &version),
        &["notes 0.version", "notes 0.lock_version"],
    );
    let other = Note { id: 1, ..note };
    assert_eq!(differs(&other, &Note::default()).parts().len(), 6);
}

/// What a page shows of a table whose rows have no version, and whose columns are called so.
#[derive(Fingerprint)]
struct Release {
    id: i32,
    version: String,
    lock_version: Option<i32>,
}

#[test]
fn a_field_that_is_called_version_is_covered_where_the_struct_has_none() {
    let release = |version: &str| Release {
        id: 7,
        version: version.into(),
        lock_version: None,
    };
    compare(&release("1.0"), &release("1.0")).unwrap();
    let result = compare(&release("1.0"), &release("1.1"));
    changed(result, &["releases 7.version"]);
    let locked = Release {
        lock_version: Some(0),
        ..release("1.0")
    };
    let result = compare(&release("1.0"), &locked);
    changed(result, &["releases 7.lock_version"]);
}

#[test]
fn it_is_left_out_where_the_struct_is_versioned() {
    let ann = optlock_tests::models::Contact::ann();
    let saved = optlock_tests::models::Contact {
        version: 2,
        ..ann.clone()
    };
    compare(&ann, &saved).unwrap();
}

/// Its type has no stable bytes, and needs none.
#[derive(Clone, Fingerprint)]
struct Invoice {
    id: i32,
    #[optlock(fingerprint_with = Money::printed)]
    total: Money,
    #[optlock(fingerprint_with = discount)]
    discount: Option<Money>,
}

#[derive(Debug, Clone, PartialEq)]
struct Money(i64);

impl Money {
    fn printed(&self) -> String {
        self.0.to_string()
    }
}

fn discount(discount: &Option<Money>) -> Option<String> {
    discount.as_ref().map(Money::printed)
}

#[test]
fn what_a_function_makes_of_a_field_is_a_part() {
    let invoice = Invoice {
        id: 7,
        total: Money(42),
        discount: None,
    };
    compare(&invoice, &invoice.clone()).unwrap();
    let total = Invoice {
        total: Money(43),
        ..invoice.clone()
    };
    changed(compare(&invoice, &total), &["invoices 7.total"]);
    let discount = Invoice {
        discount: Some(Money(0)),
        ..invoice.clone()
    };
    changed(compare(&invoice, &discount), &["invoices 7.discount"]);
}

#[derive(Fingerprint)]
#[diesel(table_name = crate::derive::pages, primary_key(site, slug))]
struct Page<'a, T> {
    site: i32,
    slug: &'a str,
    #[optlock(scope)]
    tenant: Option<i32>,
    #[optlock(scope = none)]
    deleted_at: Option<i64>,
    #[diesel(column_name = body)]
    text: Cow<'a, str>,
    tags: T,
}

diesel::table! {
    pages (site, slug) {
        site -> Integer,
        slug -> Text,
        tenant -> Nullable<Integer>,
        deleted_at -> Nullable<BigInt>,
        body -> Text,
        tags -> Text,
    }
}

fn page(tenant: Option<i32>, tags: Vec<&str>) -> Page<'_, Vec<&str>> {
    Page {
        site: 1,
        slug: "news",
        tenant,
        deleted_at: None,
        text: "hello".into(),
        tags,
    }
}

#[test]
fn a_struct_may_borrow_and_have_parameters_and_a_scope() {
    let before = page(Some(3), vec!["a"]);
    compare(&before, &page(Some(3), vec!["a"])).unwrap();
    let row = r#"pages (1, "news")"#;
    let tags = format!("{row}.tags");
    changed(compare(&before, &page(Some(3), vec!["a", "b"])), &[&tags]);
    let deleted = Page {
        deleted_at: Some(1),
        ..page(Some(3), vec!["a"])
    };
    changed(compare(&before, &deleted), &[&format!("{row}.deleted_at")]);
    // A row of another tenant is another row, and the tenant is not named.
    let other = differs(&before, &page(Some(4), vec!["a"]));
    assert_eq!(other.parts().len(), 3);
    assert_eq!(other.parts()[0].key(), Some(r#"(1, "news")"#));
}

#[derive(Clone, Fingerprint)]
struct Address {
    street: String,
    /// A column like any other: this struct has no key.
    version: i32,
}

#[derive(Clone, Fingerprint)]
struct Customer {
    id: i32,
    #[diesel(embed)]
    home: Address,
    #[diesel(embed)]
    work: Option<Address>,
}

#[test]
fn the_fields_of_embedded_structs_are_parts() {
    let address = |street: &str| Address {
        street: street.into(),
        version: 1,
    };
    let customer = |home, work| Customer { id: 7, home, work };
    let before = customer(address("a"), None);
    compare(&before, &before.clone()).unwrap();
    changed(
        compare(&before, &customer(address("b"), None)),
        &["customers 7.street"],
    );
    let version = Address {
        version: 2,
        ..address("a")
    };
    changed(
        compare(&before, &customer(version, None)),
        &["customers 7.version"],
    );
    let works = customer(address("a"), Some(address("w")));
    changed(
        compare(&before, &works),
        &[
            "customers 7.work",
            "customers 7.street",
            "customers 7.version",
        ],
    );
    let gone = differs(&works, &before);
    assert_eq!(gone.parts().len(), 1);
    assert_eq!((gone.parts()[0].name(), gone.gone()), ("work", 2));
    changed(
        compare(&works, &customer(address("a"), Some(address("x")))),
        &["customers 7.street"],
    );
}

#[derive(Fingerprint)]
struct Member(
    #[diesel(column_name = id)] i32,
    #[diesel(column_name = "type")] &'static str,
);

#[test]
fn a_tuple_struct_has_the_names_of_its_columns() {
    let result = compare(&Member(1, "a"), &Member(1, "b"));
    changed(result, &["members 1.type"]);
}

#[derive(Fingerprint)]
#[diesel(primary_key(user, group))]
struct Membership {
    user: i32,
    group: i32,
}

#[test]
fn a_row_of_a_key_alone_can_be_there_or_not() {
    let (one, other) = (
        Membership { user: 1, group: 2 },
        Membership { user: 2, group: 1 },
    );
    compare(&one, &one).unwrap();
    changed(compare(&one, &other), &["memberships (2, 1).row"]);
}
