//! Edit leases: who edits a row, on which page, and until when.
//!
//! A version tells the second writer after the work is done. A lease tells them before: two people open one order, and
//! the second one sees who has it. [The chapter](crate::guide::leases) has the whole story.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
//! # fn main() -> Result<(), optlock::Error> {
//! # let conn = &mut establish_connection();
//! use optlock::lease::{self, Lease};
//! use std::time::Duration;
//!
//! lease::create_table(conn)?; // once; or by the migrations of the package
//!
//! let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
//! let mut lease = Lease::acquire_checked(&ann, "amy", "page 1", Duration::from_secs(60), conn)?;
//!
//! let error = Lease::acquire(&ann, "bob", "page 2", Duration::from_secs(60), conn).unwrap_err();
//! assert_eq!(error.to_string(), "contacts 1 is leased by amy for another 60 s");
//!
//! ann.name = "Ann B.".into();
//! ann.save_leased(&lease, conn)?; // the version and the lease
//! assert!(lease.renew(conn)?.is_done());
//! assert!(lease.release(conn)?.is_done());
//! # Ok(())
//! # }
//! ```
//!
//! **A lease keeps nobody away who does not ask for it.** `save_checked` and raw SQL write the row all the same; what
//! they write is a conflict to the holder, as without leases. So a lease never replaces the version.

mod connection;
mod held;
mod keeper;
pub(crate) mod operation;
mod presence;
mod record;
mod sql;
mod statements;
mod status;
mod table;
mod target;
mod time;
mod token;
mod write;

pub use connection::LeaseConnection;
pub(crate) use held::IsLease;
pub use held::{Lease, LeaseAnswer};
pub use keeper::LeaseKeeper;
#[cfg(feature = "async")]
pub(crate) use keeper::{Next, Released, after, report_unanswered, to_next};
#[doc(hidden)]
pub use operation::LeaseRequest;
pub(crate) use operation::{
    How, acquire, ask_for_lease, lease_status, lease_statuses, release, renew, shorten,
};
pub(crate) use presence::{stop_viewing, viewing};
pub use status::{LeaseStatus, RowStatus, Viewer, Wish};
pub(crate) use target::{LeasableOn, NamesTable};
pub use time::LeaseTime;
pub(crate) use token::resume;
pub(crate) use write::{
    DeletedLeasedOn, SavedLeasedOn, delete_leased, save_and_release, save_leased,
};

use crate::error::Error;
use crate::executes::{Blocking, Wire, now};
use std::time::Duration;

/// Creates the tables `optlock_leases` and `optlock_presence`, unless they are there.
///
/// **Sends** `CREATE TABLE IF NOT EXISTS ..`, and on SQLite and PostgreSQL their indexes: the files
/// `migrations/lease/{sqlite,postgres,mysql}/up.sql` of the package. A migration of your own can hold a copy of
/// them instead; nothing of Diesel's table of migrations is touched.
///
/// # Errors
///
/// [`Error::AlreadyInTransaction`]: on MySQL and MariaDB it would commit the open one. The database's, if the role may
/// not create tables.
pub fn create_table<C: LeaseConnection>(conn: &mut C) -> Result<(), Error> {
    now(operation::create_table(&mut Wire::<Blocking<C>>::new(conn)))
}

/// The leases that a person has, by their tables and keys.
///
/// **Sends** `SELECT .. FROM optlock_leases WHERE owner = ? AND expires_at > now`. Two owners are one only if they are
/// equal byte by byte. What a person only [looks at](crate::LeasedDsl::viewing) is not among them.
///
/// # Errors
///
/// The database's.
pub fn all_of<C: LeaseConnection>(owner: &str, conn: &mut C) -> Result<Vec<LeaseStatus>, Error> {
    now(operation::all_of(
        owner,
        &mut Wire::<Blocking<C>>::new(conn),
    ))
}

/// Ends all leases that a person has, on whatever page, and returns how many: at a logout. They are no longer
/// [shown as a viewer](crate::LeasedDsl::viewing) either.
///
/// **Sends** `DELETE FROM optlock_presence WHERE who = ?`, and `UPDATE optlock_leases SET fence = fence + 1, expires_at = now
/// WHERE owner = ? AND expires_at > now`. A [`Lease`] in memory learns of it when it is used.
///
/// # Errors
///
/// [`Error::AlreadyInTransaction`], and the database's.
pub fn release_all<C: LeaseConnection>(owner: &str, conn: &mut C) -> Result<usize, Error> {
    now(operation::release_all(
        owner,
        &mut Wire::<Blocking<C>>::new(conn),
    ))
}

/// Removes the records of leases that ended longer ago than `older_than`, and returns how many; those of viewers as well,
/// which do not count.
///
/// **Sends** `DELETE FROM optlock_presence WHERE expires_at < now - ?`, and the same of `optlock_leases`. The [fence](Lease::fence) of a row starts anew
/// after it; each lease has another [id](Lease::id) all the same.
///
/// # Errors
///
/// [`Error::AlreadyInTransaction`], and the database's.
pub fn purge<C: LeaseConnection>(older_than: Duration, conn: &mut C) -> Result<usize, Error> {
    now(operation::purge(
        older_than,
        &mut Wire::<Blocking<C>>::new(conn),
    ))
}
