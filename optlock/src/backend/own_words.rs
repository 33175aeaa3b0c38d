//! An error of the user's in the words of another database's engine.

use diesel::result::{DatabaseErrorInformation, Error as DieselError};

type Information<'i> = dyn DatabaseErrorInformation + Send + Sync + 'i;

/// Says where the words are from, to whoever prints it; and to `classify`, wherever the error has travelled.
/// Diesel's error has no other place for it.
const HINT: &str = "an error of a trigger or a function, in words of another database's engine";

/// The same error with [`HINT`] before its own hint.
struct OwnWords {
    information: Box<Information<'static>>,
    hint: String,
}

/// Marks the error, so that its message is no longer read as another engine's.
pub(super) fn mark(error: DieselError) -> DieselError {
    match error {
        DieselError::DatabaseError(kind, information) => {
            let hint = match information.hint() {
                Some(hint) => format!("{HINT}: {hint}"),
                None => HINT.to_owned(),
            };
            DieselError::DatabaseError(kind, Box::new(OwnWords { information, hint }))
        }
        error => error,
    }
}

pub(super) fn is_marked(information: &Information<'_>) -> bool {
    information
        .hint()
        .is_some_and(|hint| hint.starts_with(HINT))
}

impl DatabaseErrorInformation for OwnWords {
    fn message(&self) -> &str {
        self.information.message()
    }

    fn details(&self) -> Option<&str> {
        self.information.details()
    }

    fn hint(&self) -> Option<&str> {
        Some(&self.hint)
    }

    fn table_name(&self) -> Option<&str> {
        self.information.table_name()
    }

    fn column_name(&self) -> Option<&str> {
        self.information.column_name()
    }

    fn constraint_name(&self) -> Option<&str> {
        self.information.constraint_name()
    }

    fn statement_position(&self) -> Option<i32> {
        self.information.statement_position()
    }
}
