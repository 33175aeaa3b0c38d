//! What is refused: forms that were tampered with, of others, too old, of another site; and what nobody may lose by it.

use crate::application::with_application;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use optlock::UuidText;
use optlock::diesel_async::prelude::*;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;

#[test]
fn a_token_that_is_tampered_with_of_another_or_too_old_is_refused_and_no_input_is_lost() {
    with_application(async |application| {
        let (ann, bob) = (
            application.window("Ann").await,
            application.window("Bob").await,
        );
        ann.open("Green Door Books").await;
        let of_ann = ann.value("token").await;
        bob.open("Green Door Books").await;
        let genuine = bob.value("token").await;
        for (token, why) in [
            (
                of_ann.clone(),
                "The form was made for somebody else, or for another page.",
            ),
            (
                genuine[..20].to_owned(),
                "Something of the form got lost or was changed on its way.",
            ),
            (
                String::new(),
                "Something of the form got lost or was changed on its way.",
            ),
        ] {
            bob.open("Green Door Books").await;
            bob.type_into("notes", "Bob’s note").await;
            bob.forge("token", &token).await;
            bob.act("save").await;
            bob.sees("body", why).await;
            bob.sees("body", "Nothing was saved, and nothing you typed is lost.")
                .await;
            bob.sees("span", "You typed: Bob’s note").await;
            assert_eq!(bob.value("notes").await, "");
        }
        // A base that is no base is refused alike.
        bob.open("Green Door Books").await;
        bob.type_into("notes", "Bob’s note").await;
        bob.forge("was_calls", "many").await;
        bob.act("save").await;
        bob.sees(
            "body",
            "Something of the form got lost or was changed on its way.",
        )
        .await;
        bob.sees("span", "You typed: Bob’s note").await;
        // And from there it can be saved.
        bob.click("button.use[data-for='notes']").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
    });
}

#[test]
fn who_is_signed_out_meanwhile_goes_on_where_they_were() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Green Door Books").await;
        ann.type_into("notes", "Ann’s note").await;
        ann.client().await.delete_all_cookies().await.unwrap();
        // Bob saves in the meantime.
        let bob = application.window("Bob").await;
        bob.open("Green Door Books").await;
        bob.type_into("phone", "555 2222").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;

        ann.act("save").await;
        ann.sees("h1", "Who are you?").await;
        ann.sees("body", "What you typed is kept").await;
        ann.type_into("name", "Ann").await;
        ann.press("Sign in").await;
        // It has the version that it had: what Bob has saved is not overwritten.
        ann.press("Send it again").await;
        ann.sees("h1", "Bob changed this contact while you were editing it")
            .await;
        ann.act("merge").await;
        ann.sees("body", "Saved: merged from both changes.").await;
        assert_eq!(ann.value("phone").await, "555 2222");
        assert_eq!(ann.value("notes").await, "Ann’s note");
    });
}

#[test]
fn what_was_typed_on_a_page_that_was_closed_is_kept() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Green Door Books").await;
        let path = ann.path().await;
        ann.type_into("notes", "Ann’s note").await;
        let bob = application.window("Bob").await;
        bob.open("Green Door Books").await; // and here Bob's page has asked twice
        bob.sees("#edits", "Ann is editing").await;
        ann.script("return fetch(card.dataset.live, {method: 'POST', body: new URLSearchParams(new FormData(card))})", vec![]).await.unwrap();
        ann.go("/contacts").await;
        ann.go(&path).await;
        ann.press("Forget it").await;
        ann.misses("#draft").await;
        assert_eq!(ann.value("notes").await, "");
    });
}

#[test]
fn a_form_of_another_site_is_refused() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        let target = format!("{}/reset", ann.origin);
        let page = format!(
            "<!doctype html><title>Another</title><form method=post action='{target}'><button>Press me</button></form>"
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        // The same host with another port: the cookie goes there, and the form is another origin's all the same.
        let host = ann.origin.rsplit_once(':').unwrap().0;
        let url = format!("{host}:{}/", listener.local_addr().unwrap().port());
        let other = Router::new().route("/", get(async move || Html(page)));
        let serving = tokio::spawn(async move { axum::serve(listener, other).await });
        ann.client().await.goto(&url).await.unwrap();
        ann.press("Press me").await;
        ann.sees(
            "body",
            "The form came from another site, so nothing was done.",
        )
        .await;
        ann.press("To the contacts").await;
        ann.sees("h1", "Contacts").await;
        serving.abort();
    });
}

#[test]
fn a_page_that_is_none_has_a_way_back() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        for (path, text) in [
            ("/nowhere", "There is no such page."),
            ("/contacts/nobody", "There is no such contact"),
            ("/contacts/%00", "There is no such contact"),
            ("/products/%F0%9F%98%80", "There is no such product"),
            ("/sign-out", "This page cannot be asked for in that way."),
        ] {
            ann.go(path).await;
            ann.sees("main", text).await;
            ann.press("To the contacts").await;
            ann.sees("h1", "Contacts").await;
        }
    });
}

#[test]
fn input_that_no_database_stores_is_told() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Green Door Books").await;
        ann.type_into("calls", "many").await;
        ann.type_into("notes", "kept").await;
        ann.act("save").await;
        ann.sees("#calls-wrong", "A whole number from 0 to 2147483647.")
            .await;
        assert_eq!(ann.value("calls").await, "many");
        assert_eq!(ann.value("notes").await, "kept");
        ann.type_into("calls", "13").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;

        ann.forge("notes", "a\u{1}b").await;
        ann.act("save").await;
        ann.sees(
            "#notes-wrong",
            "There are characters in it that cannot be stored.",
        )
        .await;
    });
}

#[test]
fn a_form_that_is_too_old_is_refused_and_no_input_is_lost() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Green Door Books").await;
        let path = ann.path().await;
        let id = path
            .trim_start_matches("/contacts/")
            .split('?')
            .next()
            .unwrap();
        let conn = &mut application.app.connections().get().await.unwrap();
        let row: Key = contacts::table
            .find(id)
            .select(Key::as_select())
            .first(conn)
            .await
            .unwrap();
        let last_year = SystemTime::now() - Duration::from_secs(366 * 86_400);
        let seal = application
            .app
            .keys
            .purpose("edit contact")
            .session("Ann")
            .unwrap();
        let old = row.form_token(&seal.expires_in(Duration::from_secs(60)).at(last_year));
        ann.type_into("notes", "Ann’s note").await;
        ann.forge("token", old.as_str()).await;
        ann.act("save").await;
        ann.sees("body", "The form was open for too long.").await;
        ann.sees("span", "You typed: Ann’s note").await;
    });
}

diesel::table! {
    contacts {
        id -> Text,
        version -> Text,
    }
}

/// What a token is about.
#[derive(Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Key {
    id: String,
    version: UuidText,
}
