//! A form of a card that came back.

use super::{Card, Input};
use crate::posted::Posted;
use optlock::Side;
use uuid::Uuid;

/// What was typed, and what it was based on.
pub(super) struct Sent<C> {
    /// As the inputs had it, fit or not: one for each.
    pub(super) texts: Vec<String>,
    /// The row as it was when the form was opened, as the form has kept it. **It is not signed**: it says what its sender has
    /// seen, and who gives that wrong could as well load the newest row and overwrite it.
    pub(super) was: C,
    /// What was typed. Not to be saved if there is something [wrong](Self::wrong).
    pub(super) mine: C,
    pub(super) wrong: Vec<(&'static str, String)>,
    /// The form has lost something on its way, by which it was to be compared.
    pub(super) is_damaged: bool,
    /// The version of the row as it was.
    pub(super) token: String,
    /// The version of theirs, which a page about a conflict has shown beside it.
    pub(super) seen: Option<String>,
    /// The page's own name among all pages.
    pub(super) holder: String,
    /// The number of the message among those of its page, if a script has counted them.
    pub(super) number: Option<u64>,
    posted: Posted,
}

impl<C: Card> Sent<C> {
    /// The form of the row with this key.
    pub(super) fn read(key: C, posted: Posted) -> Self {
        let (mut was, mut mine) = (key.clone(), key);
        let (mut texts, mut wrong, mut is_damaged) = (Vec::new(), Vec::new(), false);
        for known in C::INPUTS {
            let name = known.input.name;
            let typed = posted.get(name);
            is_damaged |= typed.is_none();
            let text = normal(typed.unwrap_or_default());
            if let Err(why) = known.fill(&mut mine, &text) {
                wrong.push((name, why));
            }
            texts.push(text);
            // Another program may have written what nobody may type.
            let kept = posted.get(&was_name(&known.input)).map(with_plain_ends);
            is_damaged |= kept.is_none_or(|kept| (known.set)(&mut was, &kept).is_err());
        }
        let get = |name| posted.get(name).unwrap_or_default().to_owned();
        Self {
            texts,
            was,
            mine,
            wrong,
            is_damaged,
            token: get("token"),
            seen: posted.get("seen").map(str::to_owned),
            holder: holder(posted.get("page")),
            number: posted.get("number").and_then(|number| number.parse().ok()),
            posted,
        }
    }

    /// Which button was pressed.
    pub(super) fn action(&self) -> &str {
        self.posted.get("action").unwrap_or("save")
    }

    /// Whose value of a field was chosen.
    pub(super) fn chosen(&self, field: &str) -> Option<Side> {
        match self.posted.get(&format!("choose_{field}"))? {
            "mine" => Some(Side::Mine),
            "theirs" => Some(Side::Theirs),
            _ => None,
        }
    }

    /// The page was changed since it was opened.
    pub(super) fn is_edited(&self) -> bool {
        let was = self.was.shown().texts;
        was.iter()
            .map(|was| normal(was))
            .ne(self.texts.iter().cloned())
    }

    /// What was typed, and the texts of `now` where nobody has typed.
    pub(super) fn typed_over(&self, now: &[String]) -> Vec<String> {
        let was = self.was.shown().texts;
        let texts = self.texts.iter().zip(&was).zip(now);
        texts
            .map(|((text, was), now)| {
                // Of a damaged form it is not known what it was.
                let is_typed = self.is_damaged || *text != normal(was);
                if is_typed { text } else { now }.clone()
            })
            .collect()
    }

    pub(super) fn posted(&self) -> &Posted {
        &self.posted
    }
}

/// The input that keeps what a field was.
pub(super) fn was_name(input: &Input) -> String {
    format!("was_{}", input.name)
}

/// That of the page, or a new one where it has none of ours: the name of a holder has a limit.
pub(super) fn holder(page: Option<&str>) -> String {
    let page = page.and_then(|page| Uuid::parse_str(page).ok());
    page.unwrap_or_else(Uuid::new_v4).to_string()
}

/// What was typed, as it is stored.
fn normal(text: &str) -> String {
    with_plain_ends(text).trim().to_owned()
}

/// Browsers end the lines of a text with two characters.
fn with_plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::Contact;
    use crate::people::Person;

