//! A page without a version: a fingerprint of what it has shown.

use crate::application::{Application, with_application};
use crate::browser::Window;

async fn open<'a>(application: &'a Application, name: &str) -> Window<'a> {
    let window = application.window(name).await;
    window.go("/hours").await;
    window.sees("h1", "Opening hours").await;
    window
}

#[test]
fn what_has_changed_is_told_by_name_and_the_form_can_be_refreshed() {
    with_application(async |application| {
        let (ann, bob) = (
            open(application, "Ann").await,
            open(application, "Bob").await,
        );
        ann.type_into("opens", "08:00").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
        bob.type_into("closes", "20:00").await;
        bob.type_into("reason", "Summer").await;
        bob.click("button[aria-label='Seats: one more']").await; // the widget of the page's own
        assert_eq!(bob.value("seats").await, "13");
        bob.act("save").await;
        bob.sees(
            "#changed",
            "Nothing was saved: what this page showed has changed since.",
        )
        .await;
        assert_eq!(bob.texts("#changed li").await, ["Opens: 08:00 now"]);
        assert_eq!(
            [
                bob.value("closes").await,
                bob.value("seats").await,
                bob.value("reason").await
            ],
            ["20:00", "13", "Summer"]
        );
        // It is refused again, until the form is refreshed.
        bob.act("save").await;
        bob.sees("#changed", "Nothing was saved").await;
        bob.press("Refresh the form").await;
        bob.sees("#refreshed", "These are the hours as they are now.")
            .await;
        assert_eq!(
            [
                bob.value("opens").await,
                bob.value("closes").await,
                bob.value("reason").await
            ],
            ["08:00", "18:00", "Summer"]
        );
        bob.sees("span", "You typed: 20:00").await;
        bob.sees("span", "You typed: 13").await;
        bob.click("button.use[data-for='closes']").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
        assert_eq!(
            [
                bob.value("opens").await,
                bob.value("closes").await,
                bob.value("seats").await
            ],
            ["08:00", "20:00", "12"]
        );
    });
}

#[test]
fn the_counter_takes_part_and_so_does_what_the_page_shows_of_others() {
    with_application(async |application| {
        let bob = open(application, "Bob").await;
        application.execute("UPDATE hours SET seats = 20").await;
        application
            .execute("DELETE FROM orders WHERE id = 1002")
            .await;
        bob.type_into("opens", "10:00").await;
        bob.act("save").await;
        bob.sees("#changed", "Nothing was saved").await;
        assert_eq!(
            bob.texts("#changed li").await,
            ["Seats: 20 now", "Open orders: 1 now"]
        );
    });
}

#[test]
fn what_the_page_does_not_show_and_what_nothing_stores_take_no_part() {
    with_application(async |application| {
        let bob = open(application, "Bob").await;
        let _visit = open(application, "Ann").await; // counted in a column of the row
        bob.type_into("reason", "Summer").await;
        bob.type_into("opens", "10:00").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
        assert_eq!(
            [bob.value("opens").await, bob.value("reason").await],
            ["10:00", ""]
        );
    });
}

#[test]
fn a_forged_fingerprint_is_refused_and_no_input_is_lost() {
    with_application(async |application| {
        let bob = open(application, "Bob").await;
        bob.type_into("opens", "10:00").await;
        bob.forge("shown", "x").await;
        bob.act("save").await;
        bob.sees(
            "#refreshed",
            "Nothing was saved: the form was made for somebody else",
        )
        .await;
        bob.sees("span", "You typed: 10:00").await;
        bob.type_into("seats", "many").await;
        bob.act("save").await;
        bob.sees("#seats-wrong", "A whole number from 0").await;
    });
}
