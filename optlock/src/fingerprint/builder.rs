//! The parts of a page, to be signed or compared.

use super::part::{NONCE, PART, Part, signatures};
use super::row::{ChangeWriter, FingerprintRow, parts_of};
use super::text::Fingerprint;
use super::value::FingerprintValue;
use crate::error::{Error, PageChanged, SealError};
use crate::seal::{Kind, Seal};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use uuid::Uuid;

/// The parts of a page: what [`Fingerprint::builder`] begins.
///
/// The page and the handler of its form name the same parts. Their order has no meaning; a row or a value
/// more or less than the page has shown is a change.
#[derive(Clone)]
#[must_use = "`build` the fingerprint of a page, or `verify` the one that came back"]
pub struct FingerprintBuilder<'s> {
    seal: &'s Seal<'s>,
    parts: Vec<Part>,
    without: Vec<String>,
}

impl<'s> FingerprintBuilder<'s> {
    pub(super) fn new(seal: &'s Seal<'s>) -> Self {
        Self {
            seal,
            parts: Vec::new(),
            without: Vec::new(),
        }
    }

    /// Adds a row: a part for each field. Which fields those are:
    /// [`#[derive(Fingerprint)]`](macro@crate::Fingerprint).
    pub fn row(mut self, row: &(impl FingerprintRow + ?Sized)) -> Self {
        self.parts.extend(parts_of(row));
        self
    }

    /// Adds several rows.
    pub fn rows<'r, R: FingerprintRow + 'r>(self, rows: impl IntoIterator<Item = &'r R>) -> Self {
        rows.into_iter().fold(self, Self::row)
    }

    /// Adds a value that is no row: a count, a sum, a rate. Messages print its name, and never the
    /// value.
    pub fn value(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: &(impl FingerprintValue + ?Sized),
    ) -> Self {
        self.parts.push(Part::new(None, name.into(), value));
        self
    }

    /// Leaves out the field of this name of **every row**, those that are added later too: what the page
    /// does not show, or what may change while it is open. The page and the handler leave out the same.
    ///
    /// A row stays a part even if all of its fields are left out: the part then shows that the row is there.
    /// A value is not left out: do not add it. **A name that no field has leaves nothing out**, and so does
    /// a misspelled one: the field is covered still, and a page whose handler spells the name otherwise does
    /// not match.
    ///
    /// [`save_if_unchanged`](crate::FingerprintDsl::save_if_unchanged) refuses to change a field that is left
    /// out ([`Error::NotInFingerprint`]).
    pub fn without(mut self, field: impl Into<String>) -> Self {
        self.without.push(field.into());
        self
    }

    /// Signs what the page shows.
    pub fn build(&self) -> Fingerprint {
        self.build_under(Uuid::new_v4().into_bytes())
    }

    fn build_under(&self, nonce: [u8; NONCE]) -> Fingerprint {
        let mut carried = nonce.to_vec();
        carried.extend(signatures(self.seal.key(), &nonce, self.covered()).concat());
        Fingerprint::new(self.seal.close(Kind::Fingerprint, &[], &carried))
    }

    /// Compares the parts with those that the page has shown.
    ///
    /// **What is compared can change again at once**, unless it is locked:
    /// [`save_if_unchanged`](crate::FingerprintDsl::save_if_unchanged) locks the row that it saves.
    ///
    /// # Errors
    ///
    /// - [`Error::PageChanged`] names the parts that have changed.
    /// - [`Error::Seal`], with [`SealError::Malformed`], [`NotGenuine`](SealError::NotGenuine) or
    ///   [`Expired`](SealError::Expired): it is no fingerprint for this purpose and session.
    pub fn verify(&self, fingerprint: &str) -> Result<(), Error> {
        let compared = self.compare(fingerprint);
        #[cfg(feature = "tracing")]
        if let Err(Error::PageChanged(changed)) = &compared {
            crate::events::page_changed(None, changed);
        }
        compared
    }

