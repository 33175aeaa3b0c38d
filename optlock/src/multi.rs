//! An enum of connections.

/// Makes optlock's operations work on the enum of Diesel's `#[derive(MultiConnection)]`. Its
/// argument is the backend that the derive makes, which is called `MultiBackend`.
///
/// Which of its databases such an enum holds is known at run time only. Reading the newest row
/// differs between them, and this macro emits the `impl` that chooses; without it the operations do
/// not compile on the enum. Where it cannot choose, it does what is right on each:
///
/// - [`lock_checked`](crate::VersionedDsl::lock_checked), and `force_save` in a transaction, first
///   send what is an `UPDATE .. WHERE 1 = 0` on SQLite, and does nothing elsewhere;
/// - a [`transaction`](crate::transaction()) has the savepoint that only MySQL and MariaDB need;
/// - a timestamp as the version ends in 2038, as it does in MySQL's and MariaDB's `TIMESTAMP`.
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

            const DATABASE: ::std::option::Option<$crate::backend::Database> =
                ::std::option::Option::None;

            fn walk_probe<'b>(
                probe: &'b $crate::backend::DatabaseProbe,
                out: $crate::private::AstPass<'_, 'b, Self>,
            ) -> $crate::private::QueryResult<()> {
                <$backend>::walk_variant_ast(probe, out)
            }

            const LOCKS_BY_WRITING: bool = true;

            fn walk_phrase<'b>(
                phrase: &'b $crate::backend::Phrase,
                out: $crate::private::AstPass<'_, 'b, Self>,
            ) -> $crate::private::QueryResult<()> {
                <$backend>::walk_variant_ast(phrase, out)
            }

            // It may be PostgreSQL.
            const FIRST_YEAR: ::std::option::Option<i32> = ::std::option::Option::Some(-4712);

            // It may be MySQL or MariaDB.
            fn keeps(sql_type: ::std::any::TypeId, value: &dyn ::std::any::Any) -> bool {
                $crate::private::mysql_keeps(sql_type, value)
            }
        }

        impl $crate::batch::BatchDialect for $backend {
            type Strategy = $crate::batch::OneByOne;
        }
    };
}
