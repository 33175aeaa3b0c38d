//! One row on a page: looked at, edited, deleted, and what happens when two people do so at once.
//!
//! Written once for all rows of this kind. [`handlers`] has what a browser asks for, [`decide`] what a page about a conflict
//! says, and [`form`], [`news`] and [`conflict`] how it looks. [`others`] and [`leased`] know who else is there, and [`pages`]
//! which pages are open. A resource says by [`Card`] what its rows are.

mod conflict;
mod decide;
pub(crate) mod form;
pub(crate) mod handlers;
pub(crate) mod leased;
mod news;
pub(crate) mod others;
pub(crate) mod pages;
mod sent;

pub(crate) use decide::Changed;

use crate::database::Connection;
use crate::people::Person;
use chrono::NaiveDateTime;
use optlock::diesel_async::methods;
use optlock::{Diff, KeyText, Unstored, Versioned};

/// A row that a page shows.
///
/// What it can do on the database says the list of bounds, which the model's derives fulfil.
pub(crate) trait Card:
    Versioned<Key: KeyText, Scope: KeyText, Version: Unstored>
    + Diff
    + Clone
    + Send
    + Sync
    + 'static
    + methods::SaveOrLoad<Connection>
    + methods::Save<Connection>
    + methods::Upsert<Connection>
    + methods::Delete<Connection>
    + methods::LoadCurrent<Connection>
    + methods::AcquireLease<Connection>
    + methods::LookUpLease<Connection>
    + methods::SaveLeased<Connection>
{
    const WORDS: &'static Words;

    /// What its form has, by the names of the fields.
    const INPUTS: &'static [Input];

    /// A value with this key and nothing in it, or `None` if no row can have the key. **No row has its version**, so that a
    /// save is a conflict until the form's token was opened.
    fn keyed(id: &str, me: &Person) -> Option<Self>;

    fn id(&self) -> String;

    fn title(&self) -> String;

    /// What the form shows of a field.
    fn text(&self, input: &str) -> String;

    /// Takes what was typed, or says what is wrong with it.
    fn fill(&mut self, input: &str, text: &str) -> Result<(), String>;

    /// Who wrote the row last.
    fn last(&self) -> Last;

    /// Who created it, where the table knows.
    fn first(&self) -> Option<Last>;

    /// Notes who writes it. optlock notes when.
    fn sign(&mut self, who: &str);

    /// A change, for who has no second person at hand.
    fn change_somehow(&mut self);

    /// The address of its form.
    fn path(&self) -> String {
        format!("{}/{}", Self::WORDS.path, self.id())
    }

    /// The row as pages show it.
    fn shown(&self) -> Shown {
        Shown {
            words: Self::WORDS,
            inputs: Self::INPUTS,
            path: self.path(),
            title: self.title(),
            texts: Self::INPUTS
                .iter()
                .map(|input| self.text(input.name))
                .collect(),
            last: self.last(),
            first: self.first(),
        }
    }
}

/// What rows of a kind are called.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) one: &'static str,
    pub(crate) many: &'static str,
    /// There is none.
    pub(crate) missing: &'static str,
    pub(crate) path: &'static str,
    /// What its forms are sealed for.
    pub(crate) purpose: &'static str,
    /// One person edits one of them at a time, unless the [rule](leased::Rule) says otherwise. Nobody deletes one.
    pub(crate) is_leased: bool,
}

/// An input of a form.
#[derive(Debug)]
pub(crate) struct Input {
    /// That of the field.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line that has to be there.
    Required,
    Email,
    Phone,
    Number,
    Money,
    Lines,
}

/// Who, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) by: String,
    pub(crate) on: NaiveDateTime,
}

/// A row as pages show it, whatever its kind.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) words: &'static Words,
    pub(crate) inputs: &'static [Input],
    pub(crate) path: String,
    pub(crate) title: String,
    /// One for each input.
    pub(crate) texts: Vec<String>,
    pub(crate) last: Last,
    pub(crate) first: Option<Last>,
}

/// The most characters of a line, as the columns have it.
const LINE: usize = 200;

/// The most characters of a text of several lines.
const LINES: usize = 2_000;

/// What all databases store: no NUL, and no more than the column holds. Better told here than answered with a 500.
pub(crate) fn checked(text: &str, kind: Kind) -> Result<String, String> {
    let most = if kind == Kind::Lines { LINES } else { LINE };
    let is_unfit = |c: char| c.is_control() && !(c == '\n' && kind == Kind::Lines);
    if text.chars().count() > most {
        Err(format!("No more than {most} characters."))
    } else if text.chars().any(is_unfit) {
        Err("There are characters in it that cannot be stored.".to_owned())
    } else if kind == Kind::Required && text.is_empty() {
        Err("This has to be filled in.".to_owned())
    } else if kind == Kind::Email && !text.is_empty() && !text.contains('@') {
        Err("This is no email address.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A whole number from 0 on.
pub(crate) fn number(text: &str) -> Result<i32, String> {
    let number = text.parse::<i32>().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| format!("A whole number from 0 to {}.", i32::MAX))
}

/// An amount as hundredths.
pub(crate) fn money(text: &str) -> Result<i32, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let is_plain =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let cents = (is_plain(whole) && is_plain(part) && part.len() == 2)
        .then(|| format!("{whole}{part}").parse().ok())
        .flatten();
    cents.ok_or_else(|| "An amount such as 12.50.".to_owned())
}

/// Hundredths as an amount.
pub(crate) fn amount(cents: i32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_database_stores_is_told() {
        for (text, kind, told) in [
            ("", Kind::Required, "This has to be filled in."),
            (
                "a\0",
                Kind::Phone,
                "There are characters in it that cannot be stored.",
            ),
            (
                "a\nb",
                Kind::Phone,
                "There are characters in it that cannot be stored.",
            ),
            ("ann", Kind::Email, "This is no email address."),
        ] {
            assert_eq!(checked(text, kind), Err(told.to_owned()), "{text:?}");
        }
        assert_eq!(checked("a\nb", Kind::Lines), Ok("a\nb".into()));
        assert_eq!(checked("", Kind::Email), Ok(String::new()));
        let long = "ä".repeat(LINE + 1);
        assert_eq!(
            checked(&long, Kind::Phone),
            Err("No more than 200 characters.".into())
        );
        assert_eq!(checked(&long, Kind::Lines), Ok(long));
    }

    #[test]
    fn numbers_and_amounts_come_back_as_they_went() {
        assert_eq!(number("12"), Ok(12));
        for text in ["", "-1", "1.5", "2147483648", "x"] {
            assert!(number(text).is_err(), "{text}");
        }
        for cents in [0, 5, 950, 3_900] {
            assert_eq!(money(&amount(cents)), Ok(cents));
        }
        assert_eq!(money("12"), Ok(1_200));
        for text in [
            "",
            ".50",
            "1.5",
            "1.555",
            "-1.00",
            "1,50",
            "99999999999.00",
            "+1.00",
        ] {
            assert!(money(text).is_err(), "{text}");
        }
    }
}
