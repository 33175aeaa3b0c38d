//! The document and the routes are the same: each answer of each test is looked up in the document.

use crate::client::Request;
use crate::server::{PATIENT, with_server};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

/// A method and a path with its placeholders.
type Operation = (String, String);

/// The statuses of each operation, as the document has them.
static DOCUMENTED: LazyLock<BTreeMap<Operation, BTreeSet<u16>>> = LazyLock::new(|| {
    let document = serde_json::to_value(optlock_rest_api::openapi::document()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            let statuses = statuses.map(|status| status.parse().unwrap()).collect();
            operations.insert((method.to_uppercase(), path.clone()), statuses);
        }
    }
    operations
});

/// What was answered in this process.
static ANSWERED: Mutex<BTreeSet<(Operation, u16)>> = Mutex::new(BTreeSet::new());

/// The path in the document that a request has.
fn template(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    match path.split('/').collect::<Vec<_>>()[..] {
        ["", "contacts", _] => "/contacts/{id}".into(),
        ["", "contacts", _, "lease"] => "/contacts/{id}/lease".into(),
        _ => path.into(),
    }
}

/// Fails if the document does not have this answer.
pub(crate) fn check(method: &str, path: &str, status: u16) {
    let operation = (method.to_owned(), template(path));
    match DOCUMENTED.get(&operation) {
        Some(statuses) => assert!(statuses.contains(&status), "{operation:?}: {status}"),
        // What is in no document has no handler.
        None => assert!(
            path == "/openapi.json" || status == 405,
            "{operation:?}: {status}"
        ),
    }
    ANSWERED.lock().unwrap().insert((operation, status));
}

/// What the document has, and no test has met so far.
pub(crate) fn never_answered() -> Vec<(Operation, u16)> {
    let answered = ANSWERED.lock().unwrap();
    let documented = DOCUMENTED.iter().flat_map(|(operation, statuses)| {
        statuses.iter().map(|status| (operation.clone(), *status))
    });
    documented
        .filter(|answer| !answered.contains(answer))
        .collect()
}

#[test]
fn each_method_of_each_route_is_in_the_document() {
    with_server(PATIENT, async |server| {
        let mut client = server.client();
        let paths: BTreeSet<_> = DOCUMENTED.keys().map(|(_, path)| path.as_str()).collect();
        for path in &paths {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let request = Request::new(method, &path.replace("{id}", "ann"), &[], None);
                let answer = client.send(&request).await;
                let is_documented = DOCUMENTED.contains_key(&(method.into(), (*path).into()));
                assert_eq!(answer.status == 405, !is_documented, "{method} {path}");
                // axum has no body for a path that has no route.
                let is_no_route = answer.status == 404 && answer.body.is_empty();
                assert!(!is_no_route, "{method} {path}");
            }
        }
        let served = client.get("/openapi.json", &[]).await.json();
        let served: BTreeSet<_> = served["paths"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(served, paths.iter().map(ToString::to_string).collect());

        // A router does not list its paths; its source does.
        let source = include_str!("../../src/lib.rs");
        let routes = source
            .split(".route(")
            .skip(1)
            .map(|rest| rest.split('"').nth(1).unwrap());
        let routes: BTreeSet<_> = routes.filter(|path| *path != "/openapi.json").collect();
        assert_eq!(routes, paths);
    });
}

#[test]
fn a_parameter_of_a_path_is_in_the_path_and_each_other_one_elsewhere() {
    let document = serde_json::to_value(optlock_rest_api::openapi::document()).unwrap();
    let mut places = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let operations = methods.as_object().unwrap().values();
        let parameters = operations.filter_map(|operation| operation["parameters"].as_array());
        for parameter in parameters.flatten() {
            let name = parameter["name"].as_str().unwrap();
            let is_in_path = path.contains(&format!("{{{name}}}"));
            assert_eq!(parameter["in"] == "path", is_in_path, "{path}: {name}");
            places.insert(parameter["in"].as_str().unwrap());
        }
    }
    assert_eq!(places, BTreeSet::from(["header", "path", "query"]));
}

#[test]
fn what_a_body_has_is_in_the_document() {
    let document = serde_json::to_value(optlock_rest_api::openapi::document()).unwrap();
    let fields = |schema: &str| -> Vec<String> {
        let schema: &Value = &document["components"]["schemas"][schema];
        schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        fields("Representation"),
        ["calls", "email", "etag", "id", "name"]
    );
    let name = &document["components"]["schemas"]["Body"]["properties"]["name"];
    assert_eq!(
        (&name["minLength"], &name["maxLength"]),
        (&1.into(), &100.into())
    );
    let path = &document["paths"]["/contacts/{id}"]["get"]["parameters"][0];
    assert_eq!(path["schema"]["pattern"], "^[a-z0-9-]{1,36}$");
    let required = &document["components"]["schemas"]["Body"]["required"];
    assert_eq!(*required, serde_json::json!(["name", "email", "calls"]));
    let required = &document["components"]["schemas"]["Changes"]["required"];
    assert_eq!(*required, Value::Null, "a PATCH may have any of its fields");
}
