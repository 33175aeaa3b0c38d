//! One row on a page: looked at, edited, deleted, and what happens when two people do so at once.
//!
//! Written once for all rows of this kind. [`handlers`] has what a browser asks for, [`decide`] what a page about a conflict
//! says, and [`form`], [`news`] and [`conflict`] how it looks. [`others`] and [`leased`] know who else is there, [`pages`] which
//! pages are open, and [`list`] has what lists of rows share. A resource says by [`Card`] what its rows are.

mod conflict;
mod decide;
pub(crate) mod form;
pub(crate) mod handlers;
pub(crate) mod leased;
pub(crate) mod list;
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

    /// What its form has, in that order: [`inputs!`] makes it.
    const INPUTS: &'static [InputOf<Self>];

    /// A value with this key and nothing in it, or `None` if no row can have the key. **No row has its version**, so that a
    /// save is a conflict until the form's token was opened.
    fn keyed(id: &str, me: &Person) -> Option<Self>;

    fn id(&self) -> String;

    fn title(&self) -> String;

    /// Who wrote the row last, and when.
    fn updated(&self) -> (&str, NaiveDateTime);

    fn updated_by_mut(&mut self) -> &mut String;

    /// A change, for who has no second person at hand.
    fn change_somehow(&mut self);

    /// Who created it, where the table knows.
    fn first(&self) -> Option<Last> {
        None
    }

    /// Notes who writes it. optlock notes when.
    fn sign(&mut self, who: &str) {
        who.clone_into(self.updated_by_mut());
    }

    /// Who wrote the row last.
    fn last(&self) -> Last {
        let (by, on) = self.updated();
        Last {
            by: by.to_owned(),
            on,
        }
    }

    /// The address of its form.
    fn path(&self) -> String {
        format!("{}/{}", Self::WORDS.path, self.id())
    }

    /// The inputs alone, whatever rows they are of.
    fn inputs() -> Vec<&'static Input> {
        Self::INPUTS.iter().map(|known| &known.input).collect()
    }

    /// The row as pages show it.
    fn shown(&self) -> Shown {
        Shown {
            words: Self::WORDS,
            inputs: Self::inputs(),
            path: self.path(),
            title: self.title(),
            texts: Self::INPUTS
                .iter()
                .map(|known| (known.text)(self))
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
    /// One person edits one of them at a time, unless the [rule](leased::Rule) says otherwise.
    pub(crate) is_leased: bool,
    /// People create and delete them on these pages. Where they do not, [`Card::keyed`] has no key for a new one.
    pub(crate) is_created_here: bool,
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
    Line,
    /// A line that has to be there.
    Required,
    Email,
    Phone,
    Number,
    Money,
    Lines,
}

/// An input of a form, and the field of the row behind it.
pub(crate) struct InputOf<C> {
    pub(crate) input: Input,
    /// What the form shows of the field.
    pub(crate) text: fn(&C) -> String,
    /// Puts a text into the field. Whatever a form has shown can be put back, also what a person may not type.
    pub(crate) set: fn(&mut C, &str) -> Result<(), String>,
}

impl<C> InputOf<C> {
    /// Takes what was typed, or says what is wrong with it.
    pub(crate) fn fill(&self, row: &mut C, text: &str) -> Result<(), String> {
        self.input.kind.check(text)?;
        (self.set)(row, text)
    }
}

/// The inputs of a form, by the fields of the row: `inputs!(Contact { name: "Name", Required; .. })`.
macro_rules! inputs {
    ($row:ty { $($field:ident: $label:literal, $kind:ident;)* }) => {
        &[$($crate::card::InputOf {
            input: $crate::card::Input {
                name: stringify!($field),
                label: $label,
                kind: $crate::card::Kind::$kind,
            },
            text: |row: &$row| $crate::card::Value::text(&row.$field, $crate::card::Kind::$kind),
            set: |row: &mut $row, text| {
                row.$field = $crate::card::Value::read(text, $crate::card::Kind::$kind)?;
                Ok(())
            },
        }),*]
    };
}
pub(crate) use inputs;

/// What a field with an input has.
pub(crate) trait Value: Sized {
    fn text(&self, kind: Kind) -> String;

    /// The value with this text, if the field can have it.
    fn read(text: &str, kind: Kind) -> Result<Self, String>;
}

impl Value for String {
    fn text(&self, _: Kind) -> String {
        self.clone()
    }

    fn read(text: &str, _: Kind) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

/// An empty text is NULL.
impl Value for Option<String> {
    fn text(&self, _: Kind) -> String {
        self.clone().unwrap_or_default()
    }

    fn read(text: &str, _: Kind) -> Result<Self, String> {
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
}

impl Value for i32 {
    fn text(&self, kind: Kind) -> String {
        match kind {
            Kind::Money => amount(*self),
            _ => self.to_string(),
        }
    }

    fn read(text: &str, kind: Kind) -> Result<Self, String> {
        match kind {
            Kind::Money => money(text),
            _ => text.parse().map_err(|_| NO_NUMBER.to_owned()),
        }
    }
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
    pub(crate) inputs: Vec<&'static Input>,
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

const NO_NUMBER: &str = "A whole number from 0 to 2147483647.";

const NO_AMOUNT: &str = "An amount such as 12.50.";

impl Kind {
    /// What a person may type. First of all it is what all databases store, no NUL, and no more than the column holds: better
    /// told here than answered with a 500.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        let most = if self == Self::Lines { LINES } else { LINE };
        let is_unfit = |c: char| c.is_control() && !(self == Self::Lines && "\n\t".contains(c));
        if text.chars().count() > most {
            return Err(format!("No more than {most} characters."));
        }
        if text.chars().any(is_unfit) {
            return Err("There are characters in it that cannot be stored.".to_owned());
        }
        match self {
            Self::Required if text.is_empty() => Err("This has to be filled in.".to_owned()),
            Self::Email if !text.is_empty() && !text.contains('@') => {
                Err("This is no email address.".to_owned())
            }
            Self::Number => number(text).map(drop),
            Self::Money if money(text)? < 0 => Err(NO_AMOUNT.to_owned()),
            _ => Ok(()),
        }
    }
}

/// A whole number from 0 on.
pub(crate) fn number(text: &str) -> Result<i32, String> {
    let number = i32::read(text, Kind::Number)?;
    (number >= 0)
        .then_some(number)
        .ok_or_else(|| NO_NUMBER.to_owned())
}

/// An amount as hundredths.
fn money(text: &str) -> Result<i32, String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "00"));
    let is_plain =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let cents = (is_plain(whole) && is_plain(part) && part.len() == 2)
        .then(|| format!("{sign}{whole}{part}").parse().ok())
        .flatten();
    cents.ok_or_else(|| NO_AMOUNT.to_owned())
}

