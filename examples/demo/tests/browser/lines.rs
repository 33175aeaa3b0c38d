//! An order with lines: several people change them at once.

use crate::application::{Application, with_application};
use crate::browser::Window;

async fn open<'a>(application: &'a Application, name: &str) -> Window<'a> {
    let window = application.window(name).await;
    window.go("/orders/1001/lines").await;
    window.sees("h1", "Lines of order 1001").await;
    window
}

#[test]
fn two_people_who_change_different_lines_are_merged_and_the_order_is_touched() {
    with_application(async |application| {
        let (ann, bob) = (
            open(application, "Ann").await,
            open(application, "Bob").await,
        );
        let cid = application.window("Cid").await;
        cid.go("/orders/1001").await;
        cid.sees("#mine", "Only you can edit this order now").await;
        ann.type_into("quantity_1", "3").await;
        ann.press("Save").await;
        ann.sees("body", "Saved.").await;
        bob.type_into("quantity_2", "5").await;
        bob.press("Save").await;
        bob.sees(
            "body",
            "Saved. Somebody else has changed other lines meanwhile: both changes are in it.",
        )
        .await;
        assert_eq!(
            [bob.value("quantity_1").await, bob.value("quantity_2").await],
            ["3", "5"]
        );
        bob.sees("td", "Ann").await; // who saved the other line

        // Who holds the order is told that it is another one now, and keeps no change from being saved.
        cid.sees(
            "#changed",
            "Bob saved this order while your page was open, but nothing that is on it.",
        )
        .await;
        cid.type_into("notes", "Cid’s note").await;
        cid.act("save").await;
        cid.sees("body", "Saved.").await;
    });
}

#[test]
fn two_people_who_change_the_same_line_are_told_and_choose() {
    with_application(async |application| {
        let (ann, bob) = (
            open(application, "Ann").await,
            open(application, "Bob").await,
        );
        ann.type_into("quantity_1", "3").await;
        ann.press("Save").await;
        ann.sees("body", "Saved.").await;
        bob.type_into("quantity_1", "7").await;
        bob.type_into("quantity_2", "5").await;
        bob.press("Save").await;
        bob.sees(
            "#conflict",
            "Somebody changed a line that you changed too, and saved first.",
        )
        .await;
        bob.sees("#line-1", "Ann’s: 3").await;
        bob.sees("#line-1", "Mine: 7").await;
        assert!(!bob.has("#line-2 fieldset").await);
        assert_eq!(bob.value("quantity_2").await, "5"); // not saved, and not lost
        // Ann saves again while he thinks about it: it is checked again.
        ann.type_into("quantity_1", "4").await;
        ann.press("Save").await;
        ann.sees("body", "Saved.").await;
        bob.choose("#line-1 input[value='mine']").await;
        bob.press("Save").await;
        bob.sees("#line-1", "Ann’s: 4").await;
        bob.choose("#line-1 input[value='theirs']").await;
        bob.press("Save").await;
        bob.sees("body", "Saved.").await;
        assert_eq!(
            [bob.value("quantity_1").await, bob.value("quantity_2").await],
            ["4", "5"]
        );
    });
}

#[test]
fn what_is_unfit_or_forged_is_not_saved_and_not_lost() {
    with_application(async |application| {
        let bob = open(application, "Bob").await;
        bob.type_into("quantity_1", "many").await;
        bob.type_into("quantity_2", "5").await;
        bob.press("Save").await;
        bob.sees("#line-1", "A whole number from 0 on.").await;
        assert_eq!(
            [bob.value("quantity_1").await, bob.value("quantity_2").await],
            ["many", "5"]
        );
        bob.type_into("quantity_1", "3").await;
        bob.forge("token_1", "x").await;
        bob.press("Save").await;
        bob.sees("body", "Nothing was saved, and nothing you typed is lost.")
            .await;
        bob.sees("#line-1", "the demo’s: 2").await;
        assert_eq!(
            [bob.value("quantity_1").await, bob.value("quantity_2").await],
            ["3", "5"]
        );
        bob.go("/orders/1003/lines").await; // of another shop
        bob.sees("h1", "There is no such order").await;
    });
}
