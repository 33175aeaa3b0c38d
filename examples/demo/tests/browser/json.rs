//! The same over JSON, and what was asked of the database.

use crate::application::with_application;

#[test]
fn the_requests_and_answers_of_each_flow_are_shown_with_their_statements() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        for (flow, statuses) in [
            (
                "Two clients change one contact",
                &[
                    "201 Created",
                    "200 OK",
                    "412 Precondition Failed",
                    "200 OK",
                    "204 No Content",
                ][..],
            ),
            (
                "A contact is deleted while somebody changes it",
                &["201 Created", "204 No Content", "404 Not Found"],
            ),
            (
                "A person edits, and another one is told",
                &[
                    "201 Created",
                    "201 Created",
                    "423 Locked",
                    "204 No Content",
                    "204 No Content",
                ],
            ),
            (
                "Without a tag, and with one that is still right",
                &[
                    "201 Created",
                    "428 Precondition Required",
                    "304 Not Modified",
                    "204 No Content",
                ],
            ),
        ] {
            ann.go("/json").await;
            ann.press(flow).await;
            ann.find(".status").await;
            let shown = ann.texts(".status").await;
            assert_eq!(shown, statuses, "{flow}");
        }
        ann.go("/json").await;
        ann.press("Two clients change one contact").await;
        ann.sees("pre", "if-match: ").await;
        let statements = ann.hidden_texts("ol.sql code").await.join("\n");
        assert!(statements.contains("UPDATE `contacts` SET"), "{statements}");
        assert!(
            statements.contains("`contacts`.`version` = ?"),
            "{statements}"
        );
    });
}

#[test]
fn a_page_and_the_journal_show_what_was_asked_of_the_database() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Harbour Print").await;
        let statements = ann.hidden_texts("footer ol.sql code").await.join("\n");
        assert!(statements.contains("FROM `contacts`"), "{statements}");
        assert!(!statements.contains("UPDATE `contacts`"), "{statements}");
        ann.type_into("phone", "555 1111").await;
        ann.act("save").await;
        ann.sees("body", "Saved.").await;
        ann.press("Behind the pages").await;
        ann.sees("summary", "POST /contacts/").await;
        let statements = ann.hidden_texts("ol.sql code").await.join("\n");
        assert!(statements.contains("UPDATE `contacts` SET"), "{statements}");
        assert!(statements.contains("555 1111"), "{statements}");
    });
}

#[test]
fn what_a_program_changes_over_json_is_told_as_a_users_change_is() {
    with_application(async |application| {
        let ann = application.window("Ann").await;
        ann.open("Harbour Print").await;
        let script = "const path = '/api' + card.getAttribute('action');
            const tag = (await (await fetch(path)).json()).etag;
            const headers = {'if-match': tag, 'content-type': 'application/json'};
            return (await fetch(path, {method: 'PATCH', headers, body: JSON.stringify({calls: 7})})).status";
        let script = format!("return (async () => {{ {script} }})()");
        assert_eq!(ann.script(&script, vec![]).await.unwrap(), 200);
        ann.sees(
            "#changed",
            "another program saved this contact while your page was open: Calls.",
        )
        .await;
    });
}
