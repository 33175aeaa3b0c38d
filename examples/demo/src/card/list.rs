//! Rows in a list.

use super::others::Others;
use super::{Card, Last};
use crate::layout::{head, time};
use crate::people::Visit;
use crate::posted::Posted;
use maud::{Markup, html};
use optlock::VersionToken;
use optlock::lease::RowStatus;

/// A table that asks for its rows anew while it is open.
pub(crate) fn live_table<C: Card>(
    caption: &str,
    columns: &[&str],
    rows: &Markup,
    visit: &Visit,
) -> Markup {
    let poll = visit.app.options.poll.as_millis();
    html! {
        table.list {
            caption { (caption) }
            (head(columns))
            tbody id="rows" data-rows={ "/rows" (C::WORDS.path) } data-poll=(poll) { (rows) }
        }
    }
}

/// The way to the form, with the version that the list shows: the form warns if it is another one by then.
pub(crate) fn link<C: Card>(row: &C) -> Markup {
    let seen = Posted::query("seen", &row.version().encode());
    html! { a id={ "open-" (row.id()) } href={ (row.path()) "?" (seen) } { (row.title()) } }
}

/// Who is there.
pub(crate) fn right_now(status: &RowStatus, visit: &Visit) -> Markup {
    let me = &visit.me.name;
    let is_mine = status
        .lease
        .as_ref()
        .is_some_and(|lease| lease.owner == *me);
    html! {
        @if is_mine { span.badge { "you edit" } " " }
        (Others::of(status, me).badges())
    }
}

pub(crate) fn who_and_when(Last { by, on }: &Last) -> Markup {
    html! { (by) ", " (time(*on)) }
}
