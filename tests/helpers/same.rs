//! A batch and single saves.

use crate::Conn;
use crate::prelude::*;
use std::fmt::Debug;

/// What stands in the columns after the models were saved at once, and after they were saved one by
/// one.
pub(crate) fn expect_same<M>(models: &[M], conn: &mut Conn, load: impl Fn(&mut Conn) -> Vec<M>)
where
    M: Versioned + methods::Save<Conn> + methods::SaveAll<Conn> + Clone + PartialEq + Debug,
{
    let before = load(conn);
    assert_eq!(before.len(), models.len());
    let mut single = models.to_vec();
    let expected = conn.test_transaction::<_, diesel::result::Error, _>(|conn| {
        for model in &mut single {
            model.save_checked(conn).unwrap();
        }
        Ok(load(conn))
    });
    assert_eq!(load(conn), before);

    let mut batch = models.to_vec();
    batch.save_all_checked(conn).unwrap();
    assert_eq!(load(conn), expected);
    // Each model alone, too: the types must not come from the other rows.
    let last = batch.last_mut().unwrap();
    std::slice::from_mut(last).save_all_checked(conn).unwrap();
    let mut stored = load(conn).pop().unwrap();
    stored.set_version(expected.last().unwrap().version().clone());
    assert_eq!(Some(&stored), expected.last());
}
