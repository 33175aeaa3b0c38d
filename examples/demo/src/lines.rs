//! The lines of an order: several people change them at once, and the order is touched by each change.
//!
//! Each line has a version of its own, so that two people who change different lines are in nobody's way. The order is written
//! in the same transaction, so that who holds it is told that it is another one now.

use crate::address::{Done, Path, Query};
use crate::card::{Card, Changed, number};
use crate::database::Connection;
use crate::failed::Failed;
use crate::layout::{Page, head};
use crate::orders::Order;
use crate::people::Visit;
use crate::posted::Posted;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::seal::Seal;
use optlock::{Error, SealError, Unstored};

diesel::table! {
    order_lines {
        id -> Integer,
        order_id -> Integer,
        product -> Text,
        quantity -> Integer,
        updated_by -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = order_lines)]
pub(crate) struct Line {
    pub(crate) id: i32,
    /// No form moves a line to another order.
    #[diesel(skip_update)]
    pub(crate) order_id: i32,
    #[diesel(skip_update)]
    pub(crate) product: String,
    pub(crate) quantity: i32,
    pub(crate) updated_by: String,
    #[diesel(skip_update)] // only optlock writes it
    pub(crate) version: i64,
}

/// A line, as a form that came back has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    /// What was typed, fit or not.
    text: String,
    /// What it was when the page was made, unless the form has lost that on its way.
    was: Option<i32>,
    mine: Option<i32>,
    token: String,
    /// Theirs was chosen, where both have changed it.
    takes_theirs: bool,
}

impl Sent {
    /// `None` for a line that the form does not have: it came later.
    fn read(id: i32, posted: &Posted) -> Option<Self> {
        let text = posted.get(&format!("quantity_{id}"))?.trim();
        Some(Self {
            text: text.to_owned(),
            was: posted
                .get(&format!("was_{id}"))
                .and_then(|was| was.parse().ok()),
            mine: number(text).ok(),
            token: posted
                .get(&format!("token_{id}"))
                .unwrap_or_default()
                .to_owned(),
            takes_theirs: posted.get(&format!("choose_{id}")) == Some("theirs"),
        })
    }

    /// What was typed is no quantity, and nobody has chosen theirs instead.
    fn is_unfit(&self) -> bool {
        self.mine.is_none() && !self.takes_theirs
    }

    /// What is to be written, if anything is.
    fn wanted(&self) -> Option<i32> {
        self.mine
            .filter(|mine| Some(*mine) != self.was && !self.takes_theirs)
    }

    fn changed(&self, now: i32) -> Changed {
        match (self.was, self.mine) {
            // The page that comes next has no fieldset for it, so what was typed must not come back as a change.
            (Some(_), _) if self.takes_theirs => Changed::Theirs,
            (Some(was), mine) => Changed::of(&was, &mine.unwrap_or(was), &now),
            // Nobody knows what was typed on: then it is for a person to compare.
            (None, Some(mine)) if mine != now => Changed::Both,
            (None, _) => Changed::Nobody,
        }
    }
}

/// The lines of an order, and beside each what a form that came back has of it.
struct Edited {
    order: Order,
    lines: Vec<(Line, Option<Sent>)>,
    /// What was typed for lines that are gone.
    gone: Vec<String>,
}

impl Edited {
    /// The lines as they are now, of an order of this person's shop.
    async fn load(
        id: &str,
        posted: &Posted,
        visit: &Visit,
        conn: &mut Connection,
    ) -> Result<Self, Failed> {
        let missing = || Failed::Missing(Order::WORDS.missing);
        let order = Order::keyed(id, &visit.me).ok_or_else(missing)?;
        let order = order.load_current(conn).await?.ok_or_else(missing)?;
        let lines: Vec<Line> = order_lines::table
            .filter(order_lines::order_id.eq(order.id))
            .order(order_lines::id)
            .select(Line::as_select())
            .load(conn)
            .await?;
        let gone = posted.iter().filter_map(|(name, _)| {
            let id = name.strip_prefix("quantity_")?.parse().ok()?;
            let sent = Sent::read(id, posted)?;
            let is_there = lines.iter().any(|line| line.id == id);
            (!is_there && (sent.is_unfit() || sent.wanted().is_some())).then_some(sent.text)
        });
        let gone = gone.collect();
        let lines = lines.into_iter().map(|line| {
            let sent = Sent::read(line.id, posted);
            (line, sent)
        });
        Ok(Self {
            lines: lines.collect(),
            order,
            gone,
        })
    }

    /// The lines that the form has.
    fn sent(&self) -> impl Iterator<Item = (&Line, &Sent)> {
        let lines = self.lines.iter();
        lines.filter_map(|(line, sent)| Some((line, sent.as_ref()?)))
    }

