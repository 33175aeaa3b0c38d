//! One short story on each kind of connection that users have.

use crate::helpers::expect::{self, ANN};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};
use optlock::{Error, Outcome, Refreshed};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;

fn story<C>(conn: &mut C)
where
    C: TransactionConnection,
    Contact: methods::Save<C>
        + methods::SaveOrLoad<C>
        + methods::Touch<C>
        + methods::Delete<C>
        + methods::CheckCurrent<C>
        + methods::LockRow<C>
        + methods::LoadCurrent<C>
        + methods::Refresh<C>
        + methods::ForceSave<C>
        + methods::ForceDelete<C>,
{
    let (mut mine, mut theirs) = (Contact::ann(), Contact::ann());
    theirs.name = "Anna".into();
    theirs.save_checked(conn).unwrap();
    assert_eq!(theirs.version, 2);

    expect::modified(mine.save_checked(conn), ANN, 1, 2);
    expect::modified(mine.delete_checked(conn), ANN, 1, 2);
    assert_eq!(
        mine.save_or_load(conn).unwrap(),
        Outcome::Changed(theirs.clone())
    );
    assert_eq!(mine, Contact::ann());

    let result = transaction(conn, &mut theirs, |conn, theirs| -> Result<(), Error> {
        theirs.save_checked(conn)?;
        mine.delete_checked(conn)
    });
    expect::modified(result, ANN, 1, 3);
    assert_eq!(mine.load_current(conn).unwrap(), Some(theirs.clone()));

    transaction(conn, &mut theirs, |conn, theirs| theirs.save_checked(conn)).unwrap();
    expect::modified(mine.check_current(conn), ANN, 1, 3);
    assert_eq!(
        mine.refresh(conn).unwrap(),
        Refreshed::Updated(Contact::ann())
    );
    assert!(matches!(
        mine.lock_checked(conn),
        Err(Error::NotInTransaction)
    ));
    transaction(conn, (&mut mine, &mut theirs), |conn, (mine, theirs)| {
        mine.lock_checked(conn)?;
        mine.touch_checked(conn)?;
        expect::modified(theirs.lock_checked(conn), ANN, 3, 4);
        theirs.force_save(conn)
    })
    .unwrap();
    assert_eq!((mine.version, theirs.version), (4, 5));
    mine.force_save(conn).unwrap();
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Unchanged);
    mine.delete_checked(conn).unwrap();
    expect::missing(theirs.save_checked(conn), ANN, 5);
    assert!(!theirs.force_delete(conn).unwrap());
    assert_eq!(mine.load_current(conn).unwrap(), None);
}

/// The same with many rows at once.
fn many<C>(conn: &mut C)
where
    C: TransactionConnection,
    Contact: methods::SaveAll<C> + methods::SaveEach<C> + methods::DeleteAll<C>,
{
    let mut both = [Contact::ann(), Contact::bob()];
    both.save_all_checked(conn).unwrap();
    assert_eq!(both.clone().map(|contact| contact.version), [2, 2]);
    let mut stale = [Contact::ann(), both[1].clone()];
    let error = stale.save_all_checked(conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conflict in 1 of 2 rows, so the batch was given up: \
         contacts 1 was changed: expected version 1, found 2"
    );
    let results = stale.save_each_checked(conn);
    assert_eq!((results[0].is_ok(), results[1].is_ok()), (false, true));
    assert_eq!((stale[0].version, stale[1].version), (1, 3));
    both[1].version = 3;
    both.delete_all_checked(conn).unwrap();
}

#[test]
fn on_a_connection() {
    story(&mut Scratch::new().connect());
    many(&mut Scratch::new().connect());
}

/// Hands out a connection of a pool.
fn with_a_pool(work: impl FnOnce(&mut PooledConnection<ConnectionManager<Conn>>)) {
    let scratch = Scratch::new();
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let mut conn = pool.get().unwrap();
    scratch.enter(&mut conn);
    work(&mut conn);
}

#[test]
fn on_a_pooled_connection() {
    with_a_pool(story);
    with_a_pool(many);
}

#[test]
fn on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    story(&mut AnyConnection::from(Scratch::new().connect()));
    many(&mut AnyConnection::from(Scratch::new().connect()));
}
