//! The course of a retry: what is around it, and whether there is another attempt.

use super::backoff::{Backoff, Limits};
use super::error::RetryError;
use super::hooks::{Notify, When};
use super::lost_rows::LostRows;
use super::reason::of_diesel;
use crate::backend::{Database, ErrorClass};
#[cfg(feature = "tracing")]
use crate::events;
use crate::executes::{Executes, Wire};
use crate::transaction::{Failure, Opening, TransactionOptions};
use diesel::result::Error as DieselError;
use std::time::{Duration, Instant};

/// The attempts of one retry.
pub(crate) struct Attempts<E> {
    opening: Opening,
    around: Around,
    database: Database,
    backoff: Backoff,
    rows: LostRows,
    beginning: Instant,
    /// How many there were.
    count: u32,
    /// The error of the last one whose body ran.
    last: Option<E>,
}

impl<E: From<DieselError>> Attempts<E> {
    /// Finds out what each attempt sends at its beginning.
    pub(crate) async fn begin<X: Executes>(
        limits: Limits,
        options: TransactionOptions,
        conn: &mut X::Conn,
    ) -> Result<Self, RetryError<E>> {
        let not_begun = |error: DieselError| RetryError::new(error.into(), 0);
        // A savepoint that may be there or not is no place to begin at.
        let mut conn = Wire::<X>::in_step(conn);
        let opening = options.immediate().opening(&mut conn, "a retry").await;
        let (opening, database) = opening.map_err(not_begun)?;
        let around = Around::look(&mut conn).await.map_err(not_begun)?;
        Ok(Self {
            opening,
            around,
            database,
            backoff: Backoff::new(limits, None),
            rows: LostRows::new(database, options),
            beginning: Instant::now(),
            count: 0,
            last: None,
        })
    }

    /// How the next attempt begins.
    pub(crate) fn opening(&self) -> &Opening {
        &self.opening
    }

    /// An attempt failed. Returns how long to wait for the next one, if there is one.
    pub(crate) async fn again<X: Executes>(
        &mut self,
        failure: Failure<E>,
        when: &impl When<E>,
        notify: &impl Notify<E>,
        conn: &mut X::Conn,
    ) -> Result<Duration, RetryError<E>> {
        let database = Some(self.database);
        let had_locks = self.opening.locks_rows();
        match &failure {
            Failure::Body(error) => self.rows.lost(when.source_chain(error), had_locks),
            Failure::Database(_) => self.rows.lost(None, had_locks),
            Failure::Lock { class, .. } => self.rows.not_locked(*class),
        }
        self.opening.lock(self.rows.to_lock());
        self.count += 1;
        let (is_worth_another, is_of_lock) = match &failure {
            Failure::Body(error) => (when.is_retryable(error, database), false),
            Failure::Database(error) => (of_diesel(error, database), false),
            // Whatever it was, an attempt without the lock can succeed; but not on a connection that is lost.
            Failure::Lock { class, .. } => (*class != ErrorClass::ConnectionLost, true),
        };
        let error = failure.into_error();
        if !is_worth_another || self.around.is_lost(&mut Wire::<X>::in_step(conn)).await {
            return Err(RetryError::new(error, self.count));
        }
        let Some(delay) = self
            .backoff
            .next(self.beginning.elapsed(), self.rows.waits_at_server())
        else {
            // A lock that failed is no reason to give up. The conflict before it is.
            let last = self.last.take().filter(|_| is_of_lock);
            return Err(RetryError::new(last.unwrap_or(error), self.count));
        };
        #[cfg(feature = "tracing")]
        events::retried(self.count, delay);
        notify.notify(self.count, &error, delay);
        if !is_of_lock {
            self.last = Some(error);
        }
        Ok(delay)
    }
}

/// What is open around all attempts.
#[derive(Clone, Copy)]
enum Around {
    Nothing,
    /// The transaction of `begin_test_transaction`, in which an attempt is a savepoint.
    TestTransaction,
}

impl Around {
    async fn look<X: Executes>(conn: &mut Wire<'_, X>) -> Result<Self, DieselError> {
        if !conn.is_test_transaction() {
            return Ok(Self::Nothing);
        }
        conn.batch_execute("SAVEPOINT optlock_retry").await?;
        Ok(Self::TestTransaction)
    }

    /// MySQL and MariaDB may have ended the test transaction together with the attempt. Then another
    /// one would be committed, and stay in the database of the tests.
    async fn is_lost<X: Executes>(self, conn: &mut Wire<'_, X>) -> bool {
        match self {
            Self::Nothing => false,
            Self::TestTransaction => conn
                .batch_execute("ROLLBACK TO SAVEPOINT optlock_retry")
                .await
                .is_err(),
        }
    }
}
