//! What a connection sends and keeps, seen through Diesel's instrumentation: the same eyes for each
//! database.

use diesel::connection::{Connection, InstrumentationEvent};
use std::sync::{Arc, Mutex};

/// Watches a connection.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    cached: Vec<String>,
    sent: Vec<String>,
}

impl Watch {
    pub fn on(conn: &mut impl Connection) -> Self {
        let watch = Self::default();
        let seen = watch.0.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
            InstrumentationEvent::CacheQuery { sql, .. } => {
                seen.lock().unwrap().cached.push(sql.to_owned())
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                seen.lock().unwrap().sent.push(query.to_string())
            }
            _ => {}
        });
        watch
    }

    /// The statements that Diesel has put into its cache since the last call.
    pub fn take_cached(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().cached)
    }

    /// Has a statement that begins so been sent (or is it just about to be) since the last call of
    /// [`take_sent`](Self::take_sent)?
    pub fn has_sent(&self, beginning: &str) -> bool {
        let seen = self.0.lock().unwrap();
        seen.sent.iter().any(|sql| sql.starts_with(beginning))
    }

    /// The statements that were sent since the last call, with their binds.
    pub fn take_sent(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }
}

/// What a server says of the statements of a connection that are prepared and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub statements: i64,
    /// How often one of them ran.
    pub uses: i64,
}

impl std::ops::Sub for Kept {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            uses: self.uses - before.uses,
        }
    }
}
