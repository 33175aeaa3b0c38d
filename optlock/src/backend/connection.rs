//! Which connections the operations run on: two names for what Diesel has, with a message of our own.

use diesel::connection::{Connection, LoadConnection};

macro_rules! connection {
    ($(#[$doc:meta])* $name:ident: $needs:ident) => {
        $(#[$doc])*
        #[diagnostic::on_unimplemented(
            message = "`{Self}` is not a connection of Diesel",
            label = "expected a connection",
            note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
            note = "`&mut conn` of a `conn` that is a `&mut` already is one `&mut` too many: pass `conn`",
            note = "async connections, such as diesel-async's `AsyncPgConnection`, do not work with `optlock::prelude`"
        )]
        pub trait $name: $needs {}

        #[diagnostic::do_not_recommend]
        impl<C: $needs> $name for C {}
    };
}

connection! {
    /// A connection that the operations run on: each [`LoadConnection`], which are Diesel's own,
    /// those from r2d2's pool, and the enum of `#[derive(MultiConnection)]`.
    DieselConnection: LoadConnection
}

connection! {
    /// A connection that has transactions: each [`Connection`].
    TransactionConnection: Connection
}
