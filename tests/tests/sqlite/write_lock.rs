//! The lock of the database: when it is taken, and who does not get it.

use crate::helpers::people::rename;
use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::backend::Dialect;
use optlock::retry::Policy;
use optlock::{Error, TransactionOptions};
use optlock_tests::any::AnyConnection;
use optlock_tests::cause;
use optlock_tests::models::Contact;

/// Before it has read or written anything: nobody can write in between.
fn expect_write_lock_at_the_beginning<C>(conn: &mut C, scratch: &Scratch)
where
    C: Connection<Backend: Dialect>,
    Contact: methods::LoadCurrent<C> + methods::Save<C>,
{
    let is_locked = || {
        let other = &mut scratch.connect();
        other.batch_execute(SQL.impatient).unwrap();
        let result = diesel::sql_query("UPDATE contacts SET version = version").execute(other);
        result.is_err_and(|error| error.to_string() == "database is locked")
    };
    let seen = TransactionOptions::new().run(conn, (), |_, ()| Ok::<_, Error>(is_locked()));
    assert!(!seen.unwrap());
    let immediate = TransactionOptions::new().immediate();
    let seen = immediate.run(conn, (), |_, ()| Ok::<_, Error>(is_locked()));
    assert!(seen.unwrap());

    let name = retry(Policy::new(), conn, |conn| {
        assert!(is_locked());
        let mut ann = Contact::ann().load_current(conn)?.unwrap();
        ann.name.push('!');
        ann.save_checked(conn)?;
        Ok::<_, Error>(ann.name)
    })
    .unwrap();
    let stored = Contact::ann().load_current(conn).unwrap().unwrap();
    assert_eq!(stored.name, name);
    assert!(!is_locked());
}

#[test]
fn an_immediate_transaction_and_each_retry_takes_the_write_lock_at_its_beginning() {
    let scratch = Scratch::new();
    expect_write_lock_at_the_beginning(&mut scratch.connect(), &scratch);
    expect_write_lock_at_the_beginning(&mut AnyConnection::from(scratch.connect()), &scratch);
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    expect_write_lock_at_the_beginning(&mut pool.get().unwrap(), &scratch);
}

#[test]
fn an_immediate_transaction_that_does_not_get_the_lock_leaves_none_open() {
    let scratch = Scratch::new();
    let holder = &mut scratch.connect();
    let conn = &mut scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let immediate = TransactionOptions::new().immediate();
    let result = immediate.run(conn, (), |_, ()| -> Result<(), Error> {
        panic!("this must not run")
    });
    let error = result.unwrap_err();
    assert_eq!(cause(&error), "database is locked");
    assert!(error.is_transient());
    holder.batch_execute("ROLLBACK").unwrap();
    rename(1, "Anna", conn);
    conn.immediate_transaction(|_| Ok::<_, Error>(())).unwrap();
}

/// SQLITE_LOCKED: connections that share a cache, of which one changes the schema.
#[test]
fn a_locked_schema_is_transient() {
    let scratch = Scratch::new();
    let url = format!("file:{}?cache=shared", scratch.url());
    let [mut theirs, mut ours] = [(); 2].map(|()| Conn::establish(&url).unwrap());
    theirs
        .batch_execute("BEGIN; CREATE TABLE more (id INTEGER)")
        .unwrap();
    let mut ann = Contact::ann();
    let error = ann.save_checked(&mut ours).unwrap_err();
    assert!(
        cause(&error).starts_with("database schema is locked"),
        "{error:?}"
    );
    assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
    theirs.batch_execute("ROLLBACK").unwrap();
    ann.save_checked(&mut ours).unwrap();
}
