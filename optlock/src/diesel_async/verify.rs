//! The self-check on async connections. Its types are in [`optlock::verify`](mod@crate::verify).

use super::{AsyncCatalogueConnection, Sending};
use crate::error::Error;
use crate::executes::{Waiting, Wire};
use crate::shape::Described;
use crate::verify::{Asked, Checks, Report, report};

/// Checks that the table of a model is as the model needs it: [`optlock::verify`](crate::verify()) on an async connection.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection().await;
/// let report = optlock::diesel_async::verify::<Contact>(conn).await?;
/// println!("{report}");
/// report.into_result()?;
/// # Ok(())
/// # }
/// ```
///
/// **Dropped**, it has written nothing; on MySQL and MariaDB a temporary table may be left on the connection, which is
/// in error then if it waits for an answer.
///
/// # Errors
///
/// Those of the [blocking one](crate::verify()).
pub fn verify<M: Described>(
    conn: &mut impl AsyncCatalogueConnection,
) -> Sending<'_, Result<Report, Error>> {
    verify_with(Checks::<M>::new(), conn)
}

/// [`verify`] with other checks: [`optlock::verify::verify_with`](crate::verify::verify_with) on an async connection.
///
/// # Errors
///
/// Those of the [blocking one](crate::verify()).
pub fn verify_with<M: Described>(
    checks: Checks<M>,
    conn: &mut impl AsyncCatalogueConnection,
) -> Sending<'_, Result<Report, Error>> {
    verify_on(checks.asked(), conn)
}

/// It names no model.
fn verify_on<C: AsyncCatalogueConnection>(
    asked: Asked,
    conn: &mut C,
) -> Sending<'_, Result<Report, Error>> {
    Box::pin(async { report(asked, &mut Wire::<Waiting<C>>::new(conn)).await })
}

/// [`verify_all`](crate::verify_all) on an async connection: a future.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection().await;
/// optlock::diesel_async::verify_all!(conn, Contact).await?.into_result()?;
/// # Ok(())
/// # }
/// ```
#[doc(inline)]
pub use super::super::__async_verify_all as verify_all; // an exported macro is at the root

/// [`diesel_async::verify_all`](crate::diesel_async::verify_all)
#[doc(hidden)]
#[macro_export]
macro_rules! __async_verify_all {
    ($conn:expr $(, $model:ty $(=> $check:ident $(($argument:expr))?)*)+ $(,)?) => {{
        let conn = &mut *$conn;
        async move {
            let mut report = $crate::verify::Report::default();
            $(
                let checks = $crate::verify::Checks::<$model>::new()$(.$check($($argument)?))*;
                report.append($crate::diesel_async::verify_with(checks, &mut *conn).await?);
            )+
            ::std::result::Result::<_, $crate::Error>::Ok(report)
        }
    }};
}
