//! What becomes of a page and its lease, in each order in which a browser can send what it sends.

use super::client::{Answer, Client};
use super::{Running, with_application};
use crate::scratch::Scratch;
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

const ORDER: &str = "/orders/1001";

/// A form of a page, as a browser has it.
struct Form {
    path: String,
    inputs: Vec<(String, String)>,
}

impl Form {
    /// The one with this id.
    fn of(path: &str, id: &str, answer: &Answer) -> Self {
        let (_, form) = answer
            .body
            .split_once(&format!("id=\"{id}\""))
            .unwrap_or_else(|| panic!("{id} is not in {}", answer.body));
        let form = form.split("</form>").next().unwrap();
        let mut inputs = Vec::new();
        for tag in form.split('<').filter(|tag| !tag.starts_with("button")) {
            let Some(name) = attribute(tag, "name") else {
                continue;
            };
            let value = match tag.strip_prefix("textarea") {
                Some(tag) => tag.split_once(">\n").unwrap().1,
                None => attribute(tag, "value").unwrap(),
            };
            inputs.push((name.to_owned(), value.replace("&quot;", "\"")));
        }
        Self {
            path: path.to_owned(),
            inputs,
        }
    }

    async fn open(path: &str, client: &mut Client) -> Self {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self::of(path, "card", &answer)
    }

    fn get(&self, name: &str) -> &str {
        let mut inputs = self.inputs.iter();
        let (_, value) = inputs.find(|(known, _)| known == name).unwrap();
        value
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.inputs.retain(|(known, _)| known != name);
        self.inputs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the form sends, with some more.
    async fn send(&self, to: &str, more: &[(&str, &str)], client: &mut Client) -> Answer {
        let more = more
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let inputs: Vec<_> = self.inputs.iter().cloned().chain(more).collect();
        client.post(&format!("{}{to}", self.path), &inputs).await
    }

    async fn press(&self, action: &str, client: &mut Client) -> Answer {
        self.send("", &[("action", action)], client).await
    }

    /// What the page sends by itself.
    async fn live(&self, more: &[(&str, &str)], client: &mut Client) -> Answer {
        self.send("/live", more, client).await
    }

    /// What the page sends when it is closed.
    async fn leave(&self, more: &[(&str, &str)], client: &mut Client) {
        assert_eq!(self.send("/leave", more, client).await.status, 204);
    }

    /// The form of the page that the answer is.
    fn next(&self, answer: &Answer) -> Self {
        Self::of(&self.path, "card", answer)
    }
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next()
}

impl Answer {
    fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }
}

/// The path of a contact.
async fn contact(name: &str, running: &Running) -> String {
    let conn = &mut running.app.connections().get().await.unwrap();
    let id = super::contacts::table
        .filter(super::contacts::name.eq(name))
        .select(super::contacts::id);
    let id: String = id.first(conn).await.unwrap();
    format!("/contacts/{id}")
}

/// What another program does to the database.
async fn execute(sql: &str, running: &Running) {
    let conn = &mut Scratch::connect(&running.url).await;
    conn.batch_execute(sql).await.unwrap();
}

async fn people(running: &Running) -> (Client, Client) {
    (
        Client::sign_in(running.address, "Ann").await,
        Client::sign_in(running.address, "Bob").await,
    )
}

#[test]
fn a_form_that_comes_back_from_a_conflict_has_the_version_that_it_had() {
    with_application(async |running| {
        let (mut ann, mut bob) = people(running).await;
        let path = contact("Mill Lane Bakery", running).await;
        let form = Form::open(&path, &mut bob).await;
        let form = form
            .with("email", "print@harbour.example") // another contact has it
            .with("notes", "Bob’s note");
        let of_ann = Form::open(&path, &mut ann).await.with("phone", "555 1111");
        assert_eq!(of_ann.press("save", &mut ann).await.status, 303);

        let conflict = form.press("save", &mut bob).await;
        assert_eq!(conflict.status, 409);
        let back = form.next(&conflict).press("merge", &mut bob).await;
        assert_eq!(back.status, 409);
        assert!(back.has("email-wrong"));
        // Bob has the phone of before in his form: it must not go over Ann's.
        let form = form.next(&back).with("email", "bob@bakery.example");
        assert_eq!(form.get("phone"), "555 0101");
        assert!(form.live(&[], &mut bob).await.has("changed"));
        let conflict = form.press("save", &mut bob).await;
        assert_eq!(conflict.status, 409);
        let saved = form.next(&conflict).press("merge", &mut bob).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let form = Form::open(&path, &mut ann).await;
        assert_eq!(
            ["email", "phone", "notes"].map(|name| form.get(name)),
            ["bob@bakery.example", "555 1111", "Bob’s note"]
        );
    });
}

