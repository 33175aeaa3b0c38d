//! What another program does to the rows while a page is open.

use crate::client::{Client, typed};
use crate::{Running, contacts, with_application};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

impl Running {
    async fn execute(&self, sql: &str) {
        let mut conn = self.app.connections().get().await.unwrap();
        conn.batch_execute(sql).await.unwrap();
    }

    async fn path_of(&self, name: &str) -> String {
        let mut conn = self.app.connections().get().await.unwrap();
        let id = contacts::table.filter(contacts::name.eq(name));
        let id: String = id.select(contacts::id).first(&mut conn).await.unwrap();
        format!("/contacts/{id}")
    }
}

#[test]
fn a_contact_with_what_nobody_may_type_can_be_mended_and_deleted() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        running
            .execute("UPDATE contacts SET calls = -1, email = NULL, notes = 'a\tb'")
            .await;
        let path = running.path_of("Harbour Print").await;
        let form = ann.get(&path).await.form();
        let inputs = [("phone", "555 7777"), ("action", "save")];
        let unfit = ann.post(&path, &typed(form, &inputs)).await;
        assert_eq!(unfit.status, 422);
        assert!(unfit.body.contains("id=\"calls-wrong\""), "{}", unfit.body);
        assert_eq!(unfit.body.matches("-wrong\"").count(), 2); // the message, and what points to it
        let saved = ann
            .post(&path, &typed(unfit.form(), &[("calls", "1")]))
            .await;
        assert_eq!(saved.status, 303);

        let path = running.path_of("Green Door Books").await;
        let form = ann.get(&path).await.form();
        let deleted = ann.post(&path, &typed(form, &[("action", "delete")])).await;
        assert_eq!(deleted.status, 303);
    });
}

#[test]
fn an_order_that_was_deleted_is_not_created_anew_and_what_was_typed_is_shown() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        let form = ann.get("/orders/1001").await.form();
        running.execute("DELETE FROM orders WHERE id = 1001").await;
        for action in ["save", "new"] {
            let inputs = [("notes", "Ring twice."), ("action", action)];
            let gone = ann
                .post("/orders/1001", &typed(form.clone(), &inputs))
                .await;
            assert_eq!(gone.status, 404, "{action}");
            assert!(gone.body.contains("Ring twice."), "{}", gone.body);
            assert!(!gone.body.contains("Create it anew"), "{}", gone.body);
        }
    });
}

#[test]
fn a_product_is_deleted_and_the_list_says_so() {
    with_application(async |Running { address, .. }| {
        let mut ann = Client::sign_in(*address, "Ann").await;
        let form = ann.get("/products/bell").await.form();
        let deleted = ann
            .post("/products/bell", &typed(form, &[("action", "delete")]))
            .await;
        assert_eq!(deleted.status, 303);
        let list = ann.get("/products?done=deleted").await;
        assert!(list.body.contains("Deleted."), "{}", list.body);
        assert!(!list.body.contains("Bicycle bell"), "{}", list.body);
    });
}

#[test]
fn a_contact_can_have_the_key_of_a_page() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        for key in ["new", "rows"] {
            let insert = "INSERT INTO contacts (id, name, version) VALUES";
            let version = "0f8b2f4e-9a6c-4c8e-8b43-0d6a6f0c7a11";
            running
                .execute(&format!("{insert} ('{key}', 'Named {key}', '{version}')"))
                .await;
            let page = ann.get(&format!("/contacts/{key}")).await;
            assert!(page.body.contains(&format!("Named {key}")), "{}", page.body);
        }
        assert_eq!(ann.get("/new/contact").await.status, 200);
    });
}

#[test]
fn the_hours_are_of_one_shop_and_show_what_they_are_compared_by() {
    with_application(async |running| {
        let mut ann = Client::sign_in(running.address, "Ann").await;
        let page = ann.get("/hours").await;
        assert!(
            page.body.contains("Open orders of Mill Lane"),
            "{}",
            page.body
        );
        running.execute("DELETE FROM orders WHERE id = 1003").await; // of another shop
        let saved = ann
            .post("/hours", &typed(page.form(), &[("seats", "13")]))
            .await;
        assert_eq!(saved.status, 303);

        let form = ann.get("/hours").await.form();
        running.execute("DELETE FROM orders WHERE id = 1002").await;
        let told = ann.post("/hours", &typed(form, &[("seats", "14")])).await;
        assert_eq!(told.status, 409);
        assert!(told.body.contains("Open orders: 1 now"), "{}", told.body);
    });
}
