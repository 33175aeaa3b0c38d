//! An enum of connections.

/// Makes optlock's operations work on the enum of Diesel's `#[derive(MultiConnection)]`. Its
/// argument is the backend that the derive makes, which is called `MultiBackend`.
///
/// Which of its databases such an enum holds is known at run time only. Reading the newest row
/// differs between them, and this macro emits the `impl` that chooses; without it the operations do
/// not compile on the enum.
///
/// The features `sqlite`, `postgres` and `mysql` of optlock must be on for the databases that the
/// enum holds.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # mod any {
/// #[derive(diesel::MultiConnection)]
/// pub enum AnyConnection {
///     Sqlite(diesel::SqliteConnection),
///     // Postgresql(diesel::PgConnection),
///     // Mysql(diesel::MysqlConnection),
/// }
/// optlock::multi_connection!(MultiBackend);
/// # }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! multi_connection {
    ($backend:ty $(,)?) => {
        impl $crate::backend::Dialect for $backend {
            const PLAIN_READ_MAY_BE_OLD: bool = true;

            const TRANSACTION_CHECK: $crate::backend::TransactionCheck =
                $crate::backend::TransactionCheck::Savepoint;

            fn walk_share_lock(
                out: $crate::private::AstPass<'_, '_, Self>,
            ) -> $crate::private::QueryResult<()> {
                <$backend>::walk_variant_ast(&$crate::statement::ShareLock, out)
            }
        }
    };
}
