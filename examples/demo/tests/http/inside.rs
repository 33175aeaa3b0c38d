//! What happened behind the pages, and who may read it.

use crate::client::{Client, typed};
use crate::{Running, with_application};
use optlock_demo::database;

#[test]
fn the_values_of_a_request_are_for_who_has_sent_it() {
    with_application(async |Running { address, .. }| {
        let mut bob = Client::sign_in_to(*address, "Bob", "Harbour").await;
        let form = bob.get("/orders/1003").await.form();
        let inputs = [("customer", "Two Hulls"), ("action", "save")];
        let saved = bob.post("/orders/1003", &typed(form, &inputs)).await;
        assert_eq!(saved.status, 303);
        // Not each driver reports values when a statement ends.
        if database::NAME == "SQLite" {
            assert!(bob.get("/inside").await.body.contains("Two Hulls"));
        }

        // A name is no proof: the other Bob is of another shop.
        for name in ["Ann", "Bob"] {
            let mut other = Client::sign_in(*address, name).await;
            let inside = other.get("/inside").await;
            assert!(inside.body.contains("customer"), "{}", inside.body);
            assert!(!inside.body.contains("Two Hulls"), "{}", inside.body);
            assert!(!inside.body.contains("North Quay"), "{}", inside.body);
        }
    });
}
