//! One short story on each kind of connection that users have.

use super::expect::{self, ANN};
use crate::{Conn, Scratch};
use diesel::connection::Connection;
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::backend::Dialect;
use optlock::methods;
use optlock::prelude::*;
use optlock::{Error, Outcome};
use optlock_tests::any::AnyConnection;
use optlock_tests::models::Contact;

fn story<C>(conn: &mut C)
where
    C: Connection<Backend: Dialect>,
    Contact:
        methods::Save<C> + methods::SaveOrLoad<C> + methods::Delete<C> + methods::LoadCurrent<C>,
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

    let result = optlock::transaction(conn, &mut theirs, |conn, theirs| -> Result<(), Error> {
        theirs.save_checked(conn)?;
        mine.delete_checked(conn)
    });
    expect::modified(result, ANN, 1, 3);
    assert_eq!(mine.load_current(conn).unwrap(), Some(theirs.clone()));

    optlock::transaction(conn, &mut theirs, |conn, theirs| theirs.save_checked(conn)).unwrap();
    theirs.delete_checked(conn).unwrap();
    expect::missing(theirs.save_checked(conn), ANN, 3);
    assert_eq!(mine.load_current(conn).unwrap(), None);
}

#[test]
fn on_a_connection() {
    story(&mut Scratch::new().connect());
}

#[test]
fn on_a_pooled_connection() {
    let scratch = Scratch::new();
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let mut conn = pool.get().unwrap();
    scratch.enter(&mut conn);
    story(&mut conn);
}

#[test]
fn on_an_enum_of_connections() {
    let scratch = Scratch::new();
    story(&mut AnyConnection::from(scratch.connect()));
}
