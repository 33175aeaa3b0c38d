//! One event for each conflict, retry and lost lease, within the span of its operation; no value in any of them.

use super::prelude::*;
use super::{Conn, SYSTEM, Scratch};
use crate::recorder::{Fields, KEYS, Recorder, fields};
use optlock::lease::Lease;
use optlock::retry::Policy;
use optlock::seal::Keys;
use optlock::{Fingerprint, Outcome, Tracked};
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::schema::contacts;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let conn = scratch.connect();
    (scratch, conn)
}

/// Another client saves the row of Ann, until its version is 5.
fn changed_elsewhere(conn: &mut Conn) {
    let set = (contacts::phone.eq("222"), contacts::version.eq(5));
    diesel::update(contacts::table.find(1)).set(set).execute(conn).unwrap();
}

fn renamed() -> Contact {
    Contact {
        name: "Ann B.".to_owned(),
        ..Contact::ann()
    }
}

fn conflict<const N: usize>(operation: &str, kind: &str, more: [(&str, &str); N]) -> (&'static str, Fields) {
    let mut all = fields(more);
    all.extend(fields([
        ("db.collection.name", "contacts"),
        ("db.operation.name", operation),
        ("kind", kind),
    ]));
    ("conflict", all)
}

fn changed(operation: &str) -> (&'static str, Fields) {
    conflict(operation, "changed", [("expected", "1"), ("found", "5")])
}

fn span(operation: &str) -> Fields {
    fields([
        ("otel.name", &format!("{operation} contacts")),
        ("otel.kind", "client"),
        ("db.system.name", SYSTEM),
        ("db.collection.name", "contacts"),
        ("db.operation.name", operation),
    ])
}

fn failed_span(operation: &str, kind: &str) -> Fields {
    let mut span = span(operation);
    span.extend(fields([("error.type", kind)]));
    span
}

#[test]
fn a_save_is_a_span_and_its_conflict_an_event() {
    let (_scratch, conn) = &mut set_up();
    let recorder = Recorder::new();
    renamed().save_checked(conn).unwrap();
    assert_eq!((recorder.spans(), recorder.events()), (vec![span("save_checked")], vec![]));

    changed_elsewhere(conn);
    renamed().save_checked(conn).unwrap_err();
    assert_eq!(recorder.spans(), [failed_span("save_checked", "conflict")]);
    assert_eq!(recorder.events(), [changed("save_checked")]);

    diesel::delete(contacts::table.find(1)).execute(conn).unwrap();
    Contact::ann().delete_checked(conn).unwrap_err();
    assert_eq!(recorder.spans(), [failed_span("delete_checked", "missing")]);
    let missing = conflict("delete_checked", "missing", [("expected", "1")]);
    assert_eq!(recorder.events(), [missing]);
}

#[test]
fn a_conflict_that_is_no_error_is_an_event_too() {
    let (_scratch, conn) = &mut set_up();
    changed_elsewhere(conn);
    let recorder = Recorder::new();
    assert!(matches!(renamed().save_or_load(conn), Ok(Outcome::Changed(_))));
    assert_eq!((recorder.spans(), recorder.events()), (vec![span("save_or_load")], vec![changed("save_or_load")]));

    renamed().save_merged(&Contact::ann(), conn).unwrap();
    assert_eq!((recorder.spans(), recorder.events()), (vec![span("save_merged")], vec![changed("save_merged")]));

    diesel::delete(contacts::table.find(1)).execute(conn).unwrap();
    assert!(matches!(renamed().save_or_load(conn), Ok(Outcome::Missing)));
    let missing = conflict("save_or_load", "missing", [("expected", "1")]);
    assert_eq!(recorder.events(), [missing]);
}

#[test]
fn a_merge_names_the_columns_of_its_conflict() {
    let (_scratch, conn) = &mut set_up();
    changed_elsewhere(conn);
    let recorder = Recorder::new();
    let mut ann = Tracked::new(Contact::ann());
    ann.phone = None;
    ann.save_merged(conn).unwrap_err();
    assert_eq!(recorder.events(), [conflict("save_merged", "same_fields", [("fields", "phone")])]);
    assert_eq!(recorder.spans(), [failed_span("save_merged", "conflict")]);
}

