//! What a page about a conflict says, decided from the three values alone.

use super::{Card, InputOf};
use optlock::Side;

/// Who has changed a field since the form was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Nobody,
    /// The one who looks at the page.
    Mine,
    /// The one who saved first.
    Theirs,
    /// Both, to the same value.
    Alike,
    /// Both, to different values: one of them has to be chosen.
    Both,
}

impl Changed {
    /// From three values, of which the first was there when the form was opened.
    pub(crate) fn of<T: PartialEq>(was: &T, mine: &T, theirs: &T) -> Self {
        Self::by(was != mine, was != theirs, mine != theirs)
    }

    fn by(mine: bool, theirs: bool, they_differ: bool) -> Self {
        match (mine, theirs) {
            (false, false) => Self::Nobody,
            (true, false) => Self::Mine,
            (false, true) => Self::Theirs,
            (true, true) if they_differ => Self::Both,
            (true, true) => Self::Alike,
        }
    }
}

/// A field on that page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) was: String,
    pub(super) theirs: String,
    pub(super) mine: String,
    pub(super) changed: Changed,
}

/// The fields, in the order of the form.
pub(super) fn compare<C: Card>(was: &C, mine: &C, theirs: &C) -> Vec<Compared> {
    let compared = |InputOf { input, text, .. }: &InputOf<C>| {
        let index = C::FIELDS
            .iter()
            .position(|field| field.name() == input.name);
        let differ = |a: &C, b: &C| index.is_some_and(|index| a.differs_in(b, index));
        let changed = Changed::by(differ(was, mine), differ(was, theirs), differ(mine, theirs));
        Compared {
            name: input.name,
            label: input.label,
            was: text(was),
            theirs: text(theirs),
            mine: text(mine),
            changed,
        }
    };
    C::INPUTS.iter().map(compared).collect()
}

/// Both changes in one value, or the first field for which nobody has said whose counts.
pub(super) fn merged<C: Card>(
    was: &C,
    mine: &C,
    theirs: &C,
    chosen: impl Fn(&str) -> Option<Side>,
) -> Result<C, &'static str> {
    let merged = C::merge(was, mine, theirs);
    let open = merged
        .conflicts
        .iter()
        .find(|conflict| chosen(conflict.field().name()).is_none());
    if let Some(open) = open {
        return Err(open.field().name());
    }
    Ok(merged.resolve(|conflict| chosen(conflict.field().name()).unwrap_or(Side::Theirs)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::Contact;
    use crate::people::Person;
    use Changed::{Alike, Both, Mine, Nobody, Theirs};

    fn contact(email: &str, phone: &str, calls: i32) -> Contact {
        let mut contact = Contact::keyed("7", &Person::default()).unwrap();
        contact.name = "Green Door Books".into();
        contact.email = Some(email.into()).filter(|email: &String| !email.is_empty());
        contact.phone = phone.into();
        contact.calls = calls;
        contact
    }

    fn changes(was: &Contact, mine: &Contact, theirs: &Contact) -> Vec<(&'static str, Changed)> {
        let compared = compare(was, mine, theirs).into_iter();
        compared
            .map(|field| (field.name, field.changed))
            .filter(|(_, changed)| *changed != Nobody)
            .collect()
    }

    #[test]
    fn each_field_is_whose_who_changed_it() {
        let was = contact("", "1", 3);
        for (mine, theirs, expected) in [
            (contact("", "1", 3), contact("", "1", 3), vec![]),
            (
                contact("", "2", 3),
                contact("", "1", 3),
                vec![("phone", Mine)],
            ),
            (
                contact("", "1", 3),
                contact("a@b", "1", 3),
                vec![("email", Theirs)],
            ),
            (
                contact("", "2", 3),
                contact("", "2", 3),
                vec![("phone", Alike)],
            ),
            (
                contact("", "2", 3),
                contact("", "3", 3),
                vec![("phone", Both)],
            ),
            (
                contact("", "2", 4),
                contact("a@b", "3", 3),
                vec![("email", Theirs), ("phone", Both), ("calls", Mine)],
            ),
        ] {
            assert_eq!(changes(&was, &mine, &theirs), expected);
        }
    }

    #[test]
    fn a_field_is_shown_with_its_three_texts() {
        let compared = compare(
            &contact("", "1", 3),
            &contact("", "2", 3),
            &contact("", "3", 3),
        );
        let phone = compared
            .into_iter()
            .find(|field| field.name == "phone")
            .unwrap();
        assert_eq!((phone.label, phone.was.as_str()), ("Phone", "1"));
        assert_eq!((phone.mine.as_str(), phone.theirs.as_str()), ("2", "3"));
    }

    #[test]
    fn what_does_not_collide_is_merged_and_the_rest_is_chosen() {
        let (was, mine, theirs) = (
            contact("", "1", 3),
            contact("", "2", 4),
            contact("a@b", "3", 3),
        );
        assert_eq!(merged(&was, &mine, &theirs, |_| None), Err("phone"));
        for (side, phone) in [(Side::Mine, "2"), (Side::Theirs, "3")] {
            let chosen = |name: &str| (name == "phone").then_some(side);
            assert_eq!(
                merged(&was, &mine, &theirs, chosen),
                Ok(contact("a@b", phone, 4))
            );
        }
    }

    #[test]
    fn nothing_is_to_be_chosen_where_nothing_collides() {
        let (was, mine, theirs) = (
            contact("", "1", 3),
            contact("", "1", 4),
            contact("a@b", "1", 3),
        );
        assert_eq!(
            merged(&was, &mine, &theirs, |_| None),
            Ok(contact("a@b", "1", 4))
        );
    }
}
