//! One person edits an order at a time: who else comes is told, waits, asks, or takes it over.

use crate::application::{Application, OPTIONS, with_application, with_options};
use crate::browser::Window;
use fantoccini::Locator;
use optlock_demo::Options;
use serde_json::Value;
use std::time::{Duration, Instant};

const ORDER: &str = "/orders/1001";

async fn open<'a>(application: &'a Application, name: &str) -> Window<'a> {
    let window = application.window(name).await;
    window.go(ORDER).await;
    window.sees("h1", "Order 1001").await;
    window
}

/// Lets the lease of the order end so many seconds from now, as if its time had passed.
async fn ends_in(application: &Application, seconds: u32) {
    let now = "CAST(strftime('%s', 'now') AS INTEGER)";
    application
        .execute(&format!(
            "UPDATE optlock_leases SET expires_at = ({now} + {seconds}) * 1000000"
        ))
        .await;
}

#[test]
fn the_second_person_reads_until_the_first_one_saves_and_then_edits_without_a_reload() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        ann.sees("#mine", "Only you can edit this order now").await;
        let bob = open(application, "Bob").await;
        bob.sees("#held", "Ann is editing this order, for at least another")
            .await;
        bob.sees("#held", "You can read it").await;
        assert!(bob.has("#address[readonly]").await);
        assert!(bob.has("button[value='save']:disabled").await);
        ann.sees("#looks", "Bob looks at this order too").await;
        let list = application.window("Cid").await;
        list.go("/orders").await;
        list.sees("tr", "Ann edits Bob looks").await;

        ann.type_into("address", "Mill Lane 7").await;
        ann.act("save").await; // releases it
        ann.sees("body", "Saved.").await;
        ann.sees("h1", "Orders").await;

        bob.find("#address:not([readonly])").await;
        bob.sees("#mine", "Only you can edit this order now").await;
        bob.misses("#changed").await;
        assert_eq!(bob.value("address").await, "Mill Lane 7"); // and it is the newest
        bob.type_into("notes", "Bob’s note").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
        bob.go(ORDER).await;
        bob.sees("#mine", "Only you").await;
        assert_eq!(bob.value("address").await, "Mill Lane 7");
        assert_eq!(bob.value("notes").await, "Bob’s note");
    });
}

#[test]
fn by_another_rule_the_second_person_is_turned_away_or_leases_are_off() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.go("/orders").await;
        ann.choose("input[value='away']").await;
        ann.press("Set").await;
        ann.find("input[value='away'][checked]").await;
        ann.go(ORDER).await;
        ann.sees("#mine", "Only you").await;
        let bob = application.window("Bob").await;
        bob.go(ORDER).await;
        bob.sees("h1", "Order 1001 is being edited").await;
        bob.sees("#held", "Ann is editing this order, for at least another")
            .await;
        bob.press("Ask Ann to let go").await;
        ann.sees("#asked", "Bob asks you to let go").await;

        bob.go("/orders").await;
        bob.choose("input[value='none']").await;
        bob.press("Set").await;
        bob.find("input[value='none'][checked]").await;
        bob.go(ORDER).await;
        bob.sees("#edits", "You can edit it too").await;
        bob.type_into("address", "Quay 1").await;
        bob.act("save").await;
        bob.sees("body", "Saved.").await;
        ann.sees("#changed", "Bob saved this order").await;
        ann.type_into("notes", "Ann’s note").await;
        ann.act("save").await;
        ann.sees("h1", "Bob changed this order while you were editing it")
            .await; // the version decides
    });
}

#[test]
fn who_types_nothing_is_warned_extends_and_loses_it_in_the_end_and_nothing_that_was_typed() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        ann.sees("#mine", "Only you can edit this order now").await;
        ann.forge("notes", "Ann’s note").await; // typed a while ago
        ends_in(application, 100).await; // of 600
        ann.sees("#ending", "Your time for this order ends").await;
        ann.press("Keep editing").await;
        ann.sees("#mine", "Only you can edit this order now").await;
        let bob = open(application, "Bob").await;
        bob.sees("#held", "Ann is editing this order").await;
        // It ends, and Bob, who waits, has it.
        ends_in(application, 0).await;
        bob.sees("#mine", "Only you can edit this order now").await;
        ann.sees("#held", "Bob is editing this order").await;
        assert_eq!(ann.value("notes").await, "Ann’s note");
        assert!(ann.has("#notes[readonly]").await);
        bob.act("cancel").await;
        bob.sees("h1", "Orders").await;
        // Free again, and Ann is asked before she goes on.
        ann.sees(
            "#ended",
            "You do not have this order any more. Your time has ended, or you have let it go. What you typed is still here.",
        )
        .await;
        ann.press("Go on editing").await;
        ann.find("#notes:not([readonly])").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
        ann.go(ORDER).await;
        assert_eq!(ann.value("notes").await, "Ann’s note");
    });
}

