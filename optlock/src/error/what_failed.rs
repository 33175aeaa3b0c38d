//! What failed in Diesel or the database, without the database's words.

use crate::backend::{ErrorClass, classify};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The database's words, in which keys and values may stand, are the source's to say.
pub(super) fn what_failed(error: &DieselError) -> &'static str {
    match error {
        DieselError::DatabaseError(kind, _) => of_database(kind, error),
        DieselError::NotFound => "no row was found",
        DieselError::QueryBuilderError(_) => "a query could not be built",
        DieselError::DeserializationError(_) => "what the database returned could not be read",
        DieselError::SerializationError(_) => "a value could not be sent to the database",
        DieselError::RollbackErrorOnCommit { .. } => {
            "the transaction could neither be committed nor be rolled back"
        }
        DieselError::RollbackTransaction => "the transaction was rolled back by its own body",
        DieselError::BrokenTransactionManager => "the connection is broken",
        DieselError::AlreadyInTransaction => "a transaction is open already",
        DieselError::NotInTransaction => "no transaction is open",
        _ => "Diesel returned an error",
    }
}

fn of_database(kind: &DatabaseErrorKind, error: &DieselError) -> &'static str {
    match kind {
        DatabaseErrorKind::UniqueViolation => "a unique constraint of the database was violated",
        DatabaseErrorKind::ForeignKeyViolation => "a foreign key of the database was violated",
        DatabaseErrorKind::NotNullViolation => "a column of the database must not be NULL",
        DatabaseErrorKind::CheckViolation => "a check constraint of the database was violated",
        DatabaseErrorKind::RestrictViolation => "other rows of the database still refer to the row",
        DatabaseErrorKind::ExclusionViolation => {
            "an exclusion constraint of the database was violated"
        }
        DatabaseErrorKind::ReadOnlyTransaction => "the transaction is read-only",
        _ => match classify(error, None) {
            ErrorClass::Conflict => "the database gave the transaction up in favour of another",
            ErrorClass::Transient => "another transaction was in the way",
            ErrorClass::ConnectionLost => "the connection to the database was lost",
            ErrorClass::Other => "the database returned an error",
        },
    }
}