    /// Like [`verify`](Self::verify). Nothing is reported to `tracing`.
    pub(crate) fn compare(&self, fingerprint: &str) -> Result<(), Error> {
        let opened = self.seal.open(Kind::Fingerprint, &[], fingerprint)?;
        let (nonce, shown) = opened
            .carried
            .split_at_checked(NONCE)
            .filter(|(_, shown)| shown.len() % PART == 0)
            .ok_or(SealError::Malformed)?;
        let mut shown_signatures = HashMap::<&[u8], usize>::new();
        for signature in shown.chunks(PART) {
            *shown_signatures.entry(signature).or_default() += 1;
        }
        // The text is genuine, so a client learns nothing by the time that this takes.
        let mut changed = Vec::new();
        for (part, signature) in self
            .covered()
            .zip(signatures(opened.key, nonce, self.covered()))
        {
            match shown_signatures.get_mut(&signature[..]) {
                Some(count) if *count > 0 => *count -= 1,
                _ => changed.push(part.changed()),
            }
        }
        let missed: usize = shown_signatures.values().sum();
        if changed.is_empty() && missed == 0 {
            return Ok(());
        }
        // Of a part that has changed, the page has shown another one.
        let gone = missed.saturating_sub(changed.len());
        Err(PageChanged::new(changed, gone).into())
    }

    /// The page of a row that is saved, under the seal of the save: a closure can return a builder that it has begun
    /// itself. The row is before all other parts: it is what a message names first.
    pub(crate) fn of_save(mut self, row: &impl FingerprintRow, seal: &'s Seal<'s>) -> Self {
        self.seal = seal;
        self.parts.splice(0..0, parts_of(row));
        self
    }

    /// The fields that a save of `value` would change of its `row`, and that are no part of the page.
    /// `others` are fields that it is known to change.
    pub(crate) fn unguarded<R: FingerprintRow>(
        &self,
        value: &R,
        row: &R,
        others: impl IntoIterator<Item = &'static str>,
    ) -> Vec<String> {
        let parts = parts_of(row);
        let is_guarded = |name: &str| {
            let mut parts = parts.iter();
            parts.any(|part| part.name() == name && self.has_field(part))
        };
        let writer = ChangeWriter::changes_of(value, row);
        let changes = writer.changes();
        let changes = changes.filter(|change| !change.is_part || !is_guarded(&change.name));
        let names = changes.map(|change| change.name.clone().into_owned());
        let is_within_guarded = |name: &str| writer.wholes_of(name).any(is_guarded);
        let others = others.into_iter();
        let others = others.filter(|name| !is_guarded(name) && !is_within_guarded(name));
        let mut unguarded = Vec::new();
        for name in names.chain(others.map(str::to_owned)) {
            if !unguarded.contains(&name) {
                unguarded.push(name);
            }
        }
        unguarded
    }

    /// Is it a field, and not left out?
    fn has_field(&self, part: &Part) -> bool {
        part.is_field() && !self.without.iter().any(|name| name == part.name())
    }

    /// The parts that count: fields that are not left out, values, and of a row without such a field the row.
    fn covered(&self) -> impl Iterator<Item = &Part> {
        let rows_and_values = self.parts.chunk_by(Part::is_beside);
        rows_and_values.flat_map(move |parts| {
            let has_fields = parts.iter().any(|part| self.has_field(part));
            parts.iter().filter(move |part| {
                if part.is_presence() {
                    !has_fields
                } else {
                    !part.is_field() || self.has_field(part)
                }
            })
        })
    }
}

