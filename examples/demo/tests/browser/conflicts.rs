//! Two people save one contact: the page about it, and each way out.

use crate::application::{Application, with_application};
use crate::browser::Window;

/// Ann saves another phone and another email, while Bob has another phone and other notes in his form. He presses save.
async fn collide(application: &Application) -> (Window<'_>, Window<'_>) {
    let ann = application.window("Ann").await;
    let bob = application.window("Bob").await;
    ann.open("Mill Lane Bakery").await;
    bob.open("Mill Lane Bakery").await;
    ann.type_into("phone", "555 1111").await;
    ann.type_into("email", "ann@bakery.example").await;
    ann.act("save").await;
    ann.sees("body", "Saved.").await;
    bob.type_into("phone", "555 2222").await;
    bob.type_into("notes", "Two lines\nof Bob").await;
    bob.act("save").await;
    bob.sees("h1", "Ann changed this contact while you were editing it")
        .await;
    (ann, bob)
}

/// What is in the row, as a new reader sees it.
async fn row(window: &Window<'_>) -> [String; 3] {
    window.open("Mill Lane Bakery").await;
    [
        window.value("email").await,
        window.value("phone").await,
        window.value("notes").await,
    ]
}

#[test]
fn the_page_says_who_changed_what_field_by_field() {
    with_application(async |application| {
        let (_ann, bob) = collide(application).await;
        bob.sees_lately("body", "Ann saved Mill Lane Bakery").await;
        for (field, class, texts) in [
            (
                "name",
                "same",
                [
                    "Mill Lane Bakery",
                    "Mill Lane Bakery",
                    "Mill Lane Bakery",
                    "unchanged",
                ],
            ),
            (
                "email",
                "theirs",
                [
                    "orders@bakery.example",
                    "ann@bakery.example",
                    "orders@bakery.example",
                    "Ann’s",
                ],
            ),
            (
                "phone",
                "both",
                [
                    "555 0101",
                    "555 1111",
                    "555 2222",
                    "Whose Phone?\nAnn\nMine",
                ],
            ),
            ("calls", "same", ["3", "3", "3", "unchanged"]),
            (
                "notes",
                "mine",
                [
                    "Closed on Mondays.",
                    "Closed on Mondays.",
                    "Two lines\nof Bob",
                    "yours",
                ],
            ),
        ] {
            let found = bob
                .find(&format!("#field-{field}"))
                .await
                .attr("class")
                .await
                .unwrap();
            assert_eq!(found.as_deref(), Some(class), "{field}");
            for (column, text) in ["was", "theirs", "mine", "result"].into_iter().zip(texts) {
                assert_eq!(
                    bob.text(&format!("#field-{field} td.{column}")).await,
                    text,
                    "{field} {column}"
                );
            }
        }
    });
}

#[test]
fn merge_takes_what_does_not_collide_from_whoever_changed_it() {
    with_application(async |application| {
        let (_ann, bob) = collide(application).await;
        // The browser asks for the choice; who gets around that is asked by the server.
        bob.script("document.getElementById('card').noValidate = true", vec![])
            .await
            .unwrap();
        bob.act("merge").await;
        bob.sees("#open", "Both of you changed Phone. Choose whose counts.")
            .await;
        bob.choose("#field-phone input[value='mine']").await;
        bob.act("merge").await;
        bob.sees("body", "Saved: merged from both changes.").await;
        assert_eq!(
            row(&bob).await,
            ["ann@bakery.example", "555 2222", "Two lines\nof Bob"]
        );
    });
}

#[test]
fn take_theirs_shows_what_was_typed_beside_it() {
    with_application(async |application| {
        let (_ann, bob) = collide(application).await;
        bob.act("take").await;
        bob.sees("body", "This is the contact as Ann saved it.")
            .await;
        assert_eq!(bob.value("phone").await, "555 1111");
        bob.sees("span", "You typed: 555 2222").await;
        bob.click("button.use[data-for='notes']").await; // "Use it"
        assert_eq!(bob.value("notes").await, "Two lines\nof Bob");
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
        assert_eq!(
            row(&bob).await,
            ["ann@bakery.example", "555 1111", "Two lines\nof Bob"]
        );
    });
}

