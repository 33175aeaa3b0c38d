//! Is a change that is repeated in the row already?

use crate::diff::{Diff, has_changed};
use crate::identity::is_same_row;
use crate::token::{VersionToken as _, VersionValue};
use crate::versioned::Versioned;
use diesel::dsl::SqlTypeOf;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use diesel::sql_types;
use diesel::sql_types::{Nullable, Timestamp};
use std::any::TypeId;

/// Is what a refused PUT or PATCH asks for in the row already? Then its first answer was lost, and RFC 9110,
/// section 13.1.1, allows a success, **with the whole representation as it is now** in the body, so that the
/// client sees what the version that it goes on with contains.
///
/// `base` is the value that the client has edited, with its version; `mine` what it wants; `current` the row
/// as it is now. For a PUT of all fields, for which nobody needs the base, pass `mine` twice.
///
/// True only if every field of the row is what the change makes of the base: its own fields as `mine`, and
/// all others as in `base`. So a change by another client in any other field makes it false, in a column such
/// as `updated_by` too.
///
/// ```
/// # include!("../doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::http::already_applied;
///
/// let base: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let mine = Contact { name: "Ann B.".into(), ..base.clone() };
/// let mut sent = mine.clone();
/// sent.save_checked(conn)?; // .. and the answer is lost; the client repeats its request, and gets a conflict ..
/// let current = mine.load_current(conn)?.expect("the row is there");
/// assert!(already_applied(&base, &mine, &current));
///
/// let mut other = current;
/// other.email = None;
/// other.save_checked(conn)?;
/// assert!(!already_applied(&base, &mine, &other));
/// # Ok(())
/// # }
/// ```
///
/// - **A counter must have advanced once** since the base: otherwise another client has written too, perhaps
///   only touched the row because of its children. A UUID does not tell; with one, ask this only of a row
///   whose body is its own columns.
/// - **A timestamp as version**: always false. It tells neither how often the row was written nor by whom.
/// - **Fields marked `#[optlock(ignore)]`** are not compared. The audit stamp is that of the one write.
/// - **Never for a POST, and never for a relative change** (`stock = stock - 1`): the same contents do not
///   mean the same change.
///
/// optlock never asks this by itself: whether a repeated request is a success is the handler's choice.
pub fn already_applied<M: Versioned + Diff>(base: &M, mine: &M, current: &M) -> bool {
    is_same_row(base, mine)
        && is_same_row(base, current)
        && may_be_next(base, current)
        && (0..M::FIELDS.len()).all(|field| {
            let wanted = if has_changed(mine, base, field) {
                mine
            } else {
                base
            };
            !current.differs_in(wanted, field)
        })
}

/// Can the version of the row be that of one write since the base?
fn may_be_next<M: Versioned>(base: &M, current: &M) -> bool {
    let (before, after) = (base.version(), current.version());
    let next = match (before.describe(), after.describe()) {
        (VersionValue::Text(_), VersionValue::Text(_)) => None,
        _ => Some(before.next()),
    };
    let is_one_write = next.is_none_or(|next| next.as_ref() == Some(after));
    before != after && is_one_write && !is_time::<M>()
}

/// Is the version column one of timestamps, whatever the type of the token?
fn is_time<M: Versioned>() -> bool {
    let times = [
        TypeId::of::<Timestamp>(),
        TypeId::of::<Nullable<Timestamp>>(),
        #[cfg(feature = "postgres")]
        TypeId::of::<sql_types::Timestamptz>(),
        #[cfg(feature = "postgres")]
        TypeId::of::<Nullable<sql_types::Timestamptz>>(),
        #[cfg(feature = "mysql")]
        TypeId::of::<sql_types::Datetime>(),
        #[cfg(feature = "mysql")]
        TypeId::of::<Nullable<sql_types::Datetime>>(),
        #[cfg(feature = "sqlite")]
        TypeId::of::<sql_types::TimestamptzSqlite>(),
        #[cfg(feature = "sqlite")]
        TypeId::of::<Nullable<sql_types::TimestamptzSqlite>>(),
    ];
    times.contains(&TypeId::of::<SqlTypeOf<M::VersionColumn>>())
}
