//! How a statement is found in Diesel's cache of prepared statements.

use diesel::query_builder::QueryId;
use std::marker::PhantomData;

/// What is known about the text of a model's `UPDATE`, and so how it is cached: [`Fixed`],
/// [`ByText`] or [`Varying`].
pub trait StatementText: sealed::Sealed {
    /// Names the model in the cache. Only read if [`FIXED`](Self::FIXED).
    type Id: 'static;
    /// The text is always the same, so that the type alone finds the prepared statement.
    const FIXED: bool;
    /// The prepared statement is kept.
    const CACHED: bool;
}

/// The text is always the same: the statement is found by the type `Model` (with `'static` for its
/// lifetimes), without building its text.
///
/// **Two statements with different texts must never share an id: Diesel would run the wrong one and
/// return `Ok`.** The derive says `Fixed` only where it can prove it. Debug builds compare the text
/// with the first one seen for the id, and panic at a difference.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// use optlock::statement::StatementText;
///
/// # #[allow(dead_code)]
/// #[derive(Identifiable, AsChangeset, Versioned)]
/// #[diesel(table_name = contacts, treat_none_as_null = false)]
/// struct Patch {
///     id: i32,
///     name: Option<String>,
///     version: i64,
/// }
///
/// assert!(<Contact as Versioned>::Text::FIXED);
/// assert!(!<Patch as Versioned>::Text::CACHED);
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Fixed<Model>(PhantomData<Model>);

/// The text may differ between values, but takes few forms: the statement is found by its text, and
/// kept.
#[derive(Debug, Clone, Copy)]
pub struct ByText;

/// The text depends on which fields are set, so that ten optional fields have 1,024 texts: the
/// statement is prepared for one use.
#[derive(Debug, Clone, Copy)]
pub struct Varying;

/// The proof behind [`Fixed`]: what the fields of a model say about the text of its `UPDATE`.
pub trait FixedText: 'static {
    /// Each field that is written is always written, and its expression is always the same text.
    const FIXED: bool;
}

impl<Model: FixedText> StatementText for Fixed<Model> {
    type Id = Model;
    const FIXED: bool = Model::FIXED;
    const CACHED: bool = true;
}

/// The text follows from the type of what is set.
#[derive(Debug, Clone, Copy)]
pub struct OfSet<Set>(PhantomData<Set>);

impl<Set: QueryId<QueryId: 'static>> StatementText for OfSet<Set> {
    type Id = Set::QueryId;
    const FIXED: bool = Set::HAS_STATIC_QUERY_ID;
    const CACHED: bool = true;
}

impl StatementText for ByText {
    type Id = ();
    const FIXED: bool = false;
    const CACHED: bool = true;
}

impl StatementText for Varying {
    type Id = ();
    const FIXED: bool = false;
    const CACHED: bool = false;
}

mod sealed {
    pub trait Sealed {}
    impl<Model> Sealed for super::Fixed<Model> {}
    impl<Set> Sealed for super::OfSet<Set> {}
    impl Sealed for super::ByText {}
    impl Sealed for super::Varying {}
}