#[test]
fn what_was_typed_on_a_page_about_a_conflict_is_kept_with_the_version_that_it_had() {
    with_application(async |running| {
        let (mut ann, mut bob) = people(running).await;
        let path = contact("Mill Lane Bakery", running).await;
        let form = Form::open(&path, &mut bob)
            .await
            .with("notes", "Bob’s note");
        let of_ann = Form::open(&path, &mut ann).await.with("phone", "555 1111");
        assert_eq!(of_ann.press("save", &mut ann).await.status, 303);
        let conflict = form.next(&form.press("save", &mut bob).await);
        assert!(!conflict.live(&[], &mut bob).await.has("changed")); // the page has shown it
        conflict.leave(&[], &mut bob).await;

        let page = bob.get(&path).await;
        let kept = Form::of(&path, "draft", &page);
        let form = kept.next(&kept.press("stay", &mut bob).await);
        assert_eq!(form.get("notes"), "Bob’s note");
        let answer = form.press("save", &mut bob).await;
        assert_eq!(answer.status, 409); // and Ann's phone is not overwritten
    });
}

#[test]
fn who_loses_the_lease_on_a_page_about_a_conflict_goes_on_with_the_version_that_the_form_had() {
    with_application(async |running| {
        let mut bob = Client::sign_in(running.address, "Bob").await;
        let form = Form::open(ORDER, &mut bob)
            .await
            .with("notes", "Bob’s note");
        execute(
            "UPDATE orders SET address = 'Quay 1', version = version + 1 WHERE id = 1001",
            running,
        )
        .await;
        let conflict = form.press("save", &mut bob).await;
        assert_eq!(conflict.status, 409);
        execute("UPDATE optlock_leases SET expires_at = 1", running).await;
        let refused = form.next(&conflict).press("merge", &mut bob).await;
        assert!(refused.has("notyours") && refused.has("ended"));
        let again = form.next(&refused).press("extend", &mut bob).await;
        assert!(again.has("mine"));
        let answer = form.next(&again).press("save", &mut bob).await;
        assert_eq!(answer.status, 409);
        let saved = form.next(&answer).press("merge", &mut bob).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let form = Form::open(ORDER, &mut bob).await;
        assert_eq!(
            [form.get("address"), form.get("notes")],
            ["Quay 1", "Bob’s note"]
        );
    });
}

#[test]
fn a_merge_overwrites_no_change_back() {
    with_application(async |running| {
        let mut bob = Client::sign_in(running.address, "Bob").await;
        let form = Form::open(ORDER, &mut bob)
            .await
            .with("notes", "Bob’s note");
        let change = |address: &str| {
            format!(
                "UPDATE orders SET address = '{address}', version = version + 1 WHERE id = 1001"
            )
        };
        execute(&change("Quay 1"), running).await;
        let mut page = form.next(&form.press("save", &mut bob).await);
        for (action, address) in [
            ("merge", "Mill Lane 4"), // as it was when Bob opened the form, and not as his page shows it
            ("overwrite", "Quay 2"),
            ("overwrite", "Mill Lane 4"),
        ] {
            execute(&change(address), running).await;
            let answer = page.press(action, &mut bob).await;
            assert!(answer.has("again"), "{action} {address}: {}", answer.body);
            page = form.next(&answer);
        }
    });
}