    fn seven() -> Contact {
        Contact::keyed("7", &Person::default()).unwrap()
    }

    fn posted(inputs: &[(&str, &str)]) -> Posted {
        let whole = Contact::inputs().into_iter().flat_map(|input| {
            let text = if input.name == "calls" { "1" } else { "x@y" };
            [
                (input.name.to_owned(), text.to_owned()),
                (was_name(input), text.to_owned()),
            ]
        });
        let given = inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Posted::from(given.chain(whole).collect::<Vec<_>>()) // the first one of a name counts
    }

    #[test]
    fn what_was_typed_comes_back_also_where_it_is_unfit() {
        let sent = Sent::read(seven(), posted(&[("calls", "many"), ("notes", "a\r\nb ")]));
        assert_eq!(sent.texts, ["x@y", "x@y", "x@y", "many", "a\nb"]);
        assert_eq!(sent.wrong.len(), 1);
        assert_eq!(sent.wrong[0].0, "calls");
        assert!(!sent.is_damaged && sent.is_edited());
        assert_eq!(sent.mine.notes, "a\nb");
    }

    #[test]
    fn a_form_that_has_lost_an_input_is_damaged() {
        let whole = posted(&[]);
        assert!(!Sent::read(seven(), whole.clone()).is_damaged);
        for lost in ["name", "was_calls"] {
            let inputs = whole.iter().filter(|(name, _)| *name != lost);
            let inputs = inputs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect::<Vec<_>>();
            assert!(Sent::read(seven(), inputs.into()).is_damaged, "{lost}");
        }
        assert!(Sent::read(seven(), posted(&[("was_calls", "x")])).is_damaged);
    }

    #[test]
    fn what_nobody_has_typed_is_not_shown_as_typed() {
        let now = ["a", "b", "c", "2", "d"].map(str::to_owned);
        let sent = Sent::read(seven(), posted(&[("phone", "555")]));
        assert_eq!(sent.typed_over(&now), ["a", "b", "555", "2", "d"]);
        let damaged = Sent::read(seven(), posted(&[("phone", "555"), ("was_calls", "x")]));
        assert_eq!(damaged.typed_over(&now), ["x@y", "x@y", "555", "1", "x@y"]);
    }

    #[test]
    fn a_form_that_was_sent_as_it_was_opened_is_not_edited() {
        assert!(!Sent::read(seven(), posted(&[])).is_edited());
        // Another program does not take blanks away.
        let sent = Sent::read(seven(), posted(&[("name", " Ann"), ("was_name", " Ann")]));
        assert!(!sent.is_edited());
        assert_eq!(sent.was.name, " Ann");
    }

    #[test]
    fn what_another_program_has_written_is_no_damage() {
        let of_another = [
            ("calls", "-1"),
            ("was_calls", "-1"),
            ("email", "none"),
            ("was_email", "none"),
            ("notes", "a\tb"),
            ("was_notes", "a\u{1}b"),
        ];
        let sent = Sent::read(seven(), posted(&of_another));
        assert!(!sent.is_damaged);
        assert_eq!(
            (sent.was.calls, sent.was.email.as_deref()),
            (-1, Some("none"))
        );
        assert_eq!(sent.was.notes, "a\u{1}b");
        // Nobody may type it, and it is told where it stands.
        let wrong: Vec<_> = sent.wrong.iter().map(|(name, _)| *name).collect();
        assert_eq!(wrong, ["email", "calls"]);
    }

    #[test]
    fn only_the_two_sides_can_be_chosen() {
        let sent = Sent::read(
            seven(),
            posted(&[
                ("choose_name", "mine"),
                ("choose_calls", "theirs"),
                ("choose_notes", "x"),
            ]),
        );
        assert_eq!(sent.chosen("name"), Some(Side::Mine));
        assert_eq!(sent.chosen("calls"), Some(Side::Theirs));
        assert_eq!(sent.chosen("notes"), None);
        assert_eq!(sent.chosen("email"), None);
    }
}
