//! The screenshots of the README: `OPTLOCK_SCREENSHOTS=$PWD/examples/demo/screenshots bin/test-browser pictures`.

use crate::application::with_application;

#[test]
fn four_pages() {
    with_application(async |application| {
        let (ann, bob) = (
            application.window("Ann").await,
            application.window("Bob").await,
        );
        let list = application.window("Cid").await;
        ann.open("Mill Lane Bakery").await;
        bob.open("Mill Lane Bakery").await;
        list.size(1000, 720).await;
        list.sees("tr", "Ann edits Bob looks").await;
        list.picture("list").await;

        ann.type_into("phone", "555 1111").await;
        ann.type_into("email", "ann@bakery.example").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
        bob.type_into("phone", "555 2222").await;
        bob.type_into("notes", "Closed on Tuesdays.").await;
        bob.act("save").await;
        bob.sees("h1", "Ann changed this contact while you were editing it")
            .await;
        bob.size(1000, 1160).await;
        bob.picture("conflict").await;
        bob.size(390, 844).await;
        bob.scheme("dark").await;
        bob.picture("phone").await;
        bob.scheme("light").await;

        ann.go("/orders/1001").await;
        ann.sees("#mine", "Only you").await;
        list.go("/orders/1001").await;
        list.sees("#held", "Ann is editing this order").await;
        list.picture("order").await;
    });
}