/// Hundredths as an amount.
pub(crate) fn amount(cents: i32) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
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
                Kind::Line,
                "There are characters in it that cannot be stored.",
            ),
            (
                "a\nb",
                Kind::Phone,
                "There are characters in it that cannot be stored.",
            ),
            ("ann", Kind::Email, "This is no email address."),
        ] {
            assert_eq!(kind.check(text), Err(told.to_owned()), "{text:?}");
        }
        assert_eq!(Kind::Lines.check("a\n\tb"), Ok(()));
        assert_eq!(Kind::Email.check(""), Ok(()));
        let long = "ä".repeat(LINE + 1);
        assert_eq!(
            Kind::Phone.check(&long),
            Err("No more than 200 characters.".into())
        );
        assert_eq!(Kind::Lines.check(&long), Ok(()));
    }

    #[test]
    fn numbers_and_amounts_come_back_as_they_went() {
        assert_eq!(number("12"), Ok(12));
        for text in ["", "-1", "1.5", "2147483648", "x"] {
            assert_eq!(number(text), Err(NO_NUMBER.into()), "{text}");
            assert_eq!(Kind::Number.check(text), Err(NO_NUMBER.into()), "{text}");
        }
        for cents in [0, 5, 950, 3_900, i32::MAX] {
            assert_eq!(money(&amount(cents)), Ok(cents));
            assert_eq!(Kind::Money.check(&amount(cents)), Ok(()));
        }
        assert_eq!(money("12"), Ok(1_200));
        for text in [
            "",
            ".50",
            "1.5",
            "1.555",
            "1,50",
            "99999999999.00",
            "+1.00",
            "--1.00",
        ] {
            assert_eq!(money(text), Err(NO_AMOUNT.into()), "{text}");
        }
    }

    #[test]
    fn what_another_program_has_written_can_be_put_back() {
        for (number, kind, text) in [
            (-1, Kind::Number, "-1"),
            (-5, Kind::Money, "-0.05"),
            (i32::MIN, Kind::Money, "-21474836.48"),
        ] {
            assert_eq!(number.text(kind), text);
            assert_eq!(i32::read(text, kind), Ok(number));
            assert!(kind.check(text).is_err(), "{text}"); // nobody may type it
        }
        for text in [" Ann", "none", "a\tb"] {
            assert_eq!(String::read(text, Kind::Email), Ok(text.to_owned()));
        }
        assert_eq!(Option::<String>::read("", Kind::Email), Ok(None));
    }
}