    fn is_unfit(&self) -> bool {
        self.sent().any(|(_, sent)| sent.is_unfit())
    }

    /// Somebody else has changed a line since the page was made.
    fn has_theirs(&self) -> bool {
        self.sent()
            .any(|(line, sent)| sent.was != Some(line.quantity))
    }

    /// What is to be written, each line with the version that the page has shown.
    fn wanted(&self, visit: &Visit) -> Result<Vec<Line>, Error> {
        let seal = seal(visit)?;
        if self.sent().any(|(_, sent)| sent.was.is_none()) {
            return Err(SealError::Malformed.into());
        }
        let wanted = self
            .sent()
            .filter_map(|(line, sent)| Some((line, sent, sent.wanted()?)));
        wanted
            .map(|(line, sent, quantity)| {
                // Of the row is what no form changes.
                let mut mine = Line {
                    quantity,
                    updated_by: visit.me.name.clone(),
                    version: i64::unstored(),
                    ..line.clone()
                };
                mine.open_form_token(&sent.token, &seal)?;
                Ok(mine)
            })
            .collect()
    }

    /// Without what the form says of the time before, which is not believed: each difference is for a person to compare.
    fn without_bases(mut self) -> Self {
        for (_, sent) in &mut self.lines {
            if let Some(sent) = sent {
                sent.was = None;
            }
        }
        self
    }
}

/// GET /orders/{id}/lines
pub(crate) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Done>,
) -> Result<Markup, Failed> {
    let conn = &mut visit.connection().await?;
    let edited = Edited::load(&id, &Posted::default(), &visit, conn).await?;
    let notice = if asked.is("merged") {
        html! {
            p.notice.good role="status" {
                "Saved. Somebody else has changed other lines meanwhile: both changes are in it."
            }
        }
    } else {
        asked.notice()
    };
    Ok(page(&edited, notice, &visit)?)
}

