//! How a struct says which table it is saved to.

use super::{CONFLICT, ann, database, row, save_twice};
use diesel::prelude::*;
use optlock::prelude::*;

mod inferred {
    use super::super::contacts;
    use super::*;

    #[derive(Clone, Identifiable, AsChangeset, Versioned)]
    pub(super) struct Contact {
        pub(super) id: i32,
        pub(super) name: String,
        pub(super) version: i64,
    }
}

#[test]
fn the_table_is_the_plural_of_the_struct() {
    let conn = &mut ann();
    let value = inferred::Contact {
        id: 1,
        name: "Bea".into(),
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

mod schema {
    diesel::table! {
        main.blog_posts {
            id -> Integer,
            title -> Text,
            version -> BigInt,
        }
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = schema::blog_posts, primary_key(id), check_for_backend(diesel::sqlite::Sqlite))]
#[diesel(base_query = schema::blog_posts::table.filter(schema::blog_posts::id.gt::<i32>(0)))]
#[diesel(base_query_type = diesel::dsl::Filter<schema::blog_posts::table, diesel::dsl::Gt<schema::blog_posts::id, i32>>)]
struct BlogPost {
    id: i32,
    #[diesel(sql_type = diesel::sql_types::Text, deserialize_as = Wrapper<String, i32>)]
    title: String,
    version: i64,
}

#[test]
fn the_table_is_in_a_module_and_in_a_schema() {
    let conn = &mut database(
        "CREATE TABLE blog_posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, version BIGINT NOT NULL);
         INSERT INTO blog_posts VALUES (1, 'a', 1)",
    );
    let value = BlogPost {
        id: 1,
        title: "b".into(),
        version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        "blog_posts 1 was changed: expected version 1, found 2"
    );
    let row = schema::blog_posts::table.first::<(i32, String, i64)>(conn);
    assert_eq!(row, Ok((1, "b".into(), 2)));
}