#[test]
fn who_types_keeps_it() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        ends_in(application, 100).await;
        ann.sees("#ending", "Your time for this order ends").await;
        ann.type_into("notes", "Ann’s note").await;
        ann.sees("#mine", "Only you can edit this order now").await;
    });
}

#[test]
fn an_administrator_takes_over_and_the_old_holder_is_refused_with_the_input_kept() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        // A page without news, as one without scripts.
        ann.script("window.fetch = () => Promise.reject()", vec![])
            .await
            .unwrap();
        ann.type_into("notes", "Ann’s note").await;
        let cid = application.window_of_nobody("Cid").await;
        cid.go("/sign-in?next=/orders/1001").await;
        cid.type_into("name", "Cid").await;
        cid.click("#admin").await;
        cid.press("Sign in").await;
        cid.sees("#held", "Ann is editing this order").await;
        cid.press("Take it over").await;
        cid.sees("#mine", "Only you can edit this order now").await;

        ann.act("save").await;
        ann.sees(
            "#notyours",
            "Nothing was saved: you did not have this order any more.",
        )
        .await;
        ann.sees("#held", "Cid is editing this order").await;
        assert_eq!(ann.value("notes").await, "Ann’s note");
        assert!(!ann.has("button[value='steal']").await); // she is no administrator
        // Whoever sends it all the same gets nothing by it.
        ann.script("const b = document.querySelector('button[value=ask]'); b.value = 'steal'; delete b.dataset.lease; b.removeAttribute('data-lease'); b.click()", vec![]).await.unwrap();
        ann.misses("#notyours").await;
        ann.sees("#held", "Cid is editing this order").await;
        cid.type_into("address", "Quay 9").await;
        cid.act("save").await;
        cid.sees("body", "Saved.").await;
    });
}

#[test]
fn the_same_person_on_a_second_page_is_told_and_can_go_on_there() {
    with_application(async |application| {
        let first = open(application, "Ann").await;
        let second = application.window_of_nobody("Ann").await; // the same cookie
        second.go(ORDER).await;
        second
            .sees("#elsewhere", "You are editing this order on another page.")
            .await;
        assert!(second.has("#address[readonly]").await);
        second.press("Edit it here instead").await;
        second
            .sees("#mine", "Only you can edit this order now")
            .await;
        first
            .sees("#elsewhere", "You are editing this order on another page.")
            .await;
        assert!(first.has("#address[readonly]").await);
    });
}

#[test]
fn enter_saves_whatever_a_notice_above_the_form_offers() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        let bob = open(application, "Bob").await;
        bob.press("Ask Ann to let go").await;
        ann.sees("#asked", "Bob asks you to let go of this order.")
            .await;
        ann.type_into("customer", "Green Door\u{e007}").await;
        ann.sees("body", "Saved.").await;
        bob.sees("#mine", "Only you can edit this order now").await;
        assert_eq!(bob.value("customer").await, "Green Door");
    });
}

#[test]
fn a_notice_that_appears_takes_the_focus_from_no_other_one() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        let bob = open(application, "Bob").await;
        bob.press("Ask Ann to let go").await;
        ann.find("#asked button").await;
        ann.script("document.querySelector('#asked button').focus()", vec![])
            .await
            .unwrap();
        application
            .execute("UPDATE orders SET version = version + 1")
            .await;
        ann.sees("#changed", "but nothing that is on it").await; // above the other one
        let focused = ann.script("return document.activeElement.value", vec![]);
        assert_eq!(focused.await.unwrap(), "letgo");
    });
}