#[test]
fn a_row_without_a_version_has_none_in_the_event() {
    let (_scratch, conn) = &mut set_up();
    let legacy = contacts::table.find(1).select(Legacy::as_select());
    let mut ann = Tracked::new(legacy.first(conn).unwrap());
    changed_elsewhere(conn);
    ann.name = "Ann B.".to_owned();
    let recorder = Recorder::new();
    ann.save_unchanged(conn).unwrap_err();
    let operation = "save_unchanged";
    assert_eq!(recorder.events(), [conflict(operation, "changed", [])]);
    assert_eq!(recorder.spans(), [failed_span(operation, "conflict")]);
}

#[test]
fn what_is_overwritten_by_force_is_no_conflict() {
    let (_scratch, conn) = &mut set_up();
    changed_elsewhere(conn);
    let recorder = Recorder::new();
    renamed().force_save(conn).unwrap();
    assert_eq!((recorder.spans(), recorder.events()), (vec![span("force_save")], vec![]));
}

#[test]
fn each_loser_of_a_batch_is_an_event() {
    let (_scratch, conn) = &mut set_up();
    changed_elsewhere(conn);
    diesel::delete(contacts::table.find(2)).execute(conn).unwrap();
    let recorder = Recorder::new();
    let missing = |operation| conflict(operation, "missing", [("expected", "1")]);
    let mut all = [renamed(), Contact::bob()];
    all.save_all_checked(conn).unwrap_err();
    let operation = "save_all_checked";
    assert_eq!(recorder.events(), [changed(operation), missing(operation)]);
    assert_eq!(recorder.spans(), [failed_span(operation, "conflict")]);

    let results = all.save_each_checked(conn);
    assert!(results.iter().all(Result::is_err));
    let operation = "save_each_checked";
    assert_eq!(recorder.events(), [changed(operation), missing(operation)]);
}

#[test]
fn an_upsert_finds_a_row_that_exists() {
    let (_scratch, conn) = &mut set_up();
    let recorder = Recorder::new();
    Contact::unstored(1).upsert_checked(conn).unwrap_err();
    let exists = conflict("upsert_checked", "exists", [("expected", "0"), ("found", "1")]);
    assert_eq!(recorder.events(), [exists]);
}

#[test]
fn a_page_that_is_out_of_date_is_counted_and_not_shown() {
    let keys = Keys::new([7; 32]).unwrap();
    let seal = keys.purpose("edit contact").without_session();
    let page = |orders: i32| Fingerprint::builder(&seal).value("open orders", &orders);
    let shown = page(3).build().to_string();
    let recorder = Recorder::new();
    page(3).verify(&shown).unwrap();
    page(4).verify(&shown).unwrap_err();
    let event = fields([("kind", "page_changed"), ("parts", "1"), ("gone", "0")]);
    assert_eq!(recorder.events(), [("conflict", event)]);
}

/// The lock, the closure and the save are one operation.
#[test]
fn a_page_is_saved_within_one_span() {
    let (_scratch, conn) = &mut set_up();
    let keys = Keys::new([7; 32]).unwrap();
    let seal = keys.purpose("edit contact").without_session();
    let (ann, operation) = (Contact::ann(), "save_if_unchanged");
    let page = Fingerprint::builder(&seal).row(&ann).build();
    let legacy = contacts::table.find(1).select(Legacy::as_select());
    let mut legacy = Tracked::new(legacy.first(conn).unwrap());
    legacy.name = "Ann B.".to_owned();
    let mut tracked = Tracked::with_base(ann.clone(), renamed());
    let mut ann = renamed();

    let recorder = Recorder::new();
    ann.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)).unwrap();
    assert_eq!((recorder.spans(), recorder.events()), (vec![span(operation)], vec![]));
    let event = conflict(operation, "page_changed", [("parts", "1"), ("gone", "0")]);
    ann.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)).unwrap_err();
    assert_eq!(recorder.spans(), [failed_span(operation, "conflict")]);
    assert_eq!(recorder.events(), std::slice::from_ref(&event));
    tracked.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)).unwrap_err();
    assert_eq!(recorder.spans(), [failed_span(operation, "conflict")]);
    assert_eq!(recorder.events(), std::slice::from_ref(&event));
    legacy.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)).unwrap_err();
    assert_eq!(recorder.spans(), [failed_span(operation, "conflict")]);
    assert_eq!(recorder.events(), [event]);
}

