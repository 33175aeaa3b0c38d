//! A retry with values that its body changes.

use super::sealed::Sealed;
use crate::backend::TransactionConnection;
use crate::retry::{Notify, Policy, RetryError, Sleep, When};
use crate::transaction::{Reborrow, Values};
use diesel::result::Error as DieselError;

/// Runs a unit by a [`Policy`]. The type parameters are those of the policy.
pub trait RetryDsl<W, N, S>: Sealed + Sized {
    /// Runs `body` as [`optlock::retry`](crate::retry()) does, with values that the body changes. They
    /// are put back before each new attempt, and after the last one if that failed too, as
    /// [`optlock::transaction`](crate::transaction()) puts them back.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// use optlock::retry::Policy;
    ///
    /// let mut log = vec!["begin".to_owned()];
    /// Policy::new().run(conn, &mut log, |conn, log| {
    ///     let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    ///     ann.name = ann.name.to_uppercase();
    ///     log.push(format!("renamed to {}", ann.name)); // once, however many attempts there are
    ///     ann.save_checked(conn)
    /// })?;
    /// assert_eq!(log, ["begin", "renamed to ANN"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A versioned value that was loaded before is put back with the version that lost, so load it in
    /// the body: `*ann = ..`.
    ///
    /// # Errors
    ///
    /// Those of [`optlock::retry`](crate::retry()).
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, RetryError<E>>
    where
        C: TransactionConnection,
        V: Values,
        E: From<DieselError>,
        W: When<E>,
        N: Notify<E>,
        S: Sleep;
}

impl<W, N, S> Sealed for Policy<W, N, S> {}

impl<W, N, S> RetryDsl<W, N, S> for Policy<W, N, S> {
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, RetryError<E>>
    where
        C: TransactionConnection,
        V: Values,
        E: From<DieselError>,
        W: When<E>,
        N: Notify<E>,
        S: Sleep,
    {
        self.repeat(conn, values, body)
    }
}
