//! Each status that the document has. (A 500 is none of them: what would be one is a mistake of the program or a database
//! that is gone, and the tests of the library have these.)

use crate::client::Request;
use crate::document::never_answered;
use crate::server::{PATIENT, Server, body, with_server};
use diesel_async::SimpleAsyncConnection;
use optlock_rest_api::database::NAME;
use serde_json::{Value, json};
use std::time::Duration;

/// As long as a test waits for what is locked. MySQL waits for a second at least.
const IMPATIENT: Duration = Duration::from_millis(500);

const JSON: &str = "application/json";

#[test]
fn a_get_has_the_tag_and_a_304_no_body() {
    with_server(PATIENT, get);
}

async fn get(server: &Server) {
    let tag = server.contact("get").await;
    let mut client = server.client();
    let shown = client.get("/contacts/get", &[]).await;
    let expected = json!({"etag": tag, "id": "get", "name": "get", "email": null, "calls": 0});
    assert_eq!((shown.status, shown.json()), (200, expected.clone()));
    assert_eq!(shown.header("etag"), Some(&*tag));
    assert_eq!(shown.header("cache-control"), Some("private, no-cache"));

    let weak = format!("\"another\", W/{tag}");
    for held in [&*tag, "*", &weak] {
        let fresh = client
            .get("/contacts/get", &[("If-None-Match", held)])
            .await;
        assert_eq!((fresh.status, &*fresh.body), (304, ""));
        assert_eq!(fresh.header("etag"), Some(&*tag));
        assert_eq!(fresh.header("cache-control"), Some("private, no-cache"));
        assert_eq!(fresh.header("content-type"), None);
    }

    let saved = client.put("get", &[("If-Match", &tag)], &body("new")).await;
    assert_eq!(saved.status, 200);
    let stale = client
        .get("/contacts/get", &[("If-None-Match", &tag)])
        .await;
    assert_eq!(
        (stale.status, stale.json()["name"].as_str()),
        (200, Some("new"))
    );
    assert_eq!(stale.header("etag"), Some(&*saved.tag()));
    let other = client.get("/contacts/get", &[("If-Match", &tag)]).await;
    assert_eq!(other.status, 412);

    let malformed = client.get("/contacts/get", &[("If-None-Match", "1")]).await;
    assert_eq!(malformed.status, 400);
    malformed.problem("malformed");
    assert_eq!(client.get("/contacts/GET", &[]).await.status, 400);
    for headers in [&[][..], &[("If-None-Match", &*tag)]] {
        let missing = client.get("/contacts/nobody", headers).await;
        assert_eq!(missing.status, 404);
        missing.problem("missing");
    }
}

#[test]
fn a_list_has_the_tags_of_its_entries() {
    with_server(PATIENT, list);
}

async fn list(server: &Server) {
    let tags = [
        server.contact("list-a").await,
        server.contact("list-b").await,
    ];
    let mut client = server.client();
    let page = client.get("/contacts?after=list", &[]).await;
    assert_eq!(page.status, 200);
    let page = page.json();
    assert_eq!(
        (&page[0]["id"], &page[0]["etag"]),
        (&json!("list-a"), &json!(tags[0]))
    );
    assert_eq!(
        (&page[1]["id"], &page[1]["etag"]),
        (&json!("list-b"), &json!(tags[1]))
    );
    let rest = client.get("/contacts?after=list-a", &[]).await.json();
    assert_eq!(rest[0]["id"], "list-b");
    assert_eq!(client.get("/contacts?after=A", &[]).await.status, 400);

    // The tag of an entry is that of the contact.
    let saved = client
        .put("list-a", &[("If-Match", &tags[0])], &body("new"))
        .await;
    assert_eq!(saved.status, 200);
}

#[test]
fn a_post_creates() {
    with_server(PATIENT, post);
}

async fn post(server: &Server) {
    let mut client = server.client();
    let request = |body: &Value| Request::new("POST", "/contacts", &[], Some(body));
    let ann = json!({"name": "Ann", "email": "post@example.org", "calls": 3});
    let created = client.send(&request(&ann)).await;
    assert_eq!(created.status, 201);
    let location = created.header("location").unwrap();
    let shown = client.get(location, &[]).await;
    assert_eq!(shown.json(), created.json());
    assert_eq!(shown.header("etag"), created.header("etag"));
    assert_eq!(shown.json()["calls"], 3);

    let taken = client.send(&request(&ann)).await;
    assert_eq!(taken.status, 409);
    let problem = taken.problem("taken").to_string();
    assert!(
        !problem.contains("UNIQUE") && !problem.contains("post@"),
        "{problem}"
    );

    unreadable(server, "POST", "/contacts", &[]).await;
}

