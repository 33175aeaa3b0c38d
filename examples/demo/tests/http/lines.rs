//! The lines of an order, saved by two people.

use crate::client::{Client, typed};
use crate::scratch::Scratch;
use crate::{Running, with_application};
use diesel_async::SimpleAsyncConnection;

const PATH: &str = "/orders/1001/lines";

/// Saves these quantities on a page that is opened for it.
async fn save(client: &mut Client, inputs: &[(&str, &str)]) {
    let form = client.get(PATH).await.form();
    assert_eq!(client.post(PATH, &typed(form, inputs)).await.status, 303);
}

async fn quantities(client: &mut Client) -> [String; 2] {
    let form = client.get(PATH).await.form();
    ["quantity_1", "quantity_2"].map(|name| {
        let input = form.iter().find(|(known, _)| known == name);
        input.unwrap().1.clone()
    })
}

#[test]
fn theirs_stays_chosen_when_another_line_collides_again() {
    with_application(async |Running { address, .. }| {
        let (mut ann, mut bob) = (
            Client::sign_in(*address, "Ann").await,
            Client::sign_in(*address, "Bob").await,
        );
        let form = bob.get(PATH).await.form();
        save(&mut ann, &[("quantity_1", "3"), ("quantity_2", "4")]).await;
        let inputs = [("quantity_1", "7"), ("quantity_2", "5")];
        let both = bob.post(PATH, &typed(form, &inputs)).await;
        assert_eq!(both.status, 409);

        save(&mut ann, &[("quantity_2", "6")]).await;
        let inputs = [("choose_1", "theirs"), ("choose_2", "mine")];
        let again = bob.post(PATH, &typed(both.form(), &inputs)).await;
        assert_eq!(again.status, 409);
        let inputs = [("choose_2", "mine")];
        let saved = bob.post(PATH, &typed(again.form(), &inputs)).await;
        assert_eq!(saved.status, 303);
        assert_eq!(quantities(&mut bob).await, ["3", "5"]);
    });
}

#[test]
fn theirs_stays_chosen_when_another_line_is_unfit() {
    with_application(async |Running { address, .. }| {
        let (mut ann, mut bob) = (
            Client::sign_in(*address, "Ann").await,
            Client::sign_in(*address, "Bob").await,
        );
        let form = bob.get(PATH).await.form();
        save(&mut ann, &[("quantity_1", "3")]).await;
        let both = bob
            .post(
                PATH,
                &typed(form, &[("quantity_1", "7"), ("quantity_2", "5")]),
            )
            .await;
        assert_eq!(both.status, 409);
        // What was typed into a line is of no interest where theirs is chosen.
        let inputs = [
            ("choose_1", "theirs"),
            ("quantity_1", "many"),
            ("quantity_2", "many"),
        ];
        let unfit = bob.post(PATH, &typed(both.form(), &inputs)).await;
        assert_eq!(unfit.status, 422);
        assert_eq!(unfit.body.matches("A whole number from 0 on.").count(), 1);
        let saved = bob
            .post(PATH, &typed(unfit.form(), &[("quantity_2", "5")]))
            .await;
        assert_eq!(saved.status, 303);
        assert_eq!(quantities(&mut bob).await, ["3", "5"]);
    });
}

#[test]
fn a_line_that_was_deleted_meanwhile_is_told_with_what_was_typed() {
    with_application(async |running| {
        let mut bob = Client::sign_in(running.address, "Bob").await;
        let form = bob.get(PATH).await.form();
        let conn = &mut Scratch::connect(&running.url).await;
        conn.batch_execute("DELETE FROM order_lines WHERE id = 1")
            .await
            .unwrap();
        let inputs = [("quantity_1", "77"), ("quantity_2", "5")];
        let told = bob.post(PATH, &typed(form, &inputs)).await;
        assert_eq!(told.status, 409);
        assert!(told.body.contains("You typed: 77."), "{}", told.body);
        let saved = bob.post(PATH, &told.form()).await;
        assert_eq!(saved.status, 303);
        let form = bob.get(PATH).await.form();
        assert!(
            form.contains(&("quantity_2".into(), "5".into())),
            "{form:?}"
        );
    });
}

#[test]
fn a_form_from_before_a_reset_overwrites_nothing_after_it() {
    with_application(async |Running { address, .. }| {
        let (mut ann, mut bob) = (
            Client::sign_in(*address, "Ann").await,
            Client::sign_in(*address, "Bob").await,
        );
        save(&mut bob, &[("quantity_1", "9")]).await;
        let form = ann.get(PATH).await.form();
        assert_eq!(ann.post("/reset", &[]).await.status, 303);
        save(&mut bob, &[("quantity_1", "3")]).await; // as often as before
        let refused = ann.post(PATH, &typed(form, &[("quantity_1", "7")])).await;
        assert_eq!(refused.status, 409);
        assert_eq!(quantities(&mut ann).await[0], "3");
    });
}
