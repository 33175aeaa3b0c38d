//! The pages about a conflict. **What everybody has typed is on them**, and each way out.

use super::decide::{Changed, Compared};
use super::form::{Hidden, default_button, shown_text, stand_in};
use super::news::subject;
use super::{Input, Shown, Words};
use crate::layout::{Page, head, time};
use crate::people::Visit;
use maud::{Markup, html};
use optlock::Side;

/// Somebody saved first. **What both have typed is on it**, and so is each way out.
pub(super) fn conflict(
    theirs: &Shown,
    fields: &[Compared],
    hidden: Hidden,
    is_again: bool,
    open: Option<&str>,
    chosen: &dyn Fn(&str) -> Option<Side>,
    visit: &Visit,
) -> Markup {
    let (one, by) = (theirs.words.one, theirs.last.by.as_str());
    let collide = fields
        .iter()
        .filter(|field| field.changed == Changed::Both)
        .count();
    let lost = fields
        .iter()
        .filter(|field| matches!(field.changed, Changed::Theirs | Changed::Both))
        .map(|field| field.label);
    let lost = lost.collect::<Vec<_>>();
    let poll = visit.app.options.poll.as_millis();
    let body = html! {
        p.crumbs { a href=(theirs.words.path) { (theirs.words.many) } }
        h1 { (subject(by, &visit.me)) " changed this " (one) " while you were editing it" }
        @if is_again {
            p.notice.warn id="again" role="alert" {
                strong { "Again: " (subject(by, &visit.me)) " saved it while you were looking at this page." }
                " So nothing was written. Below is the newest."
            }
        }
        @if let Some(open) = open {
            p.notice.warn id="open" role="alert" {
                @let label = fields.iter().find(|field| field.name == open).map_or(open, |field| field.label);
                "Both of you changed " strong { (label) } ". Choose whose counts."
            }
        }
        p.lead {
            strong { (subject(by, &visit.me)) } " saved " (theirs.title) ", " (time(theirs.last.on)) ". "
            "Your save was stopped, so that it does not overwrite that. Nothing is lost: below are both."
        }
        (default_button("merge", true))
        div id="live" role="status" aria-live="polite" aria-atomic="false" {}
        form.card id="card" method="post" action=(theirs.path)
            data-live={ (theirs.path) "/live" } data-leave={ (theirs.path) "/leave" } data-poll=(poll) {
            (hidden.all())
            table.compare {
                caption { "What changed, field by field" }
                (head(&["Field", "As it was", by, "You", "Both together"]))
                tbody { @for field in fields { (compared(field, by, chosen(field.name))) } }
            }
            div.ways {
                div.way {
                    button.primary type="submit" name="action" value="merge" { "Save both" }
                    span {
                        "What only one of you changed is taken from them."
                        @if collide > 0 { " Where both did, your choice above counts." }
                    }
                }
                div.way {
                    button type="submit" name="action" value="take" formnovalidate { "Take " (by) "’s" }
                    span { "Go on from what " (by) " saved. What you typed stays beside the form." }
                }
                div.way {
                    button.danger type="submit" name="action" value="overwrite" formnovalidate { "Overwrite with mine" }
                    span {
                        @if !lost.is_empty() { "What " (by) " changed is lost: " strong { (lost.join(", ")) } ". " }
                        "If anybody saves before you press this, you are asked again."
                    }
                }
                div.way {
                    button type="submit" name="action" value="cancel" formnovalidate { "Cancel" }
                    span { "Leave it as " (by) " saved it, and go back to the list." }
                }
            }
        }
        (stand_in(&theirs.path, theirs.words, visit))
    };
    Page::of(visit, format!("{by} changed {}", theirs.title)).show(body)
}

