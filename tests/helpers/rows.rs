//! Rows that a test inserts.

use crate::Conn;
use crate::prelude::*;
use optlock_tests::models::Wide;

pub(crate) fn insert<V, T>(table: T, value: V, conn: &mut Conn)
where
    T: diesel::Table,
    V: Insertable<T>,
    diesel::query_builder::InsertStatement<T, V::Values>:
        diesel::query_dsl::methods::ExecuteDsl<Conn>,
{
    let inserted = diesel::insert_into(table).values(value);
    diesel::query_dsl::methods::ExecuteDsl::execute(inserted, conn).unwrap();
}

pub(crate) fn wide_row(id: i32) -> Wide {
    Wide {
        id,
        a: Some("a".into()),
        version: 1,
        ..Wide::default()
    }
}