/// POST /orders/{id}/lines
pub(crate) async fn post(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    let edited = Edited::load(&id, &posted, &visit, conn).await?;
    if edited.is_unfit() {
        let page = page(&edited, html! {}, &visit)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if !edited.gone.is_empty() {
        let page = page(&edited, deleted(&edited.gone), &visit)?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let mut wanted = match edited.wanted(&visit) {
        Ok(wanted) => wanted,
        Err(Error::Seal(_)) => {
            let page = page(&edited.without_bases(), refused(), &visit)?;
            return Ok((StatusCode::FORBIDDEN, page).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let path = format!("{}/lines", edited.order.path());
    if wanted.is_empty() {
        return Ok(Redirect::to(&path).into_response());
    }
    match save(&mut wanted, &edited.order, &visit, conn).await {
        Ok(()) => {
            let done = if edited.has_theirs() {
                "merged"
            } else {
                "saved"
            };
            Ok(Redirect::to(&format!("{path}?done={done}")).into_response())
        }
        Err(error) if error.is_conflict() || error.is_behind() => {
            let newest = Edited::load(&id, &posted, &visit, conn).await?;
            let page = page(&newest, collided(), &visit)?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// All of the lines or none, and the order with them.
async fn save(
    changed: &mut [Line],
    order: &Order,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    let mut root = order.clone();
    loop {
        root.sign(&visit.me.name);
        let saved = transaction(
            conn,
            (&mut root, &mut *changed),
            async |conn, (root, changed)| {
                // First, so that the writers of an order's lines queue for its row. It is saved rather than touched, to say who it was.
                root.save_checked(conn).await?;
                changed.save_all_checked(conn).await
            },
        )
        .await;
        match saved {
            // Somebody else was between. By the change of a line nobody says anything of the order, so its newest version will do.
            Err(Error::ConcurrentModification(conflict))
                if conflict.table() == Order::TABLE_NAME =>
            {
                root = root
                    .load_current(conn)
                    .await?
                    .ok_or(Error::ConcurrentModification(conflict))?;
            }
            saved => return saved,
        }
    }
}

fn seal(visit: &Visit) -> Result<Seal<'_>, Error> {
    visit.app.seal("edit order line", &visit.me)
}

fn collided() -> Markup {
    html! {
        p.notice.warn role="alert" id="conflict" {
            strong { "Somebody changed a line that you changed too, and saved first." }
            " Nothing of yours was saved yet, and nothing is lost: choose whose counts, and save again."
        }
    }
}

fn deleted(typed: &[String]) -> Markup {
    html! {
        p.notice.warn role="alert" id="gone" {
            strong { "A line that you changed was deleted meanwhile. You typed: " (typed.join(", ")) "." }
            " Nothing of yours was saved yet. Save again, and the other lines are."
        }
    }
}

fn refused() -> Markup {
    html! {
        p.notice.warn role="alert" {
            strong { "Nothing was saved, and nothing you typed is lost." }
            " The form was made for somebody else, was changed on its way, or was open for too long."
        }
    }
}

fn page(
    Edited { order, lines, .. }: &Edited,
    notice: Markup,
    visit: &Visit,
) -> Result<Markup, Error> {
    let seal = seal(visit)?;
    let body = html! {
        p.crumbs { a href="/orders" { "Orders" } " / " a href=(order.path()) { (order.title()) } }
        h1 { "Lines of order " (order.id) }
        (notice)
        p.lead {
            "Each line has a version of its own: several people can change lines of one order at once, whoever edits its "
            "address."
        }
        form.card id="card" method="post" autocomplete="off" {
            table.compare {
                caption { "Lines" }
                (head(&["Product", "Quantity", "Last saved by"]))
                tbody { @for (line, sent) in lines { (row(line, sent.as_ref(), line.form_token(&seal).as_str())) } }
            }
            p.buttons { button.primary type="submit" { "Save" } a.button href="/orders" { "Cancel" } }
        }
    };
    Ok(Page::of(visit, format!("Lines of order {}", order.id)).show(body))
}

/// A line, with its newest version: what was typed is in it, unless theirs counts.
fn row(line: &Line, sent: Option<&Sent>, token: &str) -> Markup {
    let (id, now) = (line.id, line.quantity);
    let changed = sent.map_or(Changed::Nobody, |sent| sent.changed(now));
    let text = match (sent, changed) {
        (Some(sent), Changed::Theirs) if !sent.is_unfit() => now.to_string(),
        (Some(sent), _) => sent.text.clone(),
        (None, _) => now.to_string(),
    };
    let wrong = sent.is_some_and(Sent::is_unfit);
    html! {
        tr.both[changed == Changed::Both] id={ "line-" (id) } {
            th scope="row" { label for={ "quantity_" (id) } { (line.product) } }
            td data-label="Quantity" {
                input id={ "quantity_" (id) } name={ "quantity_" (id) } value=(text) inputmode="numeric"
                    aria-invalid=[wrong.then_some("true")];
                @if wrong { span.wrong { "A whole number from 0 on." } }
                input type="hidden" name={ "was_" (id) } value=(now);
                input type="hidden" name={ "token_" (id) } value=(token);
                @if changed == Changed::Both {
                    fieldset.choose {
                        legend { "Whose quantity?" }
                        @let theirs = format!("{}’s: {now}", line.updated_by);
                        @for (value, text) in [("theirs", theirs), ("mine", format!("Mine: {text}"))] {
                            label.choice {
                                input type="radio" name={ "choose_" (id) } value=(value) required;
                                span { (text) }
                            }
                        }
                    }
                }
            }
            td data-label="Last saved by" {
                (line.updated_by)
                @if changed == Changed::Theirs { " " span.badge.edits { "new" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(was: &str, typed: &str, chosen: Option<&str>) -> Sent {
        let mut inputs = vec![
            ("quantity_7".to_owned(), typed.to_owned()),
            ("was_7".to_owned(), was.to_owned()),
        ];
        inputs.extend(chosen.map(|chosen| ("choose_7".to_owned(), chosen.to_owned())));
        Sent::read(7, &inputs.into()).unwrap()
    }

    #[test]
    fn only_a_line_that_was_changed_is_written() {
        assert_eq!(sent("2", "2", None).wanted(), None);
        assert_eq!(sent("2", " 3 ", None).wanted(), Some(3));
        assert_eq!(sent("2", "3", Some("mine")).wanted(), Some(3));
        assert_eq!(sent("2", "3", Some("theirs")).wanted(), None);
        assert_eq!(sent("2", "many", None).wanted(), None);
        assert_eq!(Sent::read(8, &Posted::default()), None);
    }

    #[test]
    fn a_line_is_whose_who_changed_it() {
        assert_eq!(sent("2", "2", None).changed(2), Changed::Nobody);
        assert_eq!(sent("2", "3", None).changed(2), Changed::Mine);
        assert_eq!(sent("2", "2", None).changed(4), Changed::Theirs);
        assert_eq!(sent("2", "4", None).changed(4), Changed::Alike);
        assert_eq!(sent("2", "3", None).changed(4), Changed::Both);
        // A choice is remembered, whatever was typed.
        for typed in ["3", "many"] {
            assert_eq!(sent("2", typed, Some("theirs")).changed(4), Changed::Theirs);
            assert!(!sent("2", typed, Some("theirs")).is_unfit());
        }
        assert_eq!(sent("2", "3", Some("mine")).changed(4), Changed::Both);
        // Without a base whatever differs is to be compared.
        assert_eq!(sent("", "3", None).changed(4), Changed::Both);
        assert_eq!(sent("", "4", None).changed(4), Changed::Nobody);
    }
}
