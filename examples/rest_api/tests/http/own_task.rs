//! A client that hangs up does not cut its request off.

use crate::client::Request;
use crate::server::{PATIENT, with_server};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use optlock_rest_api::contact::contacts;
use serde_json::json;

#[test]
fn a_batch_goes_on_to_its_end_and_the_service_waits_for_it() {
    with_server(PATIENT, async |server| {
        let entries = [
            json!({"id": "a", "etag": server.contact("a").await, "changes": {"calls": 1}}),
            json!({"id": "b", "etag": server.contact("b").await, "changes": {"calls": 1}}),
        ];
        let batch = Request::new("PATCH", "/contacts", &[], Some(&json!(entries)));
        server.cut_while_locked("a", &batch).await;
        server.stop().await;

        let conn = &mut server.connection().await;
        let calls = contacts::table
            .select((contacts::id, contacts::calls))
            .order(contacts::id);
        let calls: Vec<(String, i32)> = calls.load(conn).await.unwrap();
        assert_eq!(calls, [("a".into(), 1), ("b".into(), 1)]);
    });
}