/// What the closure meets is reported there.
#[test]
fn a_conflict_in_the_closure_of_a_page_is_one_event() {
    let (_scratch, conn) = &mut set_up();
    changed_elsewhere(conn);
    let keys = Keys::new([7; 32]).unwrap();
    let seal = keys.purpose("edit contact").without_session();
    let page = Fingerprint::builder(&seal).row(&Contact::bob()).build();
    let recorder = Recorder::new();
    let saved = Contact::bob().save_if_unchanged(page.as_str(), &seal, conn, |conn, page, _| {
        Contact::ann().check_current(conn)?;
        Ok(page)
    });
    assert!(saved.unwrap_err().is_conflict());
    let spans = ["check_current", "save_if_unchanged"].map(|operation| failed_span(operation, "conflict"));
    assert_eq!(recorder.spans(), spans);
    assert_eq!(recorder.events(), [changed("check_current")]);
}

#[test]
fn another_attempt_is_an_event() {
    let (_scratch, conn) = &mut set_up();
    let recorder = Recorder::new();
    let stale = std::cell::Cell::new(0);
    let policy = Policy::new().backoff(Duration::ZERO, Duration::ZERO);
    retry(policy, conn, |conn| {
        let mut ann = Contact {
            version: stale.replace(1),
            ..renamed()
        };
        ann.save_checked(conn)
    })
    .unwrap();
    let conflict = conflict("save_checked", "changed", [("expected", "0"), ("found", "1")]);
    let again = fields([("attempts", "1"), ("delay_ms", "0")]);
    assert_eq!(recorder.events(), [conflict, ("retry", again)]);
}

#[test]
fn a_lost_lease_is_an_event() {
    let (_scratch, conn) = &mut set_up();
    lease::create_table(conn).unwrap();
    let lost = |kind| ("lease", fields([("db.collection.name", "contacts"), ("kind", kind)]));
    let mut lease = Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, conn).unwrap();
    let stolen = Lease::steal(&Contact::ann(), "bob", "page 2", MINUTE, conn).unwrap();
    let recorder = Recorder::new();
    assert!(!lease.renew(conn).unwrap().is_done());
    assert_eq!(recorder.events(), [lost("stolen")]);

    renamed().save_leased(&lease, conn).unwrap_err();
    assert_eq!(recorder.spans(), [failed_span("save_leased", "lease_lost")]);
    assert_eq!(recorder.events(), [lost("stolen")]);

    assert!(!lease.release(conn).unwrap().is_done());
    assert_eq!(recorder.events(), [lost("stolen")]);

    Contact::bob().save_leased(&stolen, conn).unwrap_err();
    assert_eq!(recorder.events(), [lost("other_row")]);
    Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, conn).unwrap_err();
    let acquired = recorder.spans().pop();
    assert_eq!(acquired, Some(failed_span("acquire", "lease_held")));
}

#[test]
fn a_key_is_named_only_on_request() {
    let (_scratch, conn) = &mut set_up();
    changed_elsewhere(conn);
    let _alone = KEYS.write().unwrap();
    let recorder = Recorder::with(None);
    optlock::tracing::show_keys(true);
    renamed().save_checked(conn).unwrap_err();
    optlock::tracing::show_keys(false);
    let (target, mut event) = changed("save_checked");
    event.extend(fields([("key", "1")]));
    assert_eq!(recorder.events(), [(target, event)]);
}
