//! What is sent.

use crate::Scratch;
use crate::prelude::*;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;

#[test]
fn outside_of_a_transaction_a_batch_is_one_statement() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = [Contact::ann(), Contact::bob()];
    let watch = Watch::on(conn);
    all.save_all_checked(conn).unwrap();
    all.delete_all_checked(conn).unwrap();
    let sent = watch.take_sent();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.iter().all(|sql| sql.starts_with("WITH")), "{sent:?}");
}

/// One text for each number of rows.
#[test]
fn a_batch_is_prepared_once_whatever_its_length() {
    use optlock_tests::models::Contact;

    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let mut all = [Contact::ann(), Contact::bob()];
    all.save_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached().len(), 1);
    all[..1].save_all_checked(conn).unwrap();
    all.save_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached(), [""; 0]);
    all.delete_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached().len(), 1);
}
