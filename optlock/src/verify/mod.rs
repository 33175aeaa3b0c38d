//! A self-check: is the table as a model needs it?
//!
//! [The chapter](crate::guide::verify) lists what is checked, and what each finding means.

mod catalogue;
mod checks;
mod found;
mod process;
mod read;
mod report;
mod rules;

pub use catalogue::CatalogueConnection;
pub(crate) use catalogue::ReadsCatalogue;
pub(crate) use checks::Asked;
pub use checks::Checks;
pub use report::{Finding, Kind, Remedy, Report, Severity, Unverified};

use crate::error::Error;
use crate::executes::{Blocking, Wire, now};
use crate::shape::Described;

/// Checks that the table of a model is as the model needs it: when the program starts, or in CI.
/// [The chapter](crate::guide::verify) lists the checks.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection();
/// let report = optlock::verify::<Contact>(conn)?;
/// println!("{report}"); // to the log, for the hints
/// report.into_result()?;
/// # Ok(())
/// # }
/// ```
///
/// **Sends** reads of the database's catalogue only, and none of the table: on SQLite `sqlite_master` and `PRAGMA` functions,
/// on PostgreSQL `pg_catalog`, on MySQL and MariaDB `information_schema`, and `SHOW COLUMNS` of a temporary table. Each is
/// prepared for one use. On an async connection to MySQL or MariaDB it also makes, updates and drops a temporary table of
/// its own, `optlock_verify`: no read shows how a connection counts rows.
///
/// # Errors
///
/// The database's. What is wrong with the table is no error, but a [`Finding`] of the [`Report`].
pub fn verify<M: Described>(conn: &mut impl CatalogueConnection) -> Result<Report, Error> {
    verify_with(Checks::<M>::new(), conn)
}

/// [`verify`] with other checks: those of the trigger, or without what you know better.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection();
/// use diesel::connection::SimpleConnection;
/// use optlock::verify::{Checks, Kind, verify_with};
///
/// let report = verify_with(Checks::<Contact>::new().with_trigger(), conn)?;
/// let finding = &report.findings()[0];
/// assert_eq!(finding.kind(), Kind::TriggerMissing);
/// let sql = finding.remedy().sql().expect("a trigger can be created");
/// conn.batch_execute(sql)?;
/// assert!(verify_with(Checks::<Contact>::new().with_trigger(), conn)?.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`verify`].
pub fn verify_with<M: Described>(
    checks: Checks<M>,
    conn: &mut impl CatalogueConnection,
) -> Result<Report, Error> {
    verify_on(checks.asked(), conn)
}

/// It names no model.
fn verify_on<C: CatalogueConnection>(asked: Asked, conn: &mut C) -> Result<Report, Error> {
    now(report(asked, &mut Wire::<Blocking<C>>::new(conn)))
}

/// Reads the catalogue, and compares.
pub(crate) async fn report<X: ReadsCatalogue>(
    asked: Asked,
    conn: &mut Wire<'_, X>,
) -> Result<Report, Error> {
    let (database, found) = read::found(&asked, conn).await?;
    Ok(Report::new(rules::findings(&asked, database, &found)))
}

/// [`verify`](crate::verify()) of several models: one [`Report`](crate::verify::Report).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # #[derive(Identifiable, AsChangeset, Versioned)]
/// # #[diesel(table_name = contacts)]
/// # struct Name { id: i32, name: String, version: i64 }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection();
/// optlock::verify_all!(conn, Contact, Name)?.into_result()?;
///
/// // with methods of `Checks`
/// use optlock::verify::Kind;
/// let report = optlock::verify_all!(conn, Contact => with_trigger, Name => allowing(Kind::VersionType))?;
/// assert_eq!(report.findings().len(), 1);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! verify_all {
    ($conn:expr $(, $model:ty $(=> $check:ident $(($argument:expr))?)*)+ $(,)?) => {{
        let conn = &mut *$conn;
        let report: ::std::result::Result<_, $crate::Error> =
            ::std::result::Result::Ok($crate::verify::Report::default());
        $(
            let checks = $crate::verify::Checks::<$model>::new()$(.$check($($argument)?))*;
            let report = report.and_then(|mut report: $crate::verify::Report| {
                report.append($crate::verify::verify_with(checks, &mut *conn)?);
                ::std::result::Result::Ok(report)
            });
        )+
        report
    }};
}
