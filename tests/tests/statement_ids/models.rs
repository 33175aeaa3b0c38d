//! More models of `contacts`, each with a text of its own.

use crate::prelude::*;
use diesel::expression::AsExpression;
use diesel::query_builder::AsChangeset;
use diesel::sql_types::Text;
use optlock::VersionedChangeset;
use optlock::statement::ByText;
use optlock_tests::schema::contacts;
use std::marker::PhantomData;

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
pub(crate) struct Phone {
    pub id: i32,
    pub phone: Option<String>,
    pub version: i64,
}

/// The columns of `Contact` in another order.
#[derive(Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
pub(crate) struct Reordered {
    pub version: i64,
    pub phone: Option<String>,
    pub name: String,
    pub id: i32,
}

/// Its text depends on what is set in the embedded struct.
#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
pub(crate) struct Embedding {
    pub id: i32,
    #[diesel(embed)]
    pub details: Details,
    pub version: i64,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
pub(crate) struct Details {
    pub name: Option<String>,
    pub phone: Option<String>,
}

/// Diesel writes its clone.
#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
pub(crate) struct Shouting {
    pub id: i32,
    #[diesel(serialize_as = Shout)]
    pub name: String,
    pub version: i64,
}

#[derive(Debug, AsExpression)]
#[diesel(sql_type = Text)]
pub(crate) struct Shout(String);

impl From<String> for Shout {
    fn from(name: String) -> Self {
        Self(name.to_uppercase())
    }
}

impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<Text, DB> for Shout
where
    String: diesel::serialize::ToSql<Text, DB>,
{
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, DB>,
    ) -> diesel::serialize::Result {
        self.0.to_sql(out)
    }
}

/// A type parameter could be anything.
#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
pub(crate) struct Generic<Tag> {
    pub id: i32,
    pub name: String,
    pub version: i64,
    #[diesel(skip_update)]
    pub tag: PhantomData<Tag>,
}

/// An impl by hand, which claims nothing about its text.
#[derive(Identifiable, AsChangeset)]
#[diesel(table_name = contacts)]
pub(crate) struct ByHand {
    pub id: i32,
    pub name: String,
    pub version: i64,
}

impl Versioned for ByHand {
    type Table = contacts::table;
    type Key = i32;
    type VersionColumn = contacts::version;
    type Version = i64;
    type Scope = ();
    type Text = ByText;
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id
    }

    fn version(&self) -> &i64 {
        &self.version
    }

    fn set_version(&mut self, version: i64) {
        self.version = version;
    }

    fn scope(&self) {}
}

impl<'a> VersionedChangeset<'a> for ByHand {
    type Changeset = <&'a Self as AsChangeset>::Changeset;
    type StampChangeset = ();

    fn changeset(&'a self) -> Self::Changeset {
        self.as_changeset()
    }

    fn stamp_changeset(&'a self) {}
}