/// Without the values.
impl fmt::Debug for FingerprintBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.covered().map(Part::changed).collect();
        f.debug_struct("FingerprintBuilder")
            .field("parts", &parts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{ChangeWriter, FieldWriter, FingerprintFields};
    use crate::seal::Keys;
    use std::collections::HashSet;

    /// A row with an optional field.
    struct Row {
        id: i32,
        tenant: Option<i32>,
        name: &'static str,
        notes: Option<&'static str>,
    }

    impl FingerprintFields for Row {
        fn write_fields(&self, fields: &mut FieldWriter<'_>) {
            fields.field("name", self.name);
            fields.field("notes", &self.notes);
        }

        fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
            changes.compare(self, row);
        }
    }

    impl FingerprintRow for Row {
        type Key = i32;
        type Scope = Option<i32>;
        const TABLE_NAME: &'static str = "contacts";

        fn key(&self) -> i32 {
            self.id
        }

        fn scope(&self) -> Option<i32> {
            self.tenant
        }
    }

    /// A row of another table.
    struct Supplier(Row);

    impl FingerprintFields for Supplier {
        fn write_fields(&self, fields: &mut FieldWriter<'_>) {
            self.0.write_fields(fields);
        }

        fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
            changes.compare(self, row);
        }
    }

    impl FingerprintRow for Supplier {
        type Key = i32;
        type Scope = Option<i32>;
        const TABLE_NAME: &'static str = "suppliers";

        fn key(&self) -> i32 {
            self.0.id
        }

        fn scope(&self) -> Option<i32> {
            self.0.tenant
        }
    }

    /// A row of a key alone.
    struct Member(i32, i32);

    impl FingerprintFields for Member {
        fn write_fields(&self, _: &mut FieldWriter<'_>) {}

        fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
            changes.compare(self, row);
        }
    }

    impl FingerprintRow for Member {
        type Key = (i32, i32);
        type Scope = ();
        const TABLE_NAME: &'static str = "members";

        fn key(&self) -> (i32, i32) {
            (self.0, self.1)
        }

        fn scope(&self) {}
    }

    fn row(id: i32, name: &'static str) -> Row {
        Row {
            id,
            tenant: None,
            name,
            notes: None,
        }
    }

    fn keys() -> Keys {
        Keys::new([7; 32]).unwrap()
    }

    fn editing(keys: &Keys) -> Seal<'_> {
        keys.purpose("edit").session("ann").unwrap()
    }

    /// What a page that shows `before` is told when there is `now`: the parts, and how many are gone.
    fn compared<'s>(
        before: &FingerprintBuilder<'s>,
        now: &FingerprintBuilder<'s>,
    ) -> (Vec<String>, usize) {
        match now.verify(before.build().as_str()) {
            Ok(()) => (Vec::new(), 0),
            Err(Error::PageChanged(changed)) => {
                let parts = changed.parts().iter();
                let parts = parts.map(|part| {
                    let row = part.table().zip(part.key());
                    let row = row.map(|(table, key)| format!("{table} {key}."));
                    row.unwrap_or_default() + part.name()
                });
                (parts.collect(), changed.gone())
            }
            Err(error) => panic!("it should be genuine: {error:?}"),
        }
    }

    fn parts(names: &[&str]) -> (Vec<String>, usize) {
        (names.iter().map(|&name| name.to_owned()).collect(), 0)
    }

    fn same() -> (Vec<String>, usize) {
        parts(&[])
    }

    /// Whoever changes it makes each page that is open out of date.
    #[test]
    fn a_fingerprint_is_pinned() {
        let keys = keys();
        let seal = editing(&keys);
        let page = Fingerprint::builder(&seal)
            .row(&row(7, "Ann"))
            .row(&Member(1, 2))
            .value("open orders", &3);
        let text = "AQAJCQkJCQkJCQkJCQkJCQkJvdM575xA0mm95Dt0TFrskKYqVmIbNSbxqChUwJOrx5I7_bcHZMOBVERuRsk1yl5AnywKD1tnfucRpcKXdcm_jw";
        assert_eq!(page.build_under([9; NONCE]).as_str(), text);
        page.verify(text).unwrap();
        let length = |page: &FingerprintBuilder<'_>| page.build().as_str().len();
        assert_eq!(length(&Fingerprint::builder(&seal)), 67);
        assert_eq!(length(&page), (2_usize + 16 + 4 * 8 + 32) * 4 / 3 + 1);
    }

    #[test]
    fn the_parts_that_have_changed_are_named() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |name, notes, count: i64| {
            let ann = Row {
                notes,
                ..row(7, name)
            };
            Fingerprint::builder(&seal)
                .row(&ann)
                .row(&row(8, "Bob"))
                .value("open orders", &count)
        };
        let shown = page("Ann", None, 3);
        assert_eq!(compared(&shown, &page("Ann", None, 3)), same());
        assert_eq!(
            compared(&shown, &page("Ann B.", None, 3)),
            parts(&["contacts 7.name"])
        );
        assert_eq!(
            compared(&shown, &page("Ann", Some(""), 3)),
            parts(&["contacts 7.notes"])
        );
        assert_eq!(
            compared(&shown, &page("Anna", Some("x"), 4)),
            parts(&["contacts 7.name", "contacts 7.notes", "open orders"])
        );
    }

    #[test]
    fn the_order_has_no_meaning() {
        let keys = keys();
        let seal = editing(&keys);
        let (ann, bob) = (row(7, "Ann"), row(8, "Bob"));
        let one = Fingerprint::builder(&seal)
            .row(&ann)
            .value("a", &1)
            .row(&bob);
        let other = Fingerprint::builder(&seal)
            .rows([&bob, &ann])
            .value("a", &1);
        assert_eq!(compared(&one, &other), same());
    }

    #[test]
    fn a_row_more_or_less_is_a_change() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |rows: &[Row]| Fingerprint::builder(&seal).rows(rows);
        let one = page(&[row(7, "Ann")]);
        let two = page(&[row(7, "Ann"), row(8, "Bob")]);
        let three = page(&[row(9, "Cid"), row(7, "Anna")]);
        assert_eq!(
            compared(&one, &two),
            parts(&["contacts 8.name", "contacts 8.notes"])
        );
        assert_eq!(compared(&two, &one), (vec![], 2));
        let changed = ["contacts 9.name", "contacts 9.notes", "contacts 7.name"];
        assert_eq!(compared(&two, &three), parts(&changed));
        assert_eq!(
            compared(&two, &page(&[row(7, "Anna")])),
            (vec!["contacts 7.name".to_owned()], 2)
        );
    }

    #[test]
    fn a_row_of_a_key_alone_is_a_part() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |rows: &[Member]| Fingerprint::builder(&seal).rows(rows);
        let (one, two) = (page(&[Member(1, 2)]), page(&[Member(1, 2), Member(1, 3)]));
        assert_eq!(compared(&one, &two), parts(&["members (1, 3).row"]));
        assert_eq!(compared(&two, &one), (vec![], 1));
        let other = page(&[Member(2, 1)]);
        assert_eq!(compared(&one, &other), parts(&["members (2, 1).row"]));
    }

    #[test]
    fn a_part_is_of_its_row_table_and_tenant() {
        let keys = keys();
        let seal = editing(&keys);
        let of = |row: &Row| Fingerprint::builder(&seal).row(row);
        let ann = of(&row(7, "Ann"));
        let both = |row: &str| [format!("{row}.name"), format!("{row}.notes")];
        let changed = |page: &FingerprintBuilder<'_>| compared(&ann, page).0;
        assert_eq!(changed(&of(&row(8, "Ann"))), both("contacts 8"));
        let supplier = Fingerprint::builder(&seal).row(&Supplier(row(7, "Ann")));
        assert_eq!(changed(&supplier), both("suppliers 7"));
        let tenants = Row {
            tenant: Some(3),
            ..row(7, "Ann")
        };
        // The scope is not printed.
        assert_eq!(changed(&of(&tenants)), both("contacts 7"));
        let value = Fingerprint::builder(&seal).value("name", "Ann");
        assert_eq!(changed(&value), ["name"]);
    }

    #[test]
    fn parts_of_one_name_do_not_change_places() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |one: i32, other: i32| {
            Fingerprint::builder(&seal)
                .value("limit", &one)
                .value("limit", &other)
        };
        assert_eq!(compared(&page(1, 2), &page(1, 2)), same());
        assert_eq!(
            compared(&page(1, 2), &page(2, 1)),
            parts(&["limit", "limit"])
        );
        assert_eq!(compared(&page(1, 1), &page(1, 2)), parts(&["limit"]));
        let once = Fingerprint::builder(&seal).value("limit", &1);
        assert_eq!(compared(&page(1, 1), &once), (vec![], 1));
    }

    #[test]
    fn what_is_left_out_may_change() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |name, notes| {
            let ann = Row {
                notes: Some(notes),
                ..row(7, name)
            };
            Fingerprint::builder(&seal).without("notes").row(&ann)
        };
        let shown = page("Ann", "x");
        assert_eq!(compared(&shown, &page("Ann", "y")), same());
        assert_eq!(
            compared(&shown, &page("Anna", "y")),
            parts(&["contacts 7.name"])
        );
    }

    /// It is a name of fields, and a value may be called as a field is.
    #[test]
    fn a_value_is_not_left_out() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |notes, count: i64| {
            let ann = Row {
                notes: Some(notes),
                ..row(7, "Ann")
            };
            let page = Fingerprint::builder(&seal).row(&ann);
            page.value("notes", &count).without("notes")
        };
        let shown = page("x", 3);
        assert_eq!(compared(&shown, &page("y", 3)), same());
        assert_eq!(compared(&shown, &page("x", 4)), parts(&["notes"]));
    }

    #[test]
    fn a_row_without_its_fields_is_there_still() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |rows: &[Row]| {
            let page = Fingerprint::builder(&seal).rows(rows);
            page.without("name").without("notes").without("row")
        };
        let shown = page(&[row(7, "Ann")]);
        assert_eq!(compared(&shown, &page(&[row(7, "Anna")])), same());
        assert_eq!(
            compared(&shown, &page(&[row(8, "Ann")])),
            parts(&["contacts 8.row"])
        );
        assert_eq!(compared(&shown, &page(&[])), (vec![], 1));
        let two = page(&[row(7, "Ann"), row(8, "Bob")]);
        assert_eq!(compared(&shown, &two), parts(&["contacts 8.row"]));
    }

    #[test]
    fn a_name_that_no_field_has_leaves_nothing_out() {
        let keys = keys();
        let seal = editing(&keys);
        let page = |name| Fingerprint::builder(&seal).row(&row(7, name));
        let shown = page("Ann").without("title");
        assert_eq!(compared(&shown, &page("Ann")), same());
        assert_eq!(
            compared(&shown, &page("Anna").without("title")),
            parts(&["contacts 7.name"])
        );
        // A field that only one of the two leaves out does not match.
        assert_eq!(
            compared(&page("Ann").without("name"), &page("Ann")),
            parts(&["contacts 7.name"])
        );
    }

    /// What a save of `value` would change of the row, and the page does not guard.
    fn unguarded(page: FingerprintBuilder<'_>, value: &Row, row: &Row) -> Vec<String> {
        page.unguarded(value, row, [])
    }

    /// An impl by hand that names no changes: what it writes is compared.
    #[test]
    fn a_change_of_what_is_left_out_is_unguarded() {
        let keys = keys();
        let seal = editing(&keys);
        let page = || Fingerprint::builder(&seal);
        let stored = row(7, "Ann");
        let edited = Row {
            notes: Some(""),
            ..row(7, "Anna")
        };
        let nothing: [&str; 0] = [];
        assert_eq!(unguarded(page(), &edited, &stored), nothing);
        let without_notes = || page().without("notes");
        assert_eq!(unguarded(without_notes(), &edited, &stored), ["notes"]);
        assert_eq!(unguarded(without_notes(), &stored, &stored), nothing);
        let without_both = without_notes().without("name");
        assert_eq!(unguarded(without_both, &edited, &stored), ["name", "notes"]);
        // What is known otherwise to change is looked up by its name.
        let others = page().unguarded(&stored, &stored, ["name", "photo"]);
        assert_eq!(others, ["photo"]);
    }

    #[test]
    fn each_page_has_signatures_of_its_own() {
        let keys = keys();
        let seal = editing(&keys);
        let page = Fingerprint::builder(&seal).row(&row(7, "Ann"));
        let carried = |nonce| {
            let text = page.build_under(nonce);
            let opened = seal.open(Kind::Fingerprint, &[], text.as_str());
            opened.unwrap().carried
        };
        let parts: Vec<_> = [[1; NONCE], [2; NONCE]]
            .into_iter()
            .flat_map(|nonce| carried(nonce)[NONCE..].to_vec())
            .collect();
        let all: HashSet<_> = parts.chunks(PART).collect();
        assert_eq!(all.len(), 4);
        assert_ne!(page.build(), page.build());
    }

    /// A client has two genuine pages, and makes a third of their parts.
    #[test]
    fn parts_of_two_pages_are_not_mixed() {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

        let keys = keys();
        let seal = editing(&keys);
        let page = |name, count: i64| {
            Fingerprint::builder(&seal)
                .row(&row(7, name))
                .value("open orders", &count)
        };
        let bytes = |page: FingerprintBuilder<'_>| BASE64.decode(page.build().as_str()).unwrap();
        let (old, new) = (bytes(page("Ann", 3)), bytes(page("Anna", 4)));
        let parts = 2 + NONCE..old.len() - 32;
        let refused = |bytes: &[u8]| {
            let result = page("Anna", 4).verify(&BASE64.encode(bytes));
            assert!(
                matches!(result, Err(Error::Seal(SealError::NotGenuine))),
                "{result:?}"
            );
        };
        for start in parts.clone().step_by(PART) {
            let mut mixed = old.clone();
            mixed[start..start + PART].copy_from_slice(&new[start..start + PART]);
            refused(&mixed);
            let mut without = old.clone();
            without.drain(start..start + PART);
            refused(&without);
        }
        let mut turned = old.clone();
        turned[parts].rotate_left(PART);
        refused(&turned);
    }

    #[test]
    fn it_is_bound_to_purpose_and_session() {
        let keys = keys();
        let page = |seal: &Seal<'_>| Fingerprint::builder(seal).row(&row(7, "Ann")).build();
        let text = page(&editing(&keys));
        for other in [
            keys.purpose("delete").session("ann"),
            keys.purpose("edit").session("bob"),
            Ok(keys.purpose("edit").without_session()),
        ] {
            let other = other.unwrap();
            let result = Fingerprint::builder(&other)
                .row(&row(7, "Ann"))
                .verify(text.as_str());
            assert!(
                matches!(result, Err(Error::Seal(SealError::NotGenuine))),
                "{result:?}"
            );
        }
    }

    #[test]
    fn the_parts_are_compared_under_the_key_that_sealed() {
        let (old, new) = ([7; 32], [8; 32]);
        let before = Keys::new(old).unwrap();
        let during = Keys::new(new).unwrap().and_old(old).unwrap();
        let text = Fingerprint::builder(&editing(&before))
            .row(&row(7, "Ann"))
            .build();
        let seal = editing(&during);
        let now = |name| Fingerprint::builder(&seal).row(&row(7, name));
        now("Ann").verify(text.as_str()).unwrap();
        let error = now("Anna").verify(text.as_str()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "changed since the page was made: contacts 7.name"
        );
    }

    #[test]
    fn what_is_no_fingerprint_is_malformed() {
        let keys = keys();
        let seal = editing(&keys);
        for carried in [&[0; NONCE - 1][..], &[0; NONCE + PART - 1], &[]] {
            let text = seal.close(Kind::Fingerprint, &[], carried);
            let result = Fingerprint::builder(&seal).verify(&text);
            assert!(
                matches!(result, Err(Error::Seal(SealError::Malformed))),
                "{result:?}"
            );
        }
    }

    #[test]
    fn a_hundred_thousand_rows_have_as_many_fingerprints() {
        let keys = keys();
        let seal = editing(&keys);
        let names = ["", "0", "A", "a", "Ann", "Bob", "NULL", "é", "e", " "];
        let rows = (0..10_000).flat_map(|id| names.map(|name| row(id, name)));
        let all: HashSet<_> = rows
            .map(|row| {
                let page = Fingerprint::builder(&seal).row(&row);
                signatures(seal.key(), &[9; NONCE], page.covered())
            })
            .collect();
        assert_eq!(all.len(), 100_000);
        // Each field of each row, whose notes are all NULL, has one of its own.
        let parts: HashSet<_> = all.iter().flatten().collect();
        assert_eq!(parts.len(), 110_000);
    }

    #[test]
    fn debug_shows_no_value() {
        let keys = keys();
        let seal = editing(&keys);
        let page = Fingerprint::builder(&seal)
            .row(&row(7, "Ann"))
            .value("salary", &4_200);
        let printed = format!("{page:?}");
        assert!(printed.contains("salary"), "{printed}");
        assert!(!printed.contains("Ann"), "{printed}");
    }
}
