//! A row that was deleted meanwhile, or was to be deleted when somebody had changed it.

use crate::application::with_application;

#[test]
fn who_saves_what_was_deleted_is_told_and_can_create_it_anew() {
    with_application(async |application| {
        let (ann, bob) = (
            application.window("Ann").await,
            application.window("Bob").await,
        );
        ann.open("Green Door Books").await;
        bob.open("Green Door Books").await;
        let old = bob.path().await;
        bob.type_into("phone", "555 2222").await;
        ann.act("delete").await;
        ann.sees("body", "Deleted.").await;
        bob.sees(
            "#changed",
            "This contact was deleted while your page was open.",
        )
        .await;
        bob.act("save").await;
        bob.sees("h1", "This contact was deleted while you had it open")
            .await;
        bob.sees("td", "555 2222").await; // what was typed

        // Nothing is created by itself.
        ann.go("/contacts").await;
        assert!(!ann.text("#rows").await.contains("Green Door Books"));

        bob.act("new").await;
        bob.sees("body", "Created.").await;
        assert_eq!(bob.value("phone").await, "555 2222");
        assert_ne!(bob.path().await.split('?').next(), old.split('?').next()); // a new row
    });
}

#[test]
fn who_deletes_or_leaves_what_was_deleted_finds_the_list() {
    with_application(async |application| {
        let (ann, bob) = (
            application.window("Ann").await,
            application.window("Bob").await,
        );
        ann.open("Green Door Books").await;
        bob.open("Green Door Books").await;
        ann.act("delete").await;
        ann.sees("body", "Deleted.").await;
        bob.act("delete").await;
        bob.sees("h1", "This contact was deleted while you had it open")
            .await;
        bob.act("cancel").await;
        bob.sees("h1", "Contacts").await;
        assert!(!bob.text("#rows").await.contains("Green Door Books"));
    });
}

#[test]
fn who_deletes_what_somebody_has_changed_is_told_and_stays_or_refreshes() {
    with_application(async |application| {
        let (ann, bob) = (
            application.window("Ann").await,
            application.window("Bob").await,
        );
        ann.open("Green Door Books").await;
        bob.open("Green Door Books").await;
        bob.type_into("notes", "Bob’s note").await;
        ann.type_into("phone", "555 1111").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;

        bob.act("delete").await;
        bob.sees("h1", "Not deleted: Ann changed this contact meanwhile")
            .await;
        assert_eq!(bob.text("#field-phone td.was").await, "555 0103");
        assert_eq!(bob.text("#field-phone td.theirs").await, "555 1111");
        assert!(!bob.has("#field-notes").await);

        // Who stays has the form as it was, and the next try is refused again.
        bob.act("stay").await;
        bob.sees("h1", "Green Door Books").await;
        assert_eq!(bob.value("notes").await, "Bob’s note");
        assert_eq!(bob.value("phone").await, "555 0103");
        bob.act("delete").await;
        bob.sees("h1", "Not deleted: Ann changed this contact meanwhile")
            .await;

        // Who has seen it can delete it.
        bob.act("take").await;
        bob.sees("h1", "Green Door Books").await;
        assert_eq!(bob.value("phone").await, "555 1111");
        bob.act("delete").await;
        bob.sees("body", "Deleted.").await;
    });
}
