//! A value that is stored as another type is inserted with Diesel.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

struct Loud(String);

impl From<String> for Loud {
    fn from(name: String) -> Self {
        Self(name.to_uppercase())
    }
}

impl diesel::expression::AsExpression<diesel::sql_types::Text> for Loud {
    type Expression = <String as diesel::expression::AsExpression<diesel::sql_types::Text>>::Expression;

    fn as_expression(self) -> Self::Expression {
        diesel::expression::AsExpression::<diesel::sql_types::Text>::as_expression(self.0)
    }
}

#[derive(Clone, Insertable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    #[diesel(serialize_as = Loud)]
    name: String,
    version: i64,
}

fn upsert(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.upsert_checked(conn)?;
    Ok(())
}

fn main() {}