#[test]
fn a_page_that_is_closed_late_ends_nothing_of_the_page_that_took_its_place() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        let first = Form::open(ORDER, &mut ann).await.with("customer", "");
        let answer = first.press("save", &mut ann).await;
        assert_eq!(answer.status, 422);
        let second = first.next(&answer);
        assert_ne!(second.get("page"), first.get("page"));
        first.leave(&[], &mut ann).await;
        let news = second.live(&[], &mut ann).await;
        assert!(news.has("mine") && !news.has("ending"), "{}", news.body);
        let second = second.with("customer", "Ann’s");

        // A page that is shown anew, and a page about a conflict.
        let anew = format!("{ORDER}?page={}", second.get("page"));
        let third = Form::open(&anew, &mut ann).await.with("notes", "x");
        let third = Form {
            path: ORDER.into(),
            ..third
        };
        second.leave(&[], &mut ann).await;
        execute(
            "UPDATE orders SET address = 'Quay 1', version = version + 1 WHERE id = 1001",
            running,
        )
        .await;
        let conflict = third.next(&third.press("save", &mut ann).await);
        third.leave(&[], &mut ann).await;
        let news = conflict.live(&[], &mut ann).await;
        assert!(news.has("mine") && !news.has("ending"), "{}", news.body);
        assert_eq!(conflict.press("merge", &mut ann).await.status, 303);
    });
}

#[test]
fn what_a_page_has_sent_before_its_end_and_comes_after_it_takes_nothing_and_keeps_nothing() {
    with_application(async |running| {
        let (mut ann, mut bob) = people(running).await;
        let late = &[("number", "2"), ("typed", "yes")];
        for action in ["save", "cancel"] {
            let form = Form::open(ORDER, &mut ann).await.with("notes", action);
            assert!(form.live(&[("number", "1")], &mut ann).await.has("mine"));
            let end = &[("action", action), ("number", "3")];
            assert_eq!(form.send("", end, &mut ann).await.status, 303);
            assert_eq!(form.live(late, &mut ann).await.status, 204);
            let page = bob.get(ORDER).await;
            assert!(page.has("mine"), "{action}: {}", page.body);
            let of_bob = Form::of(ORDER, "card", &page);
            assert_eq!(of_bob.press("cancel", &mut bob).await.status, 303);
            assert!(!ann.get(ORDER).await.has("draft"), "{action}");
            ann.post("/reset", &[]).await;
        }
        // A page that is closed, and one that a step back shows again.
        for path in [ORDER.to_owned(), contact("Harbour Print", running).await] {
            let form = Form::open(&path, &mut ann).await;
            form.leave(&[("number", "3")], &mut ann).await;
            assert_eq!(form.live(late, &mut ann).await.status, 204);
            let ends: i64 = left_micros(running).await;
            assert!(ends <= 5_000_000, "{path}: {ends}");
            let back = form.live(&[("number", "4")], &mut ann).await;
            assert_eq!(back.status, 200);
            form.leave(&[("number", "3")], &mut ann).await; // overtaken
            let ends: i64 = left_micros(running).await;
            assert!(ends > 5_000_000, "{path}: {ends}");
            form.press("cancel", &mut ann).await;
        }
    });
}

diesel::table! {
    optlock_leases (lease_id) {
        lease_id -> Text,
        expires_at -> BigInt,
    }
}

/// How long the last lease lasts.
async fn left_micros(running: &Running) -> i64 {
    let conn = &mut running.app.connections().get().await.unwrap();
    let ends = optlock_leases::table.select(diesel::dsl::max(optlock_leases::expires_at));
    let ends: Option<i64> = ends.first(conn).await.unwrap();
    ends.unwrap() - chrono::Utc::now().timestamp_micros()
}

#[test]
fn a_page_that_had_the_lease_is_asked_before_it_takes_it_again() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        let first = Form::open(ORDER, &mut ann).await;
        let second = Form::open(ORDER, &mut ann).await;
        assert!(
            second
                .live(&[("wants", "here")], &mut ann)
                .await
                .has("mine")
        );
        second.leave(&[], &mut ann).await;
        // Not even from a page that was closed.
        assert!(first.live(&[], &mut ann).await.has("elsewhere"));
        assert!(first.live(&[("wants", "here")], &mut ann).await.has("mine"));
    });
}