fn compared(field: &Compared, by: &str, chosen: Option<Side>) -> Markup {
    let class = match field.changed {
        Changed::Nobody => "same",
        Changed::Mine => "mine",
        Changed::Theirs => "theirs",
        Changed::Alike => "alike",
        Changed::Both => "both",
    };
    let group = format!("choose_{}", field.name);
    let radio = |side: Side, value: &str, whose: &str| {
        html! {
            label.choice {
                input type="radio" name=(group) value=(value) required checked[chosen == Some(side)];
                span { (whose) }
            }
        }
    };
    html! {
        tr class=(class) id={ "field-" (field.name) } {
            th scope="row" { (field.label) }
            td.was data-label="As it was" { (shown_text(&field.was)) }
            td.theirs data-label=(by) { (marked(&field.theirs, field.theirs != field.was)) }
            td.mine data-label="You" { (marked(&field.mine, field.mine != field.was)) }
            td.result data-label="Both together" {
                @match field.changed {
                    Changed::Nobody => span.hint { "unchanged" },
                    Changed::Mine => "yours",
                    Changed::Theirs => (format!("{by}’s")),
                    Changed::Alike => "the same",
                    Changed::Both => {
                        fieldset.choose {
                            legend { "Whose " (field.label) "?" }
                            (radio(Side::Theirs, "theirs", by))
                            (radio(Side::Mine, "mine", "Mine"))
                        }
                    }
                }
            }
        }
    }
}

fn marked(text: &str, is_changed: bool) -> Markup {
    html! { @if is_changed { mark { (shown_text(text)) } } @else { (shown_text(text)) } }
}

/// Somebody changed what was to be deleted.
pub(super) fn not_deleted(
    theirs: &Shown,
    fields: &[Compared],
    hidden: Hidden,
    visit: &Visit,
) -> Markup {
    let (one, by) = (theirs.words.one, theirs.last.by.as_str());
    let changed = fields.iter().filter(|field| field.was != field.theirs);
    let body = html! {
        p.crumbs { a href=(theirs.words.path) { (theirs.words.many) } }
        h1 { "Not deleted: " (subject(by, &visit.me)) " changed this " (one) " meanwhile" }
        p.lead {
            strong { (by) } " saved " (theirs.title) ", " (time(theirs.last.on)) ", after your page was opened. "
            "You have not seen that, so it was not deleted."
        }
        form.card id="card" method="post" action=(theirs.path) {
            (hidden.all())
            table.compare {
                caption { "What " (by) " changed" }
                (head(&["Field", "As you saw it", "As it is now"]))
                tbody {
                    @for field in changed {
                        tr.theirs id={ "field-" (field.name) } {
                            th scope="row" { (field.label) }
                            td.was data-label="As you saw it" { (shown_text(&field.was)) }
                            td.theirs data-label="As it is now" { mark { (shown_text(&field.theirs)) } }
                        }
                    }
                }
            }
            div.ways {
                div.way {
                    button.primary type="submit" name="action" value="take" { "Show it as it is now" }
                    span { "From there you can delete it, if you still want to." }
                }
                div.way {
                    button type="submit" name="action" value="stay" { "Stay on my page" }
                    span { "Your form stays as it is. What you try next is checked again." }
                }
            }
        }
    };
    Page::of(visit, format!("{by} changed {}", theirs.title)).show(body)
}

/// The row is gone. Nothing creates it again but the button.
pub(super) fn gone(
    words: &Words,
    inputs: &[&Input],
    hidden: Hidden,
    wrong: Option<&str>,
    visit: &Visit,
) -> Markup {
    let title = hidden.was.first().filter(|title| !title.is_empty());
    let body = html! {
        p.crumbs { a href=(words.path) { (words.many) } }
        h1 { "This " (words.one) " was deleted while you had it open" }
        @if let Some(wrong) = wrong { p.notice.warn role="alert" { (wrong) } }
        p.lead {
            "Somebody deleted " @if let Some(title) = title { strong { (title) } } @else { "it" }
            ". Nothing was saved, and nothing you typed is lost."
        }
        form.card id="card" method="post" {
            (hidden.all())
            table.compare {
                caption { "What you typed" }
                tbody {
                    @for (input, typed) in inputs.iter().zip(&hidden.typed) {
                        tr { th scope="row" { (input.label) } td.mine data-label="You" { (shown_text(typed)) } }
                    }
                }
            }
            div.ways {
                @if words.is_created_here {
                    div.way {
                        button.primary type="submit" name="action" value="new" { "Create it anew" }
                        span { "A new " (words.one) " from what you typed." }
                    }
                }
                div.way {
                    button type="submit" name="action" value="cancel" { "To the list" }
                    span { "Leave it deleted." }
                }
            }
        }
    };
    Page::of(visit, format!("Deleted {}", words.one)).show(body)
}
