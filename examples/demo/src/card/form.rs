//! The page with the form of a row.

use super::leased::{Access, keep_out};
use super::news::news;
use super::others::Others;
use super::pages::OpenPage;
use super::sent::{Sent, was_name};
use super::{Card, Input, Kind, Last, Shown, Words};
use crate::layout::{Page, time};
use crate::people::Visit;
use maud::{Markup, html};
use optlock::SealError;
use optlock::diesel_async::prelude::*;
use optlock::seal::Seal;

/// What a form carries along beside its inputs.
pub(super) struct Hidden {
    pub(super) inputs: Vec<&'static Input>,
    pub(super) token: String,
    /// The version of theirs, on a page about a conflict.
    pub(super) seen: Option<String>,
    pub(super) holder: String,
    /// What the row was when the form was opened.
    pub(super) was: Vec<String>,
    /// What was typed, where no input shows it.
    pub(super) typed: Vec<String>,
}

impl<C: Card> Sent<C> {
    pub(super) fn hidden(&self) -> Hidden {
        Hidden {
            inputs: C::inputs(),
            token: self.token.clone(),
            seen: None,
            holder: self.holder.clone(),
            was: self.was.shown().texts,
            typed: self.texts.clone(),
        }
    }
}

impl Hidden {
    /// What each form has.
    fn base(&self) -> Markup {
        html! {
            input type="hidden" name="token" value=(self.token);
            @if let Some(seen) = &self.seen { input type="hidden" name="seen" value=(seen); }
            input type="hidden" name="page" value=(self.holder);
            @for (input, was) in self.inputs.iter().zip(&self.was) {
                input type="hidden" name=(was_name(input)) value=(was);
            }
        }
    }

    /// The same, and what was typed.
    pub(super) fn all(&self) -> Markup {
        html! {
            (self.base())
            @for (input, typed) in self.inputs.iter().zip(&self.typed) {
                input type="hidden" name=(input.name) value=(typed);
            }
        }
    }
}

/// What a form says above itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    Saved,
    Merged,
    Created,
    /// The list was older than the row.
    OldList,
    /// Theirs was taken: the typed is beside it.
    Taken,
    /// The form's token was refused.
    Refused(SealError),
    /// The page did not have the lease.
    NotYours,
}

/// The page with the form.
pub(super) struct Form {
    /// The row as it was when the form was opened.
    pub(super) shown: Shown,
    /// What the inputs have.
    pub(super) texts: Vec<String>,
    pub(super) token: String,
    pub(super) holder: String,
    /// What was typed into an earlier form.
    pub(super) beside: Option<Vec<String>>,
    pub(super) wrong: Vec<(&'static str, String)>,
    pub(super) notices: Vec<Notice>,
    pub(super) access: Access,
    pub(super) others: Others,
    /// What was typed on a page that was closed.
    pub(super) draft: Option<Hidden>,
}

impl Form {
    /// A form for a row as it is.
    pub(super) fn of<C: Card>(row: &C, page: &OpenPage, seal: &Seal<'_>) -> Self {
        let shown = row.shown();
        Self {
            texts: shown.texts.clone(),
            shown,
            token: row.form_token(seal).to_string(),
            holder: page.holder().to_owned(),
            beside: None,
            wrong: Vec::new(),
            notices: Vec::new(),
            access: Access::Open,
            others: Others::default(),
            draft: None,
        }
    }

    /// The form that was sent, as it was: with the version that it had, also where a page about a conflict was between.
    pub(super) fn again<C: Card>(sent: &Sent<C>, page: &OpenPage, seal: &Seal<'_>) -> Self {
        Self {
            texts: sent.texts.clone(),
            token: sent.token.clone(),
            wrong: sent.wrong.clone(),
            ..Self::of(&sent.was, page, seal)
        }
    }

    pub(super) fn page(self, visit: &Visit) -> Markup {
        let Shown {
            words,
            path,
            title,
            last,
            first,
            ..
        } = &self.shown;
        let hidden = Hidden {
            inputs: self.shown.inputs.clone(),
            token: self.token.clone(),
            seen: None,
            holder: self.holder.clone(),
            was: self.shown.texts.clone(),
            typed: Vec::new(),
        };
        let poll = visit.app.options.poll.as_millis();
        let body = html! {
            p.crumbs { a href=(words.path) { (words.many) } }
            h1 { (title) }
            @for notice in &self.notices { (self.notice(notice)) }
            @if let Some(draft) = &self.draft { (offer(draft, path)) }
            (default_button("save", self.access.is_open()))
            div id="live" role="status" aria-live="polite" aria-atomic="false" {
                (news(&self.shown, false, &[], &self.access, &self.others, visit))
            }
            form.card id="card" method="post" action=(path) autocomplete="off"
                data-live={ (path) "/live" } data-leave={ (path) "/leave" } data-poll=(poll) {
                (hidden.base())
                (inputs(&self.shown.inputs, &self.texts, &self.wrong, self.beside.as_deref(), self.access.is_open()))
                p.buttons {
                    button.primary type="submit" name="action" value="save" disabled[!self.access.is_open()] { "Save" }
                    button type="submit" name="action" value="cancel" formnovalidate { "Cancel" }
                    @if words.is_created_here {
                        button.danger type="submit" name="action" value="delete" formnovalidate { "Delete" }
                    }
                }
            }
            @if !last.by.is_empty() {
                p.history {
                    "Last saved by " strong { (last.by) } ", " (time(last.on)) "."
                    @if let Some(Last { by, on }) = first { " Created by " (by) ", " (time(*on)) "." }
                }
            }
            (stand_in(path, words, visit))
        };
        Page::of(visit, title).show(body)
    }

