//! What an open page is told: what has changed since, who else is there, and whose a leased row is.

use super::decide::Compared;
use super::leased::{Access, Rule};
use super::others::Others;
use super::{Shown, Words};
use crate::layout::Page;
use crate::people::{Person, Visit};
use maud::{Markup, html};
use std::time::Duration;

/// What an open page is told when it asks.
pub(super) fn live(
    now: &Shown,
    is_old: bool,
    fields: &[Compared],
    access: &Access,
    others: &Others,
    visit: &Visit,
) -> Markup {
    html! {
        div data-open=(access.is_open()) data-old=(is_old) { (news(now, is_old, fields, access, others, visit)) }
    }
}

/// What has happened since the page was opened, and who else is there.
pub(super) fn news(
    now: &Shown,
    is_old: bool,
    fields: &[Compared],
    access: &Access,
    others: &Others,
    visit: &Visit,
) -> Markup {
    let (one, me) = (now.words.one, &visit.me);
    let changed = fields
        .iter()
        .filter(|field| field.was != field.theirs)
        .map(|field| field.label);
    let changed = changed.collect::<Vec<_>>();
    html! {
        @if is_old {
            p.notice.warn id="changed" {
                strong { (subject(&now.last.by, me)) " saved this " (one) " while your page was open" }
                @if changed.is_empty() { ", but nothing that is on it." } @else {
                    ": " (changed.join(", "))
                    ". Your page shows it as it was before. Nothing gets lost: when you save, you see both."
                }
            }
        }
        @match access {
            Access::Open => {
                @if let Some(name) = &others.edits {
                    p.notice id="edits" {
                        strong { (name) } " is editing this " (one) " right now. You can edit it too: whoever saves second is told."
                    }
                }
            }
            _ => (lease(access, one, visit)),
        }
        @if !others.look.is_empty() {
            p.notice.quiet id="looks" {
                (others.look.join(", ")) @if others.look.len() == 1 { " looks" } @else { " look" } " at this " (one) " too."
            }
        }
    }
}

/// Whose a leased row is, and what can be done about it.
fn lease(access: &Access, one: &str, visit: &Visit) -> Markup {
    let button = |action: &str, text: &str| {
        html! { button type="submit" form="card" name="action" value=(action) formnovalidate data-lease { (text) } }
    };
    let steal = html! { @if visit.me.is_admin { (button("steal", "Take it over")) } };
    html! {
        @match access {
            Access::Open => {}
            Access::Mine { remaining, asked_by } => {
                @if let Some(name) = asked_by {
                    p.notice.warn id="asked" {
                        span { strong { (name) } " asks you to let go of this " (one) ". " }
                        (button("letgo", "Let go"))
                    }
                }
                @if *remaining * 3 < visit.app.options.lease {
                    p.notice.warn id="ending" {
                        span {
                            strong { "Your time for this " (one) " ends" }
                            " in " (seconds(*remaining)) ", because you typed nothing. "
                        }
                        (button("extend", "Keep editing"))
                    }
                } @else {
                    p.notice.quiet id="mine" { "Only you can edit this " (one) " now, for as long as you work on it." }
                }
            }
            Access::Theirs { owner, remaining, is_asked } => {
                p.notice.warn id="held" {
                    span {
                        strong { (owner) } " is editing this " (one) ", for at least another " (seconds(*remaining)) ". "
                        @if visit.app.rule() == Rule::ReadOnly { "You can read it; as soon as it is free, you can edit it. " }
                    }
                    span.buttons {
                        @if *is_asked {
                            span.hint { "You have asked " (owner) " to let go." }
                        } @else {
                            (button("ask", &format!("Ask {owner} to let go")))
                        }
                        (steal)
                    }
                }
            }
            Access::Elsewhere => {
                p.notice.warn id="elsewhere" {
                    span { strong { "You are editing this " (one) " on another page." } " " }
                    (button("here", "Edit it here instead"))
                }
            }
            Access::Ended => {
                p.notice.warn id="ended" {
                    span {
                        strong { "You do not have this " (one) " any more." }
                        " Your time has ended, or you have let it go. What you typed is still here. "
                    }
                    (button("extend", "Go on editing"))
                }
            }
        }
    }
}

/// Not read aloud again and again.
fn seconds(duration: Duration) -> Markup {
    let seconds = duration.as_secs();
    html! { span aria-live="off" { (seconds) @if seconds == 1 { " second" } @else { " seconds" } } }
}

/// Somebody else has it, and the rule is to come back.
pub(super) fn turned_away(shown: &Shown, access: &Access, visit: &Visit) -> Markup {
    let words = shown.words;
    let body = html! {
        p.crumbs { a href=(words.path) { (words.many) } }
        h1 { (shown.title) " is being edited" }
        (lease(access, words.one, visit))
        form id="card" method="post" action=(shown.path) {}
        p.buttons { a.button.primary href=(shown.path) { "Try again" } a.button href=(words.path) { "To the list" } }
    };
    Page::of(visit, format!("{} is being edited", shown.title)).show(body)
}

pub(super) fn gone_news(words: &Words) -> Markup {
    html! {
        div data-open="true" data-old="true" {
            p.notice.warn id="changed" {
                strong { "This " (words.one) " was deleted while your page was open." }
                " What you typed is not lost"
                @if words.is_created_here { ": when you save, you can create it anew." } @else { "." }
            }
        }
    }
}

pub(super) fn subject<'n>(name: &'n str, me: &Person) -> &'n str {
    if name == me.name {
        "You, on another page,"
    } else {
        name
    }
}
