//! The changed columns of each shape of struct.

use super::{ann, contacts, row};
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Field, Fields, Saved, Tracked, methods};
use std::fmt::Debug;

/// Somebody else has written all columns and moved no version on, so that it shows which of them
/// are written now.
fn overwritten() -> SqliteConnection {
    let mut conn = ann();
    diesel::update(contacts::table)
        .set((contacts::name.eq("?"), contacts::phone.eq("?")))
        .execute(&mut conn)
        .unwrap();
    conn
}

type Row = (i32, String, Option<String>, i64);

/// What stands in the row after a save of the changed columns.
fn after<M>(model: M, change: impl FnOnce(&mut M)) -> Row
where
    M: methods::SaveChanged<SqliteConnection> + Clone,
{
    let conn = &mut overwritten();
    let mut model = Tracked::new(model);
    change(&mut model);
    let saved = model.save_changed(conn).unwrap();
    let row = row(conn);
    assert_eq!(saved == Saved::Written, row.3 == 2);
    row
}

fn written(name: &str, phone: Option<&str>) -> Row {
    (1, name.to_owned(), phone.map(str::to_owned), 2)
}

fn untouched() -> Row {
    (1, "?".to_owned(), Some("?".to_owned()), 1)
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Tuple<'a>(
    #[diesel(column_name = id)] i32,
    #[diesel(column_name = phone)] Option<String>,
    #[optlock(version)]
    #[diesel(column_name = version)]
    i64,
    #[diesel(column_name = name)] &'a str,
);

#[test]
fn of_a_tuple_that_borrows() {
    let name = String::from("Bea");
    let tuple = || Tuple(1, Some("111".into()), 1, "Ann");
    assert_eq!(after(tuple(), |it| it.3 = &name), written("Bea", Some("?")));
    assert_eq!(after(tuple(), |it| it.1 = None), written("?", None));
    assert_eq!(after(tuple(), |_| {}), untouched());
}

#[derive(Clone, AsChangeset, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Phone {
    phone: Option<String>,
}

#[derive(Clone, AsChangeset, Diff)]
#[diesel(table_name = contacts)]
struct Name {
    name: String,
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts)]
struct Embedded {
    id: i32,
    #[diesel(embed)]
    phone: Phone,
    version: i64,
    #[diesel(embed)]
    name: Name,
}

#[test]
fn of_embedded_structs() {
    let embedded = || Embedded {
        id: 1,
        phone: Phone {
            phone: Some("111".into()),
        },
        version: 1,
        name: Name { name: "Ann".into() },
    };
    let name = after(embedded(), |it| it.name.name = "Bea".into());
    assert_eq!(name, written("Bea", Some("?")));
    let phone = after(embedded(), |it| it.phone.phone = None);
    assert_eq!(phone, written("?", None));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct Beside {
    id: i32,
    #[diesel(serialize_as = String)]
    name: &'static str,
    version: i64,
    phone: Option<String>,
}

#[test]
fn with_serialize_as_and_with_a_none_that_leaves_its_column_alone() {
    let beside = || Beside {
        id: 1,
        name: "Ann",
        version: 1,
        phone: Some("111".into()),
    };
    let name = after(beside(), |it| it.name = "Bea");
    assert_eq!(name, written("Bea", Some("?")));
    let phone = after(beside(), |it| it.phone = Some("222".into()));
    assert_eq!(phone, written("?", Some("222")));
    assert_eq!(after(beside(), |it| it.phone = None), untouched());
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Cached {
    id: i32,
    #[optlock(ignore)]
    phone: Option<String>,
    name: String,
    version: i64,
}

#[test]
fn what_is_ignored_is_not_written() {
    let cached = || Cached {
        id: 1,
        phone: Some("111".into()),
        name: "Ann".into(),
        version: 1,
    };
    let both = after(cached(), |it| {
        it.phone = None;
        it.name = "Bea".into();
    });
    assert_eq!(both, written("Bea", Some("?")));
    assert_eq!(after(cached(), |it| it.phone = None), untouched());
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Skipping {
    id: i32,
    #[diesel(skip_update)]
    name: String,
    phone: Option<String>,
    version: i64,
}

#[test]
fn what_is_never_written_takes_no_place() {
    let skipping = || Skipping {
        id: 1,
        name: "Ann".into(),
        phone: Some("111".into()),
        version: 1,
    };
    assert_eq!(after(skipping(), |it| it.phone = None), written("?", None));
    let name = after(skipping(), |it| it.name = "Bea".into());
    assert_eq!(name, untouched());
}

/// Of an impl by hand that does not say which `None` leaves its column alone.
#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct ByHand {
    id: i32,
    name: Option<String>,
    phone: Option<String>,
    version: i64,
}

impl Diff for ByHand {
    const FIELDS: Fields = Fields::new(&[Field::new("name", "name"), Field::new("phone", "phone")]);

    fn differs_in(&self, other: &Self, field: usize) -> bool {
        match field {
            0 => self.name != other.name,
            _ => self.phone != other.phone,
        }
    }

    fn take_field(&mut self, _: &Self, _: usize) {
        unreachable!("nothing is merged here")
    }

    fn field_value(&self, _: usize) -> &dyn Debug {
        unreachable!("nothing is printed here")
    }
}

#[test]
fn by_hand() {
    let by_hand = || ByHand {
        id: 1,
        name: Some("Ann".into()),
        phone: Some("111".into()),
        version: 1,
    };
    let phone = after(by_hand(), |it| {
        it.name = None;
        it.phone = Some("222".into());
    });
    assert_eq!(phone, written("?", Some("222")));
    // Without `Diff::writes` all columns are written.
    let name = after(by_hand(), |it| it.name = Some("Bea".into()));
    assert_eq!(name, written("Bea", Some("111")));
}