#[test]
fn a_reload_has_the_lease_before_the_page_that_it_replaces_is_closed() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        let inputs = [("rule".to_owned(), "away".to_owned())];
        assert_eq!(ann.post("/orders/rule", &inputs).await.status, 303);
        let first = Form::open(ORDER, &mut ann).await;
        let second = Form::open(ORDER, &mut ann).await; // and is not turned away
        assert!(second.live(&[], &mut ann).await.has("elsewhere"));
        let before = &[("before", first.get("page"))];
        assert!(second.live(before, &mut ann).await.has("mine"));
        // Who is turned away is not shown as one that looks.
        let mut bob = Client::sign_in(running.address, "Bob").await;
        assert_eq!(bob.get(ORDER).await.status, 423);
        assert!(!second.live(&[], &mut ann).await.has("looks"));
    });
}

#[test]
fn a_page_is_its_owners_and_of_its_row_whoever_names_it() {
    with_application(async |running| {
        let (mut ann, mut bob) = people(running).await;
        let form = Form::open(ORDER, &mut ann).await;
        assert_eq!(form.press("cancel", &mut bob).await.status, 303);
        form.leave(&[], &mut bob).await;
        let other = format!("/orders/1002?page={}", form.get("page"));
        assert!(ann.get(&other).await.has("mine"));
        let news = form.live(&[], &mut ann).await;
        assert!(news.has("mine") && !news.has("ending"), "{}", news.body);
        assert_eq!(form.press("save", &mut ann).await.status, 303);
    });
}

#[test]
fn a_line_that_was_changed_keeps_no_form_of_its_order_from_being_saved() {
    with_application(async |running| {
        let (mut ann, mut bob) = people(running).await;
        for rule in ["none", "read"] {
            let inputs = [("rule".to_owned(), rule.to_owned())];
            assert_eq!(ann.post("/orders/rule", &inputs).await.status, 303);
            let form = Form::open(ORDER, &mut ann).await.with("notes", rule);
            let lines = Form::open(&format!("{ORDER}/lines"), &mut bob).await;
            let lines = lines.with("quantity_1", if rule == "none" { "7" } else { "8" });
            assert_eq!(lines.press("save", &mut bob).await.status, 303);
            let answer = form.press("save", &mut ann).await;
            assert_eq!(answer.status, 303, "{rule}: {}", answer.body);
        }
    });
}

#[test]
fn what_is_sent_when_the_session_has_ended_is_sent_again_after_the_sign_in() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        let inputs = |inputs: &[(&str, &str)]| -> Vec<(String, String)> {
            inputs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let lines = Form::open("/orders/1001/lines", &mut ann).await;
        for (path, sent) in [
            (
                "/contacts",
                inputs(&[
                    ("name", "A \"new\" one"),
                    ("email", ""),
                    ("phone", "1"),
                    ("calls", "0"),
                    ("notes", "a\r\nb"),
                ]),
            ),
            ("/orders/1001/lines", lines.with("quantity_1", "7").inputs),
            ("/orders/rule", inputs(&[("rule", "away")])),
            ("/reset", inputs(&[])),
        ] {
            assert_eq!(ann.post("/sign-out", &[]).await.status, 303);
            let asked = ann.post(path, &sent).await;
            assert_eq!(asked.status, 401, "{path}");
            let typed = asked.input("typed");
            let again = inputs(&[("name", "Ann"), ("next", path), ("typed", &typed)]);
            let again = ann.post("/sign-in", &again).await;
            assert_eq!(again.status, 200, "{path}");
            let form = format!("<form class=\"card\" method=\"post\" action=\"{path}\"");
            assert!(again.body.contains(&form), "{}", again.body);
            for (name, value) in &sent {
                assert_eq!(again.input(name), *value, "{path} {name}");
            }
            let done = ann.post(path, &sent).await;
            assert_eq!(done.status, 303, "{path}: {}", done.body);
        }
    });
}