/// What is refused before anybody looks for the contact: the body is no JSON, does not say so, or has not all fields.
async fn unreadable(server: &Server, method: &'static str, path: &str, headers: &[(&str, &str)]) {
    let mut client = server.client();
    for (kind, text, status) in [
        (JSON, "no JSON", 400),
        ("text/plain", "{}", 415),
        (JSON, r#"{"name": "no email", "calls": 0}"#, 422),
        (JSON, r#"{"name": null, "email": null, "calls": 0}"#, 422),
        (JSON, r#"{"name": "", "email": null, "calls": 0}"#, 422),
        (
            JSON,
            r#"{"name": "a\u0000b", "email": null, "calls": 0}"#,
            422,
        ),
        (
            JSON,
            r#"{"name": "too many", "email": null, "calls": 2147483648}"#,
            422,
        ),
    ] {
        let headers = [headers, &[("Content-Type", kind)]].concat();
        let request = Request::with_text(method, path, &headers, Some(text));
        let answer = client.send(&request).await;
        assert_eq!(answer.status, status, "{text}: {answer:?}");
    }
}

#[test]
fn a_put_needs_the_tag_and_a_stale_one_is_told_what_differs() {
    with_server(PATIENT, put);
}

async fn put(server: &Server) {
    let mut client = server.client();
    let created = client
        .put("put", &[("If-None-Match", "*")], &body("first"))
        .await;
    assert_eq!(
        (created.status, created.header("location")),
        (201, Some("/contacts/put"))
    );
    assert_eq!(created.header("etag"), None); // RFC 9110, section 9.3.4
    let first = created.tag();

    // Only a contact that is not there.
    let again = client
        .put("put", &[("If-None-Match", "*")], &body("second"))
        .await;
    assert_eq!(again.status, 412);
    assert_eq!(again.problem("exists")["current"]["etag"], first);

    let missing = client.put("put", &[], &body("second")).await;
    assert_eq!(
        (missing.status, missing.header("cache-control")),
        (428, Some("no-store"))
    );
    missing.problem("precondition-required");
    let any = client
        .put("put", &[("If-Match", "*")], &body("second"))
        .await;
    assert_eq!(any.status, 428);
    let both = [("If-Match", &*first), ("If-None-Match", "*")];
    assert_eq!(client.put("put", &both, &body("second")).await.status, 400);
    let malformed = client
        .put("put", &[("If-Match", &first[1..])], &body("second"))
        .await;
    assert_eq!(malformed.status, 400);
    malformed.problem("malformed");

    // What a GET has answered may be sent back: its `etag` counts for nothing.
    let mut whole = created.json();
    whole["name"] = "second".into();
    let saved = client.put("put", &[("If-Match", &first)], &whole).await;
    assert_eq!((saved.status, saved.header("etag")), (200, None));
    let second = saved.tag();
    assert_ne!(second, first);
    whole["name"] = "third".into();
    let stale = client.put("put", &[("If-Match", &first)], &whole).await;
    assert_eq!(stale.status, 412);
    let problem = stale.problem("changed");
    let change = json!([{"field": "name", "mine": "\"third\"", "theirs": "\"second\""}]);
    assert_eq!(problem["changes"], change);
    assert_eq!(problem["current"], saved.json());
    assert_eq!(problem["instance"], "/contacts/put");

    // The way out: on top of the contact as it is now.
    let tag = problem["current"]["etag"].as_str().unwrap();
    assert_eq!(
        client.put("put", &[("If-Match", tag)], &whole).await.status,
        200
    );

    // A weak tag, and the tag of another contact.
    let other = server.contact("put-other").await;
    let weak = format!("W/{second}");
    for foreign in [&other, &weak] {
        let refused = client.put("put", &[("If-Match", foreign)], &whole).await;
        assert_eq!(refused.status, 412);
        refused.problem("precondition-failed");
    }

    let gone = client.put("nobody", &[("If-Match", &first)], &whole).await;
    assert_eq!(gone.status, 404);
    gone.problem("missing");
    assert_eq!(
        client
            .put("Put", &[("If-Match", &first)], &whole)
            .await
            .status,
        400
    );

    let email = json!({"name": "n", "email": "put@example.org", "calls": 0});
    assert_eq!(
        client
            .put("put-other", &[("If-Match", &other)], &email)
            .await
            .status,
        200
    );
    let taken = client
        .put("put-third", &[("If-None-Match", "*")], &email)
        .await;
    assert_eq!(taken.status, 409);
    taken.problem("taken");
    unreadable(server, "PUT", "/contacts/put", &[("If-Match", &first)]).await;
}

#[test]
fn a_patch_tells_absent_from_null_and_an_empty_one_is_checked() {
    with_server(PATIENT, patch);
}

async fn patch(server: &Server) {
    let path = "/contacts/patch";
    let first = server.contact("patch").await;
    let mut client = server.client();
    let change = json!({"email": "patch@example.org", "calls": 1});
    let saved = client.patch(path, &[("If-Match", &first)], &change).await;
    assert_eq!(saved.status, 200);
    let second = saved.tag();
    assert_eq!(saved.header("etag"), Some(&*second));
    let expected = json!({"etag": second, "id": "patch", "name": "patch", "email": "patch@example.org", "calls": 1});
    assert_eq!(saved.json(), expected);

    let nothing = client
        .patch(path, &[("If-Match", &second)], &json!({}))
        .await;
    assert_eq!((nothing.status, nothing.tag()), (200, second.clone()));
    let stale = client
        .patch(path, &[("If-Match", &first)], &json!({}))
        .await;
    assert_eq!(stale.status, 412);
    assert_eq!(stale.problem("changed")["changes"], json!([]));

    let change = json!({"name": "mine", "calls": 1});
    let stale = client.patch(path, &[("If-Match", &first)], &change).await;
    let problem = stale.problem("changed");
    let change = json!([{"field": "name", "mine": "\"mine\"", "theirs": "\"patch\""}]);
    assert_eq!(
        (&problem["changes"], &problem["current"]),
        (&change, &expected)
    );

    let emptied = client
        .patch(path, &[("If-Match", &second)], &json!({"email": null}))
        .await;
    assert_eq!(
        (emptied.status, &emptied.json()["email"]),
        (200, &Value::Null)
    );
    let third = emptied.tag();

    for (headers, status, kind) in [
        (&[][..], 428, "precondition-required"),
        (&[("If-Match", "*")], 428, "precondition-required"),
        (&[("If-Match", "W/")], 400, "malformed"),
    ] {
        let refused = client.patch(path, headers, &json!({"calls": 2})).await;
        assert_eq!(refused.status, status);
        refused.problem(kind);
    }
    let headers = [("If-Match", &*third)];
    for (path, change, status) in [
        ("/contacts/nobody", json!({"calls": 2}), 404),
        ("/contacts/nobody", json!({}), 404),
        (path, json!({"mail": "no such field"}), 422),
        (path, json!({"name": null}), 422),
    ] {
        assert_eq!(
            client.patch(path, &headers, &change).await.status,
            status,
            "{change}"
        );
    }
    unreadable_patch(server, path, &headers).await;

    let other = server.contact("patch-other").await;
    let email = json!({"email": "patch-other@example.org"});
    let headers = [("If-Match", &*other)];
    assert_eq!(
        client
            .patch("/contacts/patch-other", &headers, &email)
            .await
            .status,
        200
    );
    let taken = client.patch(path, &[("If-Match", &third)], &email).await;
    assert_eq!(taken.status, 409);
    taken.problem("taken");
}

async fn unreadable_patch(server: &Server, path: &str, headers: &[(&str, &str)]) {
    let mut client = server.client();
    for (kind, text, status) in [(JSON, "no JSON", 400), ("text/plain", "{}", 415)] {
        let headers = [headers, &[("Content-Type", kind)]].concat();
        let request = Request::with_text("PATCH", path, &headers, Some(text));
        assert_eq!(client.send(&request).await.status, status);
    }
}

#[test]
fn a_delete_needs_the_tag_and_what_is_created_anew_is_another_contact() {
    with_server(PATIENT, delete);
}

async fn delete(server: &Server) {
    let path = "/contacts/delete";
    let first = server.contact("delete").await;
    let mut client = server.client();
    let second = client
        .put("delete", &[("If-Match", &first)], &body("new"))
        .await
        .tag();
    for (headers, status, kind) in [
        (&[][..], 428, "precondition-required"),
        (&[("If-Match", "*")], 428, "precondition-required"),
        (&[("If-Match", "\"")], 400, "malformed"),
        (&[("If-Match", &*first)], 412, "changed"),
    ] {
        let refused = client.delete(path, headers).await;
        assert_eq!(refused.status, status);
        let problem = refused.problem(kind);
        if status == 412 {
            assert_eq!(problem["current"]["name"], "new");
        }
    }
    let deleted = client.delete(path, &[("If-Match", &second)]).await;
    assert_eq!((deleted.status, &*deleted.body), (204, ""));
    for _ in 0..2 {
        let gone = client.delete(path, &[("If-Match", &second)]).await;
        assert_eq!(gone.status, 404);
        gone.problem("missing");
    }

    // The versions of a counter would come again.
    server.contact("delete").await;
    for tag in [first, second] {
        let stale = client
            .put("delete", &[("If-Match", &tag)], &body("old"))
            .await;
        assert_eq!(stale.status, 412);
        stale.problem("changed");
    }
}

#[test]
fn a_batch_has_a_status_for_each_contact() {
    with_server(PATIENT, batch);
}

async fn batch(server: &Server) {
    let (a, b) = (
        server.contact("batch-a").await,
        server.contact("batch-b").await,
    );
    let mut client = server.client();
    let late = client
        .put("batch-b", &[("If-Match", &b)], &body("theirs"))
        .await;
    let entries = json!([
        {"id": "batch-a", "etag": a, "changes": {"calls": 1}},
        {"id": "batch-b", "etag": b, "changes": {"calls": 1}},
        {"id": "batch-b", "etag": b, "changes": {}},
        {"id": "nobody", "etag": a, "changes": {"calls": 1}},
        {"id": "batch-b", "etag": late.tag(), "changes": {"calls": 2}},
        // As an earlier entry has left it: not with the tag from before.
        {"id": "batch-a", "etag": a, "changes": {"calls": 2}},
    ]);
    let answer = client.patch("/contacts", &[], &entries).await;
    assert_eq!(answer.status, 207);
    let outcomes = answer.json();
    let outcomes = outcomes.as_array().unwrap();
    let statuses: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome["status"].as_u64())
        .collect();
    assert_eq!(statuses, [200, 412, 412, 404, 200, 412].map(Some));
    assert_eq!(outcomes[1]["problem"]["current"], late.json());
    assert_eq!(outcomes[1]["problem"]["status"], 412);
    assert_eq!(outcomes[3]["etag"], Value::Null);
    for (id, outcome) in [("batch-a", &outcomes[0]), ("batch-b", &outcomes[4])] {
        let shown = client.get(&format!("/contacts/{id}"), &[]).await;
        assert_eq!(
            (&outcome["id"], &outcome["etag"]),
            (&json!(id), &json!(shown.tag()))
        );
    }

    assert_eq!(
        client.patch("/contacts", &[], &json!([])).await.json(),
        json!([])
    );
    let entry = entries[0].clone();
    for wrong in [
        json!([{"id": "batch-a", "changes": {}}]),
        json!([{"id": "batch-a", "etag": "1", "changes": {}}]),
        json!(vec![entry; 101]),
    ] {
        assert_eq!(client.patch("/contacts", &[], &wrong).await.status, 422);
    }
    unreadable_patch(server, "/contacts", &[]).await;
}

#[test]
fn a_lease_is_of_one_person_until_it_is_released() {
    with_server(PATIENT, lease);
}

async fn lease(server: &Server) {
    let tag = server.contact("lease").await;
    let path = "/contacts/lease/lease";
    let mut client = server.client();
    let acquire = |owner: &str, tag: &str| {
        Request::new(
            "POST",
            path,
            &[("If-Match", tag)],
            Some(&json!({"owner": owner})),
        )
    };
    assert_eq!(client.get(path, &[]).await.json(), Value::Null);

    let ann = client.send(&acquire("ann", &tag)).await;
    assert_eq!((ann.status, &ann.json()["owner"]), (201, &json!("ann")));
    let token = ann.json()["token"].as_str().unwrap().to_owned();
    let held = client.send(&acquire("bob", &tag)).await;
    assert_eq!(held.status, 423);
    held.problem("leased");
    let wait: u64 = held.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let shown = client.get(path, &[]).await;
    assert_eq!((shown.status, &shown.json()["owner"]), (200, &json!("ann")));
    assert_eq!(shown.json()["token"], Value::Null); // only Ann has it

    let with = |method, token: &str| Request::new(method, path, &[("Lease-Token", token)], None);
    let renewed = client.send(&with("PUT", &token)).await;
    assert_eq!(
        (renewed.status, &renewed.json()["token"]),
        (200, &json!(token))
    );
    assert_eq!(client.send(&with("DELETE", &token)).await.status, 204);

    // Bob is next, and Ann's page is told.
    assert_eq!(client.send(&acquire("bob", &tag)).await.status, 201);
    for method in ["PUT", "DELETE"] {
        let lost = client.send(&with(method, &token)).await;
        assert_eq!(lost.status, 409);
        lost.problem("lease-lost");
        let none = client.send(&Request::new(method, path, &[], None)).await;
        assert_eq!(none.status, 400);
        let request = Request::new(
            method,
            "/contacts/nobody/lease",
            &[("Lease-Token", &token)],
            None,
        );
        assert_eq!(client.send(&request).await.status, 404);
    }

    // A page that is out of date.
    let saved = client
        .put("lease", &[("If-Match", &tag)], &body("new"))
        .await;
    assert_eq!(saved.status, 200); // a lease alone stops no write
    let stale = client.send(&acquire("bob", &tag)).await;
    assert_eq!(stale.status, 412);
    stale.problem("changed");

    let owner = json!({"owner": "ann"});
    let post = |path: &str, headers: &[(&str, &str)], owner: &Value| {
        Request::new("POST", path, headers, Some(owner))
    };
    let headers = [("If-Match", &*tag)];
    for (request, status) in [
        (post(path, &[], &owner), 428),
        (post(path, &[("If-Match", "1")], &owner), 400),
        (post("/contacts/nobody/lease", &headers, &owner), 404),
        (post(path, &headers, &json!({"owner": ""})), 422),
        (
            post(path, &[headers[0], ("Content-Type", "text/plain")], &owner),
            415,
        ),
        (
            Request::new("GET", "/contacts/nobody/lease", &[], None),
            404,
        ),
        (Request::new("GET", "/contacts/A/lease", &[], None), 400),
    ] {
        assert_eq!(client.send(&request).await.status, status, "{request:?}");
    }
}

#[test]
fn a_lock_of_another_client_is_503() {
    with_server(IMPATIENT, locked);
}

async fn locked(server: &Server) {
    let tag = server.contact("locked").await;
    let mut other = server.lock("locked").await;
    let mut client = server.client();
    let headers = [("If-Match", &*tag)];
    let busy = client.put("locked", &headers, &body("new")).await;
    assert_eq!(busy.status, 503);
    busy.problem("busy");
    // Reads do not wait.
    assert_eq!(client.get("/contacts/locked", &[]).await.tag(), tag);
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(
        client.put("locked", &headers, &body("new")).await.status,
        200
    );
}

#[test]
fn no_free_connection_is_503() {
    with_server(IMPATIENT, crowded);
}

async fn crowded(server: &Server) {
    let tag = server.contact("crowded").await;
    let mut taken = Vec::new();
    for _ in 0..crate::server::CONNECTIONS {
        taken.push(server.app.connections().get().await.unwrap());
    }
    let mut client = server.client();
    let contact = "/contacts/crowded";
    let lease = "/contacts/crowded/lease";
    let headers = [("If-Match", &*tag), ("Lease-Token", "any")];
    let (body, owner) = (body("new"), json!({"owner": "ann"}));
    for (method, path, body) in [
        ("GET", "/contacts", None),
        ("POST", "/contacts", Some(&body)),
        ("PATCH", "/contacts", Some(&json!([]))),
        ("GET", contact, None),
        ("PUT", contact, Some(&body)),
        ("PATCH", contact, Some(&json!({}))),
        ("DELETE", contact, None),
        ("GET", lease, None),
        ("POST", lease, Some(&owner)),
        ("PUT", lease, None),
        ("DELETE", lease, None),
    ] {
        let busy = client
            .send(&Request::new(method, path, &headers, body))
            .await;
        assert_eq!(busy.status, 503, "{method} {path}");
        busy.problem("busy");
    }
    drop(taken);
    assert_eq!(client.get(contact, &[]).await.tag(), tag);
}

#[test]
fn each_status_of_the_document_is_answered() {
    with_server(PATIENT, async |server| {
        get(server).await;
        list(server).await;
        post(server).await;
        put(server).await;
        patch(server).await;
        delete(server).await;
        batch(server).await;
        lease(server).await;
    });
    with_server(IMPATIENT, async |server| {
        locked(server).await;
        crowded(server).await;
        assert_eq!(never_answered(), []);
    });
}

#[test]
fn the_database_is_the_one_that_was_built() {
    let features = (cfg!(feature = "postgres"), cfg!(feature = "mysql"));
    let expected = match features {
        (true, _) => "PostgreSQL",
        (false, true) => "MySQL",
        (false, false) => "SQLite",
    };
    assert_eq!(NAME, expected);
}
