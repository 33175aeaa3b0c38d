//! The status of an error, in one place.

use super::precondition::Precondition;
#[cfg(any(feature = "fingerprint", feature = "form"))]
use crate::error::SealError;
use crate::error::{Error, Found};
use ::http::StatusCode;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What a client is told of an error. Its problem type has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Changed,
    Behind,
    Exists,
    Missing,
    PreconditionFailed,
    Taken,
    #[cfg(feature = "lease")]
    Leased,
    #[cfg(feature = "lease")]
    LeaseLost,
    OutcomeUnknown,
    Busy,
    Failed,
    PreconditionRequired,
    Malformed,
    Duplicate,
    #[cfg(feature = "lease")]
    LeaseToken,
    #[cfg(feature = "lease")]
    LeaseName,
    #[cfg(any(feature = "fingerprint", feature = "form"))]
    FormRefused,
}

/// The status to answer for an error of a request that had this precondition.
///
/// | the error | without a precondition | with `If-Match` |
/// |---|---|---|
/// | a conflict: the row was changed, a batch, a merge; [a row that is behind](Error::is_behind) | 409 | 412 |
/// | no row ([`is_missing`](Error::is_missing), [`is_not_found`](Error::is_not_found)) | 404 | 404; 412 with `*`, or where the PUT [may create](Precondition::may_create) |
/// | the row exists already (`upsert_checked`) | 409 | 412, with `If-None-Match` too |
/// | [`PreconditionFailed`](Error::PreconditionFailed) | 412 | 412 |
/// | another unique value is taken | 409 | 409 |
/// | `LeaseHeld` | 423 | 423 |
/// | `LeaseLost` | 409 | 409 |
/// | `Seal`: a form token or a fingerprint is refused | 400, 403 | 400, 403 |
/// | `LeaseToken`; `LeaseName`: the owner or the page of a lease has no bytes, or more than 255 | 400 | 400 |
/// | the outcome is [unknown](Error::outcome_unknown) | 500 | 500 |
/// | [transient](Error::is_transient): a deadlock, a lock timeout, [a serialization failure](Found::TransactionAborted) | 503 | 503 |
/// | a key is in the batch twice | 400 | 400 |
/// | any other | 500 | 500 |
///
/// A 400 is what a client can mend, and a 500 what the program has to: the names of a lease come with the request most
/// of the time, and its time (`LeaseTooShort`) does not.
///
/// A transaction that the database gave up in favour of another is a 503 with a precondition too, although it is
/// a [conflict](Error::is_conflict): nobody has evaluated the precondition, and the same request can succeed.
///
/// `Retry-After` belongs to 423 and 503 alone: a client that repeats a request after 409 or 412 gets the same
/// answer, and one that repeats it after an unknown outcome may perform it twice. [`Problem`](super::Problem)
/// sets it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::http::{Precondition, status};
///
/// # let mut stale: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # stale.version = 0;
/// let error = stale.save_checked(conn).unwrap_err();
/// assert_eq!(status(&error, Precondition::NONE), 409);
/// assert_eq!(status(&error, Precondition::IF_MATCH), 412);
/// # Ok(())
/// # }
/// ```
pub fn status(error: &Error, precondition: Precondition) -> StatusCode {
    decide(error, precondition).1
}