#[test]
fn overwrite_writes_mine_and_the_other_page_is_told() {
    with_application(async |application| {
        let (ann, bob) = collide(application).await;
        bob.act("overwrite").await;
        bob.sees("body", "Saved.").await;
        ann.sees(
            "#changed",
            "Bob saved this contact while your page was open: Email, Phone, Notes.",
        )
        .await;
        assert_eq!(
            row(&bob).await,
            ["orders@bakery.example", "555 2222", "Two lines\nof Bob"]
        );
        // And Ann's next save is stopped as well.
        ann.act("save").await;
        ann.sees("h1", "Bob changed this contact while you were editing it")
            .await;
    });
}

#[test]
fn cancel_leaves_it_as_they_saved_it() {
    with_application(async |application| {
        let (_ann, bob) = collide(application).await;
        bob.act("cancel").await;
        bob.sees("h1", "Contacts").await;
        assert_eq!(
            row(&bob).await,
            ["ann@bakery.example", "555 1111", "Closed on Mondays."]
        );
    });
}

#[test]
fn whoever_saves_while_the_page_is_read_is_told_too_and_there_is_always_a_way_on() {
    with_application(async |application| {
        let (_ann, bob) = collide(application).await;
        let cid = application.window("Cid").await;
        for (action, calls) in [("overwrite", "10"), ("merge", "20")] {
            cid.open("Mill Lane Bakery").await;
            cid.type_into("calls", calls).await;
            cid.act("save").await;
            cid.sees("body", "Saved.").await;
            // The page says so by itself ..
            bob.sees(
                "#changed",
                "Cid saved this contact while your page was open",
            )
            .await;
            bob.choose("#field-phone input[value='mine']").await;
            // .. and nothing is overwritten that it has not shown.
            bob.act(action).await;
            bob.sees(
                "#again",
                "Again: Cid saved it while you were looking at this page.",
            )
            .await;
            assert_eq!(bob.text("#field-calls td.theirs").await, calls);
            assert_eq!(bob.text("#field-phone td.mine").await, "555 2222");
        }
        bob.choose("#field-phone input[value='theirs']").await;
        bob.act("merge").await;
        bob.sees("body", "Saved: merged from both changes.").await;
        assert_eq!(
            row(&bob).await,
            ["ann@bakery.example", "555 1111", "Two lines\nof Bob"]
        );
        assert_eq!(bob.value("calls").await, "20");
    });
}

#[test]
fn somebody_else_saves_at_the_press_of_a_button() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Mill Lane Bakery").await;
        ann.press("Let Bob save a change to this contact now").await;
        ann.sees(
            "#changed",
            "Bob saved this contact while your page was open: Phone, Calls.",
        )
        .await;
        ann.act("save").await;
        ann.sees("h1", "Bob changed this contact while you were editing it")
            .await;
    });
}

#[test]
fn a_product_whose_version_is_a_time_is_checked_alike() {
    with_application(async |application| {
        let (ann, bob) = (
            application.window("Ann").await,
            application.window("Bob").await,
        );
        for window in [&ann, &bob] {
            window.go("/products").await;
            window.press("Front lamp").await;
            window.sees("h1", "Front lamp").await;
        }
        ann.type_into("cents", "19.90").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
        bob.type_into("stock", "11").await;
        bob.act("save").await;
        bob.sees("h1", "Ann changed this product while you were editing it")
            .await;
        bob.act("merge").await;
        bob.sees("body", "Saved: merged from both changes.").await;
        assert_eq!(bob.value("cents").await, "19.90");
        assert_eq!(bob.value("stock").await, "11");
    });
}
