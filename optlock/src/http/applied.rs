//! Is a change that is repeated in the row already?

use super::if_match::IfMatch;
use crate::diff::{Diff, has_changed};
use crate::identity::is_same_row;
use crate::key_text::KeyText;
use crate::operation::Admitted;
use crate::token::VersionToken as _;
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
/// `base` is the value that the client has edited, **with the version that it holds**; `mine` what it wants;
/// `current` the row as it is now. For a PUT of all fields, for which nobody needs the base, there is
/// [`already_stored`].
///
/// True only if every field of the row is what the change makes of the base: its own fields as `mine`, and
/// all others as in `base`. So a change by another client in any other field makes it false, in a column such
/// as `updated_by` too.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
/// - **A base that the request has built has no version of its own**: let
///   [`require`](super::Conditional::require) set the one that the client holds. `save_if_match` leaves a value
///   that it did not save as it was.
/// - **A model of all columns**: what it does not have is not compared, and another client may have changed it.
/// - **A change that changes nothing** is never applied: nothing in the row tells it from another client's write,
///   which may have touched the row because of its children.
/// - **A counter must have advanced once** since the base: otherwise another client has written too. A UUID does
///   not tell; with one, ask this only of a row whose body is its own columns.
/// - **A timestamp as version**: always false. It tells neither how often the row was written nor by whom.
/// - **Fields marked `#[optlock(ignore)]`** are not compared. The audit stamp is that of the one write.
/// - **Never for a POST, and never for a relative change** (`stock = stock - 1`): the same contents do not
///   mean the same change.
///
/// optlock never asks this by itself: whether a repeated request is a success is the handler's choice.
pub fn already_applied<M: Versioned + Diff>(base: &M, mine: &M, current: &M) -> bool {
    let mut fields = 0..M::FIELDS.len();
    is_same_row(base, mine)
        && is_same_row(base, current)
        && may_be_next::<M>(base.version(), current.version())
        && fields.clone().any(|field| has_changed(mine, base, field))
        && fields.all(|field| {
            let wanted = if has_changed(mine, base, field) {
                mine
            } else {
                base
            };
            !current.differs_in(wanted, field)
        })
}

/// Is what a refused PUT of all fields asks for in the row already? Like [`already_applied`], with the version of
/// the base from the header, and without its contents.
///
/// True only if every field of the row is as in `mine`, and the version is the one after one that the header
/// names. A header that is `*` names none.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection();
/// use optlock::http::{Conditional, IfMatch, already_stored};
///
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let if_match = IfMatch::from(ann.etag());
/// let put = || Contact { id: 1, name: "Ann B.".into(), email: None, version: 0 };
/// put().save_if_match(&if_match, conn)?; // .. and the answer is lost ..
///
/// let mut again = put();
/// assert_eq!(again.save_if_match(&if_match, conn).unwrap_err().status(), 412);
/// let current = again.load_current(conn)?.expect("the row is there");
/// assert!(already_stored(&again, &if_match, &current)); // answer 200, and the whole row
/// # Ok(())
/// # }
/// ```
///
/// **Only for a row whose body is its own columns.** The one write may be another client's that has left the
/// contents of this PUT: an equal change, which RFC 9110 counts as this one; or a touch because of a child, if
/// this PUT changes nothing. The other limits are those of [`already_applied`].
pub fn already_stored<M>(mine: &M, if_match: &IfMatch, current: &M) -> bool
where
    M: Versioned<Key: KeyText, Scope: KeyText> + Diff,
{
    let held = match if_match.admitted(mine) {
        Ok(Admitted::OneOf(versions)) => versions,
        Ok(Admitted::Any) | Err(_) => return false,
    };
    let version = current.version();
    is_same_row(mine, current)
        && held.iter().any(|held| may_be_next::<M>(held, version))
        && (0..M::FIELDS.len()).all(|field| !current.differs_in(mine, field))
}

/// Can the version of a row be that of one write after another one?
fn may_be_next<M: Versioned>(before: &M::Version, after: &M::Version) -> bool {
    let is_one_write = M::Version::UNIQUE || before.next().as_ref() == Some(after);
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