/// What a client is told, and the status.
pub(super) fn decide(error: &Error, precondition: Precondition) -> (Kind, StatusCode) {
    let failed_if = |is_failed| {
        if is_failed {
            StatusCode::PRECONDITION_FAILED
        } else {
            StatusCode::CONFLICT
        }
    };
    match error {
        // Before all else: what may have landed must not be sent again.
        _ if error.outcome_unknown() => (Kind::OutcomeUnknown, StatusCode::INTERNAL_SERVER_ERROR),
        _ if error.is_missing() || error.is_not_found() => {
            let status = if precondition.asks_for_a_row() {
                StatusCode::PRECONDITION_FAILED
            } else {
                StatusCode::NOT_FOUND
            };
            (Kind::Missing, status)
        }
        Error::ConcurrentModification(conflict)
            if matches!(conflict.found(), Found::Exists { .. }) =>
        {
            (Kind::Exists, failed_if(precondition.is_some()))
        }
        Error::PreconditionFailed { .. } => {
            (Kind::PreconditionFailed, StatusCode::PRECONDITION_FAILED)
        }
        // Before a conflict, which some of these are: the database has given up, and compared no version.
        _ if error.is_transient() => (Kind::Busy, StatusCode::SERVICE_UNAVAILABLE),
        _ if error.is_conflict() => (Kind::Changed, failed_if(precondition.is_if_match())),
        // The client has seen another version. Told to send the request later (503), it could do so until a save of another
        // client brings back the version that it expects.
        _ if error.is_behind() => (Kind::Behind, failed_if(precondition.is_if_match())),
        Error::Database(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            (Kind::Taken, StatusCode::CONFLICT)
        }
        #[cfg(feature = "lease")]
        Error::LeaseHeld(_) => (Kind::Leased, StatusCode::LOCKED),
        #[cfg(feature = "lease")]
        Error::LeaseLost(_) => (Kind::LeaseLost, StatusCode::CONFLICT),
        #[cfg(feature = "lease")]
        Error::LeaseToken => (Kind::LeaseToken, StatusCode::BAD_REQUEST),
        #[cfg(feature = "lease")]
        Error::LeaseName { .. } => (Kind::LeaseName, StatusCode::BAD_REQUEST),
        #[cfg(any(feature = "fingerprint", feature = "form"))]
        Error::Seal(error) => match error {
            SealError::ShortSecret { .. } => (Kind::Failed, StatusCode::INTERNAL_SERVER_ERROR),
            SealError::Malformed => (Kind::FormRefused, StatusCode::BAD_REQUEST),
            SealError::EmptySession | SealError::NotGenuine | SealError::Expired => {
                (Kind::FormRefused, StatusCode::FORBIDDEN)
            }
        },
        Error::DuplicateKey { .. } => (Kind::Duplicate, StatusCode::BAD_REQUEST),
        _ => (Kind::Failed, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BatchConflict, ConcurrentModification, Lost, MergeConflict};
    use crate::http::Problem;
    use ::http::Response;
    use ::http::header::{CACHE_CONTROL, RETRY_AFTER};
    use DatabaseErrorKind as Database;
    #[cfg(any(feature = "fingerprint", feature = "lease"))]
    use serde_json::json;

    fn database(kind: Database, message: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    fn lost() -> DieselError {
        database(
            Database::ClosedConnection,
            "server closed the connection unexpectedly",
        )
    }

    fn conflict(found: Found) -> ConcurrentModification {
        ConcurrentModification::new("contacts", "7".into(), Some(3.into()), found)
    }

    fn modified() -> Found {
        Found::Modified { version: 5.into() }
    }

    #[cfg(feature = "lease")]
    fn leases() -> Vec<Error> {
        use crate::error::{LeaseHeld, LeaseLoss, LeaseLost, LeasedRow};
        use std::time::{Duration, SystemTime};

        let row = || LeasedRow {
            table: "contacts",
            key: "7".into(),
        };
        let now = SystemTime::UNIX_EPOCH;
        let remaining = Duration::from_millis(41_001);
        let stale = || Some(conflict(modified()).into());
        let taken = |by_force| LeaseLoss::TakenOver {
            by: "ann".into(),
            at: now,
            by_force,
        };
        let on_another_page = || LeaseLoss::NotHolder {
            holder: "ann's tablet".into(),
        };
        vec![
            LeaseHeld::new(row(), "ann".into(), now, now, remaining).into(),
            LeaseLost::new(row(), LeaseLoss::Lapsed, None).into(),
            LeaseLost::new(row(), LeaseLoss::Lapsed, stale()).into(),
            LeaseLost::new(row(), taken(true), None).into(),
            LeaseLost::of_resumed(row(), taken(false)).into(),
            LeaseLost::of_renewed(row(), taken(false)).into(),
            LeaseLost::new(row(), on_another_page(), None).into(),
            Error::LeaseName {
                what: "owner",
                bytes: 0,
            },
            Error::LeaseToken,
            Error::LeaseTooShort,
        ]
    }

    #[cfg(feature = "fingerprint")]
    fn pages() -> [Error; 2] {
        use crate::error::{ChangedPart, PageChanged, PartRow};

        let row = PartRow {
            table: "contacts",
            key: "7".into(),
        };
        let parts = vec![
            ChangedPart::new(Some(row), "name".into()),
            ChangedPart::new(None, "open orders".into()),
        ];
        [PageChanged::new(parts, 2), PageChanged::new(Vec::new(), 1)].map(Error::from)
    }

    /// At least one of each variant.
    fn errors() -> Vec<Error> {
        let key = || "7".to_owned();
        let table = "contacts";
        let kinds = [
            (
                Database::UniqueViolation,
                "Duplicate entry '7' for key 'PRIMARY'",
            ),
            (
                Database::ForeignKeyViolation,
                "FOREIGN KEY constraint failed",
            ),
            (
                Database::NotNullViolation,
                "NOT NULL constraint failed: contacts.name",
            ),
            (Database::CheckViolation, "CHECK constraint failed: named"),
            (Database::SerializationFailure, "could not serialize access"),
            (
                Database::ClosedConnection,
                "server closed the connection unexpectedly",
            ),
            (Database::Unknown, "deadlock detected"),
            (Database::Unknown, "database is locked"),
            (Database::Unknown, "no such table: contacts"),
        ];
        #[allow(unused_mut)]
        let mut errors: Vec<Error> = vec![
            conflict(modified()).into(),
            conflict(Found::Changed { fields: vec![] }).into(),
            conflict(Found::Older { version: 2.into() }).into(),
            conflict(Found::Exists { version: 5.into() }).into(),
            conflict(Found::Missing).into(),
            conflict(Found::TransactionAborted).into(),
            conflict(Found::Unknown).into(),
            BatchConflict::new(2, vec![(0, conflict(modified()))]).into(),
            BatchConflict::new(2, vec![(0, conflict(Found::Missing))]).into(),
            MergeConflict::new(table, key(), vec![]).into(),
            Error::Refused {
                table,
                key: key(),
                version: Some(3.into()),
            },
            Error::VersionExhausted {
                table,
                key: key(),
                version: 3.into(),
            },
            Error::NotGenerated {
                table,
                key: key(),
                version: 3.into(),
            },
            Error::KeyNotUnique {
                table,
                key: key(),
                rows: 2,
            },
            Error::DuplicateKey { table, key: key() },
            Error::EmbeddedColumn {
                table,
                column: key(),
            },
            Error::OutcomeUnknown(Lost::unknown(lost())),
            Error::ConnectionLost(Lost::nothing_landed(lost())),
            Error::ConnectionBroken,
            Error::NotInTransaction,
            Error::TransactionLost(Lost::unknown(lost())),
            Error::TransactionLost(Lost::nothing_landed(lost())),
            Error::TransactionLeftOpen,
            Error::AlreadyInTransaction { what: "a retry" },
            Error::Unsupported {
                database: "SQLite",
                what: "isolation levels",
            },
            Error::PreconditionFailed {
                table,
                key: key(),
                any: false,
            },
            Error::PreconditionFailed {
                table,
                key: key(),
                any: true,
            },
            Error::Database(DieselError::NotFound),
            Error::Database(DieselError::RollbackTransaction),
        ];
        errors.extend(kinds.map(|(kind, message)| Error::Database(database(kind, message))));
        #[cfg(feature = "lease")]
        errors.extend(leases());
        #[cfg(any(feature = "fingerprint", feature = "form"))]
        errors.extend(
            [
                SealError::ShortSecret { bytes: 9 },
                SealError::EmptySession,
                SealError::Malformed,
                SealError::NotGenuine,
                SealError::Expired,
            ]
            .map(Error::from),
        );
        #[cfg(feature = "fingerprint")]
        errors.extend(pages());
        #[cfg(feature = "fingerprint")]
        errors.push(Error::NotInFingerprint {
            table,
            fields: vec![key()],
        });
        errors
    }

    /// The status without a header, with tags, with tags of a PUT that may create, with `*`, and with
    /// `If-None-Match: *`.
    type Statuses = [u16; 5];

    const EACH: [Precondition; 5] = [
        Precondition::NONE,
        Precondition::IF_MATCH,
        Precondition::IF_MATCH.may_create(),
        Precondition::IF_MATCH_ANY,
        Precondition::IF_NONE_MATCH,
    ];

    /// As the table of the docs has it. A new variant does not compile here before it is decided.
    fn expected(error: &Error) -> Statuses {
        const CONFLICT: Statuses = [409, 412, 412, 412, 409];
        const MISSING: Statuses = [404, 404, 412, 412, 404];
        match error {
            Error::ConcurrentModification(conflict) => match conflict.found() {
                Found::Missing => MISSING,
                Found::Exists { .. } => [409, 412, 412, 412, 412],
                Found::TransactionAborted => [503; 5],
                Found::Modified { .. }
                | Found::Older { .. }
                | Found::Changed { .. }
                | Found::Unknown => CONFLICT,
            },
            Error::BatchConflict(_) | Error::MergeConflict(_) => CONFLICT,
            Error::PreconditionFailed { .. } => [412; 5],
            Error::DuplicateKey { .. } => [400; 5],
            Error::Database(DieselError::NotFound) => MISSING,
            Error::Database(DieselError::DatabaseError(Database::SerializationFailure, _)) => {
                [503; 5]
            }
            Error::Database(DieselError::DatabaseError(Database::UniqueViolation, _)) => [409; 5],
            Error::Database(DieselError::DatabaseError(Database::Unknown, about))
                if about.message() != "no such table: contacts" =>
            {
                [503; 5]
            }
            #[cfg(feature = "lease")]
            Error::LeaseHeld(_) => [423; 5],
            #[cfg(feature = "lease")]
            Error::LeaseLost(_) => [409; 5],
            #[cfg(feature = "lease")]
            Error::LeaseToken | Error::LeaseName { .. } => [400; 5],
            #[cfg(feature = "lease")]
            Error::LeaseTooShort => [500; 5],
            #[cfg(any(feature = "fingerprint", feature = "form"))]
            Error::Seal(error) => match error {
                SealError::Malformed => [400; 5],
                SealError::ShortSecret { .. } => [500; 5],
                _ => [403; 5],
            },
            #[cfg(feature = "fingerprint")]
            Error::PageChanged(_) => CONFLICT,
            #[cfg(feature = "fingerprint")]
            Error::NotInFingerprint { .. } => [500; 5],
            Error::Refused { .. }
            | Error::VersionExhausted { .. }
            | Error::NotGenerated { .. }
            | Error::KeyNotUnique { .. }
            | Error::EmbeddedColumn { .. }
            | Error::OutcomeUnknown(_)
            | Error::ConnectionLost(_)
            | Error::ConnectionBroken
            | Error::NotInTransaction
            | Error::TransactionLost(_)
            | Error::TransactionLeftOpen
            | Error::AlreadyInTransaction { .. }
            | Error::Unsupported { .. }
            | Error::Database(_) => [500; 5],
        }
    }

    #[test]
    fn each_error_has_the_status_of_the_table() {
        for error in errors() {
            let statuses = EACH.map(|precondition| status(&error, precondition).as_u16());
            assert_eq!(statuses, expected(&error), "{error:?}");
        }
    }

    #[test]
    fn only_what_may_be_sent_again_says_when() {
        for error in errors() {
            for precondition in EACH {
                let response = Response::<String>::from(Problem::of(&error, precondition));
                let retry_after = response.headers().get(RETRY_AFTER);
                let retry_after = retry_after.map(|value| value.to_str().unwrap());
                let expected = match response.status().as_u16() {
                    503 => Some("1"),
                    // Rounded up.
                    423 => Some("42"),
                    _ => None,
                };
                assert_eq!(retry_after, expected, "{error:?}");
                assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            }
        }
    }

    #[test]
    fn a_service_without_room_answers_as_for_what_is_transient() {
        let locked = database(Database::Unknown, "database is locked");
        let transient = Problem::of(&Error::Database(locked), Precondition::NONE);
        let [expected, busy] = [transient, Problem::busy()].map(Response::<String>::from);
        assert_eq!(busy.status(), 503);
        assert_eq!(busy.headers(), expected.headers());
        assert_eq!(busy.body(), expected.body());
    }

    #[test]
    fn a_problem_says_nothing_that_the_database_has_said() {
        for error in errors() {
            let problem = Problem::of(&error, Precondition::NONE);
            let body = serde_json::to_value(&problem).unwrap();
            let text = body.to_string();
            for words in [
                "Duplicate",
                "constraint failed",
                "no such table",
                "server closed",
                "serialize",
                "deadlock",
            ] {
                assert!(!text.contains(words), "{text}");
            }
            if body["status"] == 500 {
                let is_unknown = error.outcome_unknown();
                assert_eq!(body["outcome"] == "unknown", is_unknown, "{text}");
                assert_eq!(body["type"] == "about:blank", !is_unknown, "{text}");
                assert!(body.get("resource").is_none(), "{text}");
            }
            let keyless = serde_json::to_string(&problem.without_key()).unwrap();
            assert!(!keyless.contains(['7']), "{keyless}");
        }
    }

    /// What the page shows again is marked by its program, which need not read a message.
    #[cfg(feature = "fingerprint")]
    #[test]
    fn a_problem_of_a_page_names_the_parts_that_have_changed_and_their_keys_if_they_may_be_named() {
        let members = |problem: Problem| {
            let body = serde_json::to_value(&problem).unwrap();
            ["detail", "changes", "gone"].map(|name| body[name].clone())
        };
        let [changed, gone] = pages().map(|error| Problem::of(&error, Precondition::NONE));
        assert_eq!(
            members(changed.clone()),
            [
                json!(
                    "changed since the page was made: contacts 7.name, open orders; and 2 parts that the page has shown are gone"
                ),
                json!([{"resource": "contacts", "key": "7", "field": "name"}, {"field": "open orders"}]),
                json!(2),
            ]
        );
        assert_eq!(
            members(changed.without_key()),
            [
                json!(
                    "changed since the page was made: name of a row of contacts, open orders; and 2 parts that the page has shown are gone"
                ),
                json!([{"resource": "contacts", "field": "name"}, {"field": "open orders"}]),
                json!(2),
            ]
        );
        assert_eq!(
            members(gone),
            [
                json!("1 part that the page has shown is gone"),
                json!([]),
                json!(1)
            ]
        );
    }

    /// A client compares it with what a GET has answered.
    #[test]
    fn the_current_row_is_in_a_problem_as_serde_writes_it() {
        let problem = Problem::of(&conflict(modified()).into(), Precondition::IF_MATCH);
        let problem = problem.current(&(0.1_f32, u128::MAX)).unwrap();
        let response = Response::<String>::from(problem);
        assert_eq!(
            response.body().split_once(r#""current":"#).unwrap().1,
            "[0.1,340282366920938463463374607431768211455]}"
        );
    }

    #[cfg(feature = "lease")]
    #[test]
    fn a_name_of_a_lease_that_does_not_fit_is_for_the_client_to_mend() {
        let error = Error::LeaseName {
            what: "owner",
            bytes: 256,
        };
        let problem = Problem::of(&error, Precondition::IF_MATCH);
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            json!({
                "type": "urn:problem-type:optlock:lease-name",
                "title": "A name that the lease is to have does not fit",
                "status": 400,
                "detail": "the owner of a lease has 1 to 255 bytes, and this one has 256",
            })
        );
    }

    #[cfg(feature = "lease")]
    #[test]
    fn a_problem_names_no_owner_of_a_lease() {
        let told: Vec<_> = leases()
            .iter()
            .take(7)
            .map(|error| {
                let problem = Problem::of(error, Precondition::NONE);
                let body = serde_json::to_value(&problem).unwrap();
                let keyless = serde_json::to_string(&problem.without_key()).unwrap();
                assert!(!keyless.contains("ann"), "{keyless}");
                assert!(!body.to_string().contains("ann"), "{body}");
                body
            })
            .collect();
        assert_eq!(
            told[0]["detail"],
            "contacts 7 is leased by another client for another 42 s"
        );
        assert_eq!(told[0]["leased_for"], 42);
        assert_eq!(
            told[3]["detail"],
            "contacts 7 was not written: the lease was taken away by another client"
        );
        assert_eq!(
            told[5]["detail"],
            "the lease of contacts 7 is lost: the lease has expired, and another client has acquired it"
        );
        assert_eq!(
            told[6]["detail"],
            "contacts 7 was not written: its owner has the lease on another page"
        );
    }
}