#[test]
fn a_question_that_gets_no_answer_is_asked_again_with_what_was_typed() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        ann.script(
            "window.lost = 0; window.genuine = fetch;
             window.fetch = async () => { lost += 1; throw new Error(); }",
            vec![],
        )
        .await
        .unwrap();
        ends_in(application, 100).await; // of 600
        ann.type_into("notes", "Ann’s note").await;
        let (begun, lost) = (Instant::now(), "return lost");
        let typed: Value = ann.script(lost, vec![]).await.unwrap();
        // Two more, of which one at least was asked after the typing.
        while ann.script(lost, vec![]).await.unwrap().as_u64() < typed.as_u64().map(|n| n + 2) {
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
        ann.script("window.fetch = genuine", vec![]).await.unwrap();
        ann.misses("#ending").await;
        let bob = open(application, "Bob").await;
        bob.sees("#held", "for at least another 5").await; // 59x seconds
    });
}

#[test]
fn a_reload_keeps_the_order_at_once() {
    let rarely = Options {
        poll: Duration::from_secs(3600),
        ..OPTIONS
    };
    with_options(rarely, async |application| {
        let ann = open(application, "Ann").await;
        ann.sees("#mine", "Only you can edit this order now").await;
        ann.client().await.refresh().await.unwrap();
        ann.sees("#mine", "Only you can edit this order now").await;
        ann.type_into("notes", "Ann’s note").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
    });
}

#[test]
fn the_holder_who_is_asked_lets_go() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        let bob = open(application, "Bob").await;
        bob.press("Ask Ann to let go").await;
        bob.sees("#held", "You have asked Ann to let go.").await;
        ann.sees("#asked", "Bob asks you to let go of this order.")
            .await;
        ann.press("Let go").await;
        bob.sees("#mine", "Only you can edit this order now").await;
        ann.sees("#held", "Bob is editing this order").await;
    });
}

#[test]
fn a_closed_tab_gives_the_order_up_soon_and_ends_not_the_lease_of_the_next_page() {
    with_application(async |application| {
        let ann = open(application, "Ann").await;
        let bob = open(application, "Bob").await;
        bob.sees("#held", "Ann is editing this order").await;
        // A reload: the page after it has the lease, whatever the page before says when it is closed.
        let old = ann.value("page").await;
        ann.go(ORDER).await;
        ends_in(application, 500).await; // it is not that the lease of the page before has ended
        ann.sees("#mine", "Only you can edit this order now").await;
        ann.script(
            "navigator.sendBeacon('/orders/1001/leave', new URLSearchParams({page: arguments[0]}))",
            vec![old.into()],
        )
        .await
        .unwrap();
        ann.type_into("notes", "x").await;
        ann.sees("#mine", "Only you can edit this order now").await;
        bob.sees("#held", "Ann is editing this order").await;
        // Gone: a minute is left of the lease, and Bob does not wait for it. (The driver closes a tab without telling the page.)
        ann.client().await.goto("about:blank").await.unwrap();
        bob.sees("#mine", "Only you can edit this order now").await;
    });
}

#[test]
fn who_comes_back_to_a_hidden_tab_is_told_at_once() {
    let rarely = Options {
        poll: Duration::from_secs(3600),
        ..OPTIONS
    };
    with_options(rarely, async |application| {
        let ann = open(application, "Ann").await;
        let bob = open(application, "Bob").await;
        ann.act("cancel").await;
        ann.sees("h1", "Orders").await;
        bob.sees("#held", "Ann is editing this order").await; // nobody has asked since
        bob.script(
            "document.dispatchEvent(new Event('visibilitychange'))",
            vec![],
        )
        .await
        .unwrap();
        bob.sees("#mine", "Only you can edit this order now").await;
    });
}

#[test]
fn an_order_of_another_shop_is_none() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.go("/orders").await;
        assert!(!ann.text("#rows").await.contains("1003"));
        ann.go("/orders/1003").await;
        ann.sees("h1", "There is no such order").await;
        // Nor is it written, nor told of: not even by a form.
        ann.go(ORDER).await;
        ann.script("card.action = '/orders/1003'", vec![])
            .await
            .unwrap();
        ann.type_into("address", "Quay 9").await;
        ann.act("save").await;
        ann.sees("main", "Nothing was saved").await;
        assert!(!ann.text("main").await.contains("North Quay"));
        let bob = application.window_of_nobody("Bob").await;
        bob.go("/sign-in?next=/orders/1003").await;
        bob.type_into("name", "Bob").await;
        bob.client()
            .await
            .find(Locator::Id("shop"))
            .await
            .unwrap()
            .select_by_label("Harbour")
            .await
            .unwrap();
        bob.press("Sign in").await;
        bob.sees("h1", "Order 1003").await;
        assert_eq!(bob.value("address").await, "North Quay 1");
    });
}
