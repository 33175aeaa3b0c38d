//! A page is out of date.

use super::row_name::RowName;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What a page has shown is not what is there now: a [`Fingerprint`](struct@crate::Fingerprint) does not match.
///
/// It names the parts that have changed, and never their values. Show the page again, with these parts
/// marked and what the user has typed. `Display` names no row, because it is the source of an
/// [`Error`](crate::Error), which has named them.
#[derive(Clone, PartialEq, Eq)]
pub struct PageChanged(Box<Changes>);

#[derive(Clone, PartialEq, Eq)]
struct Changes {
    parts: Vec<ChangedPart>,
    gone: usize,
}

/// A part of a page that is not as the page has shown it: it has changed, or the page has not shown it at
/// all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPart {
    row: Option<PartRow>,
    name: Cow<'static, str>,
}

/// The row of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartRow {
    pub(crate) table: &'static str,
    pub(crate) key: Arc<str>,
}

impl ChangedPart {
    pub(crate) fn new(row: Option<PartRow>, name: Cow<'static, str>) -> Self {
        Self { row, name }
    }

    /// The table of the row; `None` for a value that is no row.
    pub fn table(&self) -> Option<&'static str> {
        self.row.as_ref().map(|row| row.table)
    }

    /// The primary key of the row, as its `Debug` prints it; `None` for a value that is no row.
    pub fn key(&self) -> Option<&str> {
        self.row.as_ref().map(|row| &*row.key)
    }

    /// The name of the field, or of the value.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The part in a message: "contacts 7.name", "name of a row of contacts", "open orders".
    fn message(&self, with_key: bool) -> String {
        let name = self.name();
        match &self.row {
            None => name.to_owned(),
            Some(PartRow { table, key }) if with_key => {
                format!("{}.{name}", RowName(table, Some(&**key)))
            }
            Some(PartRow { table, .. }) => format!("{name} of {}", RowName(table, None)),
        }
    }
}

impl PageChanged {
    pub(crate) fn new(parts: Vec<ChangedPart>, gone: usize) -> Self {
        Self(Box::new(Changes { parts, gone }))
    }

    /// The parts that have changed, and those that the page has not shown: a row that another client has
    /// added.
    pub fn parts(&self) -> &[ChangedPart] {
        &self.0.parts
    }

    /// How many parts the page has shown beside these that are not there any more: the fields of a row
    /// that another client has deleted. They have no names, because a fingerprint has none.
    pub fn gone(&self) -> usize {
        self.0.gone
    }

    /// What the [`Error`](crate::Error) prints: "changed since the page was made: contacts 7.name, open
    /// orders".
    pub fn with_key(&self) -> String {
        self.message(true)
    }

    /// The same message without the keys: "changed since the page was made: name of a row of contacts,
    /// open orders".
    pub fn without_key(&self) -> String {
        self.message(false)
    }

    fn message(&self, with_key: bool) -> String {
        let parts = self.parts().iter().map(|part| part.message(with_key));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let gone = match self.gone() {
            1 => "1 part that the page has shown is gone".to_owned(),
            gone => format!("{gone} parts that the page has shown are gone"),
        };
        match (parts.is_empty(), self.gone()) {
            (true, _) => gone,
            (false, 0) => format!("changed since the page was made: {parts}"),
            (false, _) => format!("changed since the page was made: {parts}; and {gone}"),
        }
    }
}

impl std::error::Error for PageChanged {}

impl fmt::Debug for PageChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageChanged")
            .field("parts", &self.parts())
            .field("gone", &self.gone())
            .finish()
    }
}

impl fmt::Display for PageChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the page is out of date")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(row: Option<&str>, name: &'static str) -> ChangedPart {
        let row = row.map(|key| PartRow {
            table: "contacts",
            key: key.into(),
        });
        ChangedPart::new(row, name.into())
    }

    #[test]
    fn a_message_names_the_parts() {
        let parts = vec![
            part(Some("7"), "name"),
            part(Some("8"), "name"),
            part(None, "open orders"),
        ];
        let changed = PageChanged::new(parts.clone(), 0);
        assert_eq!(
            changed.with_key(),
            "changed since the page was made: contacts 7.name, contacts 8.name, open orders"
        );
        assert_eq!(
            changed.without_key(),
            "changed since the page was made: name of a row of contacts, name of a row of contacts, open orders"
        );
        let first = &changed.parts()[0];
        assert_eq!((first.table(), first.key()), (Some("contacts"), Some("7")));
        assert_eq!(first.name(), "name");
        let last = &changed.parts()[2];
        assert_eq!((last.table(), last.key()), (None, None));
        assert_eq!(
            PageChanged::new(parts[2..].to_vec(), 2).with_key(),
            "changed since the page was made: open orders; and 2 parts that the page has shown are gone"
        );
    }

    #[test]
    fn what_is_gone_is_counted() {
        assert_eq!(
            PageChanged::new(vec![], 1).with_key(),
            "1 part that the page has shown is gone"
        );
        assert_eq!(
            PageChanged::new(vec![], 3).without_key(),
            "3 parts that the page has shown are gone"
        );
    }
}
