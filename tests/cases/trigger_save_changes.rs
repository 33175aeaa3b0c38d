//! Diesel's `save_changes`, which sets the version back to the one in memory, on a table with a trigger.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::stored;
use crate::helpers::triggers;
use crate::prelude::*;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// Without `skip_update`.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset)]
#[diesel(table_name = contacts)]
struct Plain {
    id: i32,
    name: String,
    phone: Option<String>,
    version: i64,
}

#[test]
fn save_changes_is_noticed_although_it_sets_the_version_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    let (mut theirs, mut third) = (stored(1, conn), stored(1, conn));
    let stale = Plain {
        id: 1,
        name: "Anna".into(),
        phone: None,
        version: 1,
    };
    theirs.save_checked(conn).unwrap();
    let _: Plain = stale.save_changes(conn).unwrap();
    expect::modified(third.save_checked(conn), ANN, 1, 3);
    expect::modified(theirs.save_checked(conn), ANN, 2, 3);
    let now = stored(1, conn);
    assert_eq!((now.name.as_str(), now.version), ("Anna", 3));
}
