//! Each kind of page can be used by everybody, in light and in dark, and on a phone.

use crate::application::{Application, with_application};
use crate::browser::Window;

async fn check(window: &Window<'_>, what: &str) {
    window.check(what).await;
    window.size(390, 844).await;
    assert!(window.fits().await, "{what} is wider than a phone");
    window.size(1100, 900).await;
}

async fn somebody_saves(application: &Application) {
    let cid = application.window("Cid").await;
    cid.open("Mill Lane Bakery").await;
    cid.type_into("phone", "555 1111").await;
    cid.act("save").await;
    cid.sees("body", "Saved.").await;
}

#[test]
fn the_pages_of_everyday_use() {
    with_application(async |application| {
        let ann = application.window_of_nobody("Ann").await;
        ann.go("/sign-in").await;
        check(&ann, "sign in").await;
        let ann = application.window("Ann").await;
        for path in [
            "/",
            "/contacts",
            "/new/contact",
            "/orders",
            "/orders/1001",
            "/orders/1001/lines",
            "/products",
            "/products/bell",
            "/hours",
            "/json",
            "/inside",
            "/nowhere",
        ] {
            ann.go(path).await;
            ann.find("main h1").await;
            check(&ann, path).await;
        }
        ann.go("/json").await;
        ann.press("Two clients change one contact").await;
        ann.find(".status").await;
        check(&ann, "a flow over JSON").await;
    });
}

#[test]
fn the_pages_about_a_conflict() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Mill Lane Bakery").await;
        somebody_saves(application).await;
        ann.sees("#changed", "Cid saved this contact").await;
        check(&ann, "a form with a notice").await;
        ann.act("delete").await;
        ann.sees("h1", "Not deleted").await;
        check(&ann, "not deleted").await;
        ann.act("stay").await;
        ann.sees("h1", "Mill Lane Bakery").await;
        ann.type_into("phone", "555 2222").await;
        ann.act("save").await;
        ann.sees("h1", "Cid changed this contact").await;
        check(&ann, "a conflict").await;
        ann.act("take").await;
        ann.sees("span", "You typed: 555 2222").await;
        check(&ann, "theirs with mine beside it").await;
        ann.type_into("calls", "many").await;
        ann.act("save").await;
        ann.find("#calls-wrong").await;
        check(&ann, "a form with something wrong").await;
        application.execute("DELETE FROM contacts").await;
        ann.type_into("calls", "3").await;
        ann.act("save").await;
        ann.sees("h1", "This contact was deleted while you had it open")
            .await;
        check(&ann, "deleted").await;
    });
}

#[test]
fn the_pages_about_a_lease() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.go("/orders/1001").await;
        ann.sees("#mine", "Only you").await;
        let bob = application.window("Bob").await;
        bob.go("/orders/1001").await;
        bob.sees("#held", "Ann is editing").await;
        check(&bob, "an order that somebody else edits").await;
        bob.press("Ask Ann to let go").await;
        ann.sees("#asked", "Bob asks you").await;
        check(&ann, "somebody asks").await;
    });
}

#[test]
fn the_keyboard_is_enough_and_the_focus_stays() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.script("document.querySelector('#rows a').focus()", vec![])
            .await
            .unwrap();
        let row = ann
            .script("return document.activeElement.id", vec![])
            .await
            .unwrap();
        let bob = application.window("Bob").await;
        bob.open("Green Door Books").await; // the first one
        ann.sees("tr", "Bob edits").await; // the list has changed around the focus
        assert_eq!(
            ann.script("return document.activeElement.id", vec![])
                .await
                .unwrap(),
            row
        );
        ann.client()
            .await
            .active_element()
            .await
            .unwrap()
            .send_keys("\u{e007}")
            .await
            .unwrap(); // Enter
        ann.sees("h1", "Green Door Books").await;
        let label = ann
            .script(
                "return document.getElementById('phone').labels[0].textContent",
                vec![],
            )
            .await
            .unwrap();
        assert_eq!(label, "Phone");
        ann.type_into("phone", "555 1111\u{e007}").await; // Enter saves
        ann.sees("body", "Saved.").await;
    });
}
