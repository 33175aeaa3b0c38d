//! Two clients at once, and a client that repeats what it does not know the outcome of.

use crate::client::{Answer, Client, Request};
use crate::server::{PATIENT, body, with_server};
use serde_json::json;
use tokio::sync::Barrier;

#[test]
fn of_two_clients_with_one_tag_exactly_one_wins() {
    with_server(PATIENT, async |server| {
        let mut tag = server.contact("ann").await;
        let start = Barrier::new(2);
        for round in 0..50 {
            let save = async |name: &str| {
                let mut client = server.client();
                let name = format!("{name} {round}");
                start.wait().await;
                client.put("ann", &[("If-Match", &tag)], &body(&name)).await
            };
            let (ann, bob) = tokio::join!(save("Ann"), save("Bob"));
            let (winner, loser) = if ann.status == 200 {
                (ann, bob)
            } else {
                (bob, ann)
            };
            assert_eq!((winner.status, loser.status), (200, 412));
            assert_eq!(loser.problem("changed")["current"], winner.json());
            tag = winner.tag();
        }
    });
}

#[test]
fn of_two_clients_that_create_one_contact_exactly_one_does() {
    with_server(PATIENT, async |server| {
        let start = Barrier::new(2);
        for round in 0..50 {
            let id = format!("new-{round}");
            let create = async |name: &str| {
                let mut client = server.client();
                start.wait().await;
                client
                    .put(&id, &[("If-None-Match", "*")], &body(name))
                    .await
            };
            let (ann, bob) = tokio::join!(create("Ann"), create("Bob"));
            let (winner, loser) = if ann.status == 201 {
                (ann, bob)
            } else {
                (bob, ann)
            };
            assert_eq!((winner.status, loser.status), (201, 412));
            assert_eq!(loser.problem("exists")["current"], winner.json());
        }
    });
}

#[test]
fn a_put_whose_answer_was_lost_succeeds_when_it_is_repeated() {
    with_server(PATIENT, async |server| {
        let tag = server.contact("ann").await;
        let (mut client, path) = (server.client(), "/contacts/ann");
        let request = Request::new("PUT", path, &[("If-Match", &tag)], Some(&body("Ann B.")));
        server.cut_while_locked("ann", &request).await;
        let landed = until_changed(&mut client, path, &tag).await;
        for _ in 0..2 {
            let repeated = client.send(&request).await;
            assert_eq!((repeated.status, repeated.json()), (200, landed.json()));
        }

        // Another client changes another field: the contents are not those that the client would go on with.
        let changed = client
            .patch(path, &[("If-Match", &landed.tag())], &json!({"calls": 1}))
            .await;
        let refused = client.send(&request).await;
        assert_eq!(refused.status, 412);
        assert_eq!(refused.problem("changed")["current"], changed.json());
    });
}

/// The contact when it has another tag. The request goes on without its client.
async fn until_changed(client: &mut Client, path: &str, tag: &str) -> Answer {
    for _ in 0..10_000 {
        let shown = client.get(path, &[]).await;
        if shown.tag() != tag {
            return shown;
        }
    }
    panic!("the change is not in the row")
}

#[test]
fn a_patch_that_is_repeated_is_refused() {
    with_server(PATIENT, async |server| {
        let tag = server.contact("ann").await;
        let mut client = server.client();
        for status in [200, 412] {
            let headers = [("If-Match", &*tag)];
            let answer = client
                .patch("/contacts/ann", &headers, &json!({"calls": 1}))
                .await;
            assert_eq!(answer.status, status);
        }
    });
}
