//! Somebody who writes just before each of our updates.

use crate::Conn;
use crate::prelude::*;
use diesel::connection::InstrumentationEvent;

/// Before the connection sends its n-th UPDATE, `meddle(n)` writes on another one. (It is called
/// before the statement goes out, so that no lock is held in autocommit.)
pub(crate) fn before_each_update(conn: &mut Conn, mut meddle: impl FnMut(usize) + Send + 'static) {
    let mut updates = 0;
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            if query.to_string().starts_with("UPDATE") {
                updates += 1;
                meddle(updates);
            }
        }
    });
}
