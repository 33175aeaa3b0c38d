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

    /// The statements that were sent since the last call, with their binds (`BEGIN` and `COMMIT`
    /// are no queries in Diesel's eyes).
    pub fn take_sent(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }
}