    fn notice(&self, notice: &Notice) -> Markup {
        let (one, last) = (self.shown.words.one, &self.shown.last);
        match notice {
            Notice::Saved => html! { p.notice.good role="status" { "Saved." } },
            Notice::Merged => {
                html! { p.notice.good role="status" { "Saved: merged from both changes." } }
            }
            Notice::Created => html! { p.notice.good role="status" { "Created." } },
            Notice::OldList => html! {
                p.notice.warn role="alert" {
                    "This " (one) " has changed since your list was loaded: "
                    strong { (last.by) } " saved it, " (time(last.on)) ". You see it as it is now."
                }
            },
            Notice::Taken => html! {
                p.notice role="status" {
                    "This is the " (one) " as " strong { (last.by) } " saved it. What you had typed is beside it, where it differs."
                }
            },
            Notice::NotYours => html! {
                p.notice.warn role="alert" id="notyours" {
                    strong { "Nothing was saved: you did not have this " (one) " any more." }
                    " What you typed is still here."
                }
            },
            Notice::Refused(why) => html! {
                p.notice.warn role="alert" {
                    strong { "Nothing was saved, and nothing you typed is lost." } " "
                    (match why {
                        SealError::Expired => "The form was open for too long.",
                        SealError::Malformed => "Something of the form got lost or was changed on its way.",
                        _ => "The form was made for somebody else, or for another page.",
                    })
                    " This is the " (one) " as it is now; what you typed is beside it, where it differs."
                }
            },
        }
    }
}

/// What Enter does in an input: the first button of a form in the document, which would be one of a notice above it.
pub(crate) fn default_button(action: &str, is_open: bool) -> Markup {
    html! {
        button.default type="submit" form="card" name="action" value=(action) tabindex="-1" aria-hidden="true"
            disabled[!is_open] {}
    }
}

pub(crate) fn inputs(
    inputs: &[&Input],
    texts: &[String],
    wrong: &[(&'static str, String)],
    beside: Option<&[String]>,
    is_open: bool,
) -> Markup {
    html! {
        @for (index, (input, text)) in inputs.iter().zip(texts).enumerate() {
            @let why = wrong.iter().find(|(name, _)| *name == input.name).map(|(_, why)| why.as_str());
            @let typed = beside.and_then(|beside| beside.get(index)).filter(|typed| *typed != text);
            div.field {
                label for=(input.name) { (input.label) }
                (field(input, text, why.is_some(), is_open))
                @if let Some(why) = why { span.wrong id={ (input.name) "-wrong" } { (why) } }
                @if let Some(typed) = typed {
                    span.beside {
                        "You typed: " q { (shown_text(typed)) } " "
                        // A script shows it, and does what it says.
                        button.plain.use type="button" hidden data-for=(input.name) data-text=(typed) { "Use it" }
                    }
                }
            }
        }
    }
}

fn field(input: &Input, text: &str, is_wrong: bool, is_open: bool) -> Markup {
    let name = input.name;
    let described = is_wrong.then(|| format!("{name}-wrong"));
    let (kind, mode) = match input.kind {
        Kind::Lines => {
            return html! {
                // Browsers take the first line break of a textarea away.
                textarea id=(name) name=(name) rows="3" readonly[!is_open]
                    aria-invalid=[is_wrong.then_some("true")] aria-describedby=[described] { "\n" (text) }
            };
        }
        Kind::Line | Kind::Required => ("text", None),
        Kind::Email => ("text", Some("email")), // the server says what is wrong, whatever the browser
        Kind::Phone => ("tel", None),
        Kind::Number => ("text", Some("numeric")),
        Kind::Money => ("text", Some("decimal")),
    };
    html! {
        input id=(name) name=(name) type=(kind) value=(text) readonly[!is_open]
            inputmode=[mode] required[input.kind == Kind::Required]
            aria-invalid=[is_wrong.then_some("true")] aria-describedby=[described];
    }
}

/// An empty text, so that it is seen.
pub(crate) fn shown_text(text: &str) -> &str {
    if text.is_empty() { "(empty)" } else { text }
}

/// What was typed on a page that was closed.
fn offer(draft: &Hidden, path: &str) -> Markup {
    html! {
        form.notice.warn id="draft" method="post" action=(path) {
            (draft.all())
            span { strong { "Something you typed here was not saved." } " It is kept for you." }
            span.buttons {
                button type="submit" name="action" value="stay" { "Go on with it" }
                button.plain type="submit" name="action" value="discard" { "Forget it" }
            }
        }
    }
}

/// Who can save something for who has no second window.
pub(super) fn somebody_else(me: &str) -> &'static str {
    if me == "Bob" { "Ann" } else { "Bob" }
}

/// Not where a lease keeps others out.
pub(super) fn stand_in(path: &str, words: &Words, visit: &Visit) -> Markup {
    if keep_out(words, visit) {
        return html! {};
    }
    let who = somebody_else(&visit.me.name);
    html! {
        form.stand-in method="post" action={ (path) "/somebody" } target="_blank"
            data-quietly={ (who) " has saved a change." } {
            span.hint { "No second window at hand?" }
            button.plain type="submit" { "Let " (who) " save a change to this " (words.one) " now" }
        }
    }
}

/// A form for a new row.
pub(super) fn new(shown: &Shown, wrong: &[(&'static str, String)], visit: &Visit) -> Markup {
    let words = shown.words;
    let body = html! {
        p.crumbs { a href=(words.path) { (words.many) } }
        h1 { "A new " (words.one) }
        form.card id="card" method="post" action=(words.path) autocomplete="off" {
            (inputs(&shown.inputs, &shown.texts, wrong, None, true))
            p.buttons { button.primary type="submit" { "Create" } a.button href=(words.path) { "Cancel" } }
        }
    };
    Page::of(visit, format!("A new {}", words.one)).show(body)
}
