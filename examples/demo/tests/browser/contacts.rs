//! The list, and who is where.

use crate::application::with_application;

#[test]
fn whoever_has_not_signed_in_is_asked_who_they_are() {
    with_application(async |application| {
        let nobody = application.window_of_nobody("Ann").await;
        nobody.go("/contacts").await;
        nobody.sees("h1", "Who are you?").await;
        nobody
            .sees("body", "This is a demo: there are no passwords.")
            .await;
        nobody.type_into("name", "Ann").await;
        nobody.press("Sign in").await;
        nobody.sees("h1", "Contacts").await; // where they wanted to go
        nobody.sees("header", "Ann").await;
        nobody.press("Sign out").await;
        nobody.sees("h1", "Who are you?").await;
        nobody.go("/contacts").await;
        nobody.sees("h1", "Who are you?").await;
    });
}

#[test]
fn the_list_shows_who_edits_and_who_looks_without_a_reload() {
    with_application(async |application| {
        let list = application.window("Cid").await;
        let row = "tr[contains(., 'Green Door Books')]";
        list.sees(row, "the demo").await;

        let ann = application.window("Ann").await;
        ann.open("Green Door Books").await;
        list.sees(row, "Ann edits").await;

        let bob = application.window("Bob").await;
        bob.open("Green Door Books").await;
        bob.sees("#edits", "Ann is editing this contact right now")
            .await;
        ann.sees("#looks", "Bob looks at this contact too").await;
        list.sees(row, "Ann edits Bob looks").await;

        ann.type_into("phone", "555 7777").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
        list.sees_lately(row, "Ann").await; // who saved it last

        ann.act("cancel").await;
        ann.sees("h1", "Contacts").await;
        bob.act("cancel").await;
        bob.sees("h1", "Contacts").await;
        list.misses(".badge").await;
        assert_eq!(list.path().await, "/contacts"); // it was never left
    });
}

#[test]
fn a_form_from_an_old_list_warns_before_anything_is_typed() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        let bob = application.window("Bob").await;
        // A list that gets no news stays as old as it is.
        ann.script("window.fetch = () => Promise.reject()", vec![])
            .await
            .unwrap();
        bob.open("Harbour Print").await;
        bob.type_into("phone", "555 7777").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
        let old = "a[href*='seen=']";
        assert!(ann.has(old).await);
        ann.press("Harbour Print").await;
        ann.sees(
            "body",
            "This contact has changed since your list was loaded: Bob saved it",
        )
        .await;
        assert_eq!(ann.value("phone").await, "555 7777"); // as it is now
    });
}

#[test]
fn while_the_page_is_open_a_notice_tells_what_somebody_has_saved() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Harbour Print").await;
        ann.type_into("notes", "Half a sentence").await;
        let bob = application.window("Bob").await;
        bob.open("Harbour Print").await;
        bob.type_into("phone", "555 7777").await;
        bob.act("save").await;
        ann.sees(
            "#changed",
            "Bob saved this contact while your page was open: Phone.",
        )
        .await;
        assert_eq!(ann.value("notes").await, "Half a sentence");

        // A write by another program is seen as a user's is.
        application
            .execute("UPDATE contacts SET calls = 99 WHERE name = 'Harbour Print'")
            .await;
        ann.sees(
            "#changed",
            "another program saved this contact while your page was open: Phone, Calls.",
        )
        .await;
        ann.act("save").await;
        ann.sees(
            "h1",
            "another program changed this contact while you were editing it",
        )
        .await;
    });
}

#[test]
fn a_contact_is_created_and_its_page_says_by_whom() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.press("A new contact").await;
        ann.type_into("name", "<b>Bold</b> & Sons").await;
        ann.type_into("email", "none").await;
        ann.press("Create").await;
        ann.sees("#email-wrong", "This is no email address.").await;
        ann.type_into("email", "orders@bakery.example").await;
        ann.press("Create").await;
        ann.sees("#email-wrong", "Another contact has this address.")
            .await;
        assert_eq!(ann.value("name").await, "<b>Bold</b> & Sons");
        ann.type_into("email", "bold@sons.example").await;
        ann.press("Create").await;
        ann.sees("h1", "<b>Bold</b> & Sons").await; // markup is text
        ann.sees_lately("body", "Created by Ann").await;
        assert!(!ann.has("h1 b").await);
    });
}
