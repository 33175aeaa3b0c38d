//! The save of a value that a page has shown: the row is locked, the page made again and compared, and the value
//! saved, in one transaction.

pub(crate) mod tracked;
pub(crate) mod unversioned;
pub(crate) mod value;

use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::events::Failures;
use crate::executes::{Executes, Wire};
use crate::fingerprint::{Fingerprint, FingerprintBuilder, FingerprintRow};
use crate::seal::Seal;
use crate::transaction::{Failure, TransactionOptions, Unit};
use std::future::Future;
use std::pin::Pin;

/// The page that was shown, and how it is made again.
///
/// The type of the closure is not named, so that an operation is not compiled for each.
#[derive(Debug)]
pub struct PageShown<'p, 's, P: ?Sized> {
    fingerprint: &'p str,
    seal: &'s Seal<'s>,
    page: &'p P,
}

impl<'p, 's, P: ?Sized> PageShown<'p, 's, P> {
    pub(crate) fn new(fingerprint: &'p str, seal: &'s Seal<'s>, page: &'p P) -> Self {
        Self {
            fingerprint,
            seal,
            page,
        }
    }
}

/// What makes a page again on the connection `C`: the closure of a `save_if_unchanged`.
pub trait MakePage<'s, C, R> {
    /// Adds what the page shows beside the row.
    fn make<'p>(
        &'p self,
        page: FingerprintBuilder<'s>,
        row: &'p R,
        conn: &'p mut C,
    ) -> MakingPage<'p, 's>
    where
        's: 'p;
}

/// The parts that are added, when it has waited for them.
pub(crate) type MakingPage<'p, 's> =
    Pin<Box<dyn Future<Output = Result<FingerprintBuilder<'s>, Error>> + Send + 'p>>;

/// Why a value was not saved.
#[derive(Debug)]
pub enum Stopped {
    /// The closure has returned this error.
    Page(Error),
    /// The operation itself has failed.
    Save(Error),
}

impl Stopped {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Page(error) | Self::Save(error) => error,
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Save(error)
    }
}

#[cfg(feature = "tracing")]
impl<T> Failures for Result<T, Stopped> {
    fn each(&self, show: &mut dyn FnMut(&Error)) {
        if let Err(Stopped::Save(error)) = self {
            show(error);
        }
    }

    fn passed_on(&self) -> Option<&Error> {
        match self {
            Err(Stopped::Page(error)) => Some(error),
            _ => None,
        }
    }
}

/// A value that a page has shown: how its row is locked, and how it is saved. `By` is what a save compares beside
/// the page.
trait OnPage<X: Executes, By>: Clone {
    /// The row.
    type Row: FingerprintRow;
    /// The result of the save.
    type Saved;

    /// Locks the row, and loads it.
    fn lock_and_load(
        &self,
        conn: &mut Wire<'_, X>,
    ) -> impl Future<Output = Result<Self::Row, Error>>;

    /// The fields that the save would change, and that the page does not guard.
    fn unguarded(&self, row: &Self::Row, page: &FingerprintBuilder<'_>) -> Vec<String>;

    /// Saves the value.
    fn save(&mut self, conn: &mut Wire<'_, X>) -> impl Future<Output = Result<Self::Saved, Error>>;
}

/// Saves the value in a transaction that is no part of another one, and puts it back if that is rolled
/// back.
async fn save<'s, By, V, P, X>(
    mut value: &mut V,
    shown: PageShown<'_, 's, P>,
    conn: &mut Wire<'_, X>,
) -> Result<V::Saved, Stopped>
where
    X: Executes,
    V: OnPage<X, By>,
    P: MakePage<'s, X::Conn, V::Row> + ?Sized,
{
    // An open transaction may have an old snapshot, and what the page shows beside the row would be compared
    // with that.
    let options = TransactionOptions::new().immediate().on_newest_rows();
    let opening = options.opening(conn, "`save_if_unchanged`").await;
    let (opening, _) = opening.map_err(Error::from)?;
    let mut unit = Unit::<X, _>::new(&opening, conn.conn(), &mut value);
    let begun = unit.begin().await;
    begun.map_err(|error| of_transaction::<X>(Failure::Database(error)))?;
    let (conn, value) = unit.lend();
    let saved = save_shown::<By, V, P, X>(value, shown, conn).await;
    let ended = unit.end(saved.is_ok()).await;
    Failure::or(saved, ended).map_err(of_transaction::<X>)
}

async fn save_shown<'s, By, V, P, X>(
    value: &mut V,
    shown: PageShown<'_, 's, P>,
    conn: &mut X::Conn,
) -> Result<V::Saved, Stopped>
where
    X: Executes,
    V: OnPage<X, By>,
    P: MakePage<'s, X::Conn, V::Row> + ?Sized,
{
    let row = value.lock_and_load(&mut Wire::new(conn)).await?;
    let page = Fingerprint::builder(shown.seal);
    let page = shown.page.make(page, &row, conn).await;
    let page = page.map_err(Stopped::Page)?.of_save(&row, shown.seal);
    page.compare(shown.fingerprint)?;
    let fields = value.unguarded(&row, &page);
    if !fields.is_empty() {
        let table = V::Row::TABLE_NAME;
        return Err(Error::NotInFingerprint { table, fields }.into());
    }
    drop((row, page));
    let saved = value.save(&mut Wire::new(conn)).await;
    Ok(saved?)
}

fn of_transaction<X: Executes>(failure: Failure<Stopped>) -> Stopped {
    match failure {
        Failure::Body(stopped) => stopped,
        Failure::Database(error) | Failure::Lock { error, .. } => {
            let failure = Failure::<Error>::Database(error);
            failure.into_error_of_operation::<X::Backend>().into()
        }
    }
}
