//! A three-way merge.

use super::{Diff, Field, Fields, has_changed};
use std::fmt;

/// The result of [`Diff::merge`]: a value that two sides have changed.
///
/// | a field was changed by | the merge |
/// |---|---|
/// | neither side, or both alike | keeps it |
/// | mine only | takes mine |
/// | theirs only | takes theirs, and lists it in [`taken_from_theirs`](Self::taken_from_theirs) |
/// | both, differently | lists it in [`conflicts`](Self::conflicts) |
///
/// Everything else is theirs: the key, the version, the audit stamp, and what is ignored. A save of
/// the merged value is therefore a checked save: it fails if another client has changed
/// the row once more.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::Side;
///
/// let base: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let mine = Contact { name: "Ann B.".into(), ..base.clone() };
///
/// // .. another client saves another name and another address ..
/// # let mut theirs = Contact { name: "Anna".into(), email: None, ..base.clone() };
/// # theirs.save_checked(conn)?;
/// let theirs = mine.load_current(conn)?.expect("the row is there");
///
/// let merged = Contact::merge(&base, &mine, &theirs);
/// assert_eq!(merged.taken_from_theirs[0].name(), "email");
/// let [name] = &merged.conflicts[..] else { panic!("one field is in conflict") };
/// assert_eq!(
///     format!("{}: {:?}, {:?} or {:?}?", name.field(), name.base(), name.mine(), name.theirs()),
///     r#"name: "Ann", "Ann B." or "Anna"?"#
/// );
///
/// let mut resolved = merged.resolve(|_| Side::Mine);
/// resolved.save_checked(conn)?;
/// assert_eq!(resolved, Contact { id: 1, name: "Ann B.".into(), email: None, version: 3 });
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is saved yet, and there may be conflicts: `resolve` them and save"]
#[non_exhaustive]
pub struct Merged<'v, M> {
    /// The merged value. **A field in conflict holds theirs**: to save it so is to give up mine.
    pub value: M,
    /// The fields that only the other side has changed.
    pub taken_from_theirs: Vec<Field>,
    /// The fields that both sides have changed differently.
    pub conflicts: Vec<FieldConflict<'v, M>>,
}

/// A field that both sides have changed differently.
pub struct FieldConflict<'v, M> {
    field: Field,
    index: usize,
    base: &'v M,
    mine: &'v M,
    theirs: &'v M,
}

/// Whose value a field in conflict keeps. See [`Merged::resolve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one in memory.
    Mine,
    /// The one in the database.
    Theirs,
}

impl<'v, M: Diff + Clone> Merged<'v, M> {
    pub(crate) fn new(base: &'v M, mine: &'v M, theirs: &'v M) -> Self {
        let decided = decide(M::FIELDS, &Sides::of(base, mine, theirs));
        let mut value = theirs.clone();
        for field in decided.mine {
            value.take_field(mine, field);
        }
        let conflict = |(index, field)| FieldConflict {
            field,
            index,
            base,
            mine,
            theirs,
        };
        Self {
            value,
            taken_from_theirs: decided.theirs,
            conflicts: decided.conflicts.into_iter().map(conflict).collect(),
        }
    }

    /// The merged value, with a decision for each field in conflict.
    pub fn resolve(mut self, mut decide: impl FnMut(&FieldConflict<'v, M>) -> Side) -> M {
        for conflict in &self.conflicts {
            match decide(conflict) {
                Side::Mine => self.value.take_field(conflict.mine, conflict.index),
                Side::Theirs => {}
            }
        }
        self.value
    }
}

/// Who has changed a field.
pub(crate) enum ChangedBy {
    /// Nobody, or both alike.
    Neither,
    Mine,
    Theirs,
    /// Both, differently.
    Both,
}

/// The three values of a merge, whatever their model.
pub(crate) trait ThreeSides {
    /// Who has changed this field?
    fn changed_by(&self, field: usize) -> ChangedBy;
}

pub(crate) struct Sides<'v, M> {
    base: &'v M,
    mine: &'v M,
    theirs: &'v M,
}

impl<'v, M> Sides<'v, M> {
    pub(crate) fn of(base: &'v M, mine: &'v M, theirs: &'v M) -> Self {
        Self { base, mine, theirs }
    }
}

impl<M: Diff> ThreeSides for Sides<'_, M> {
    fn changed_by(&self, field: usize) -> ChangedBy {
        let mine = has_changed(self.mine, self.base, field);
        let theirs = self.theirs.differs_in(self.base, field);
        match (mine, theirs) {
            (true, false) => ChangedBy::Mine,
            (false, true) => ChangedBy::Theirs,
            (true, true) if self.mine.differs_in(self.theirs, field) => ChangedBy::Both,
            _ => ChangedBy::Neither,
        }
    }
}

/// Whose each changed field is, beside those that both have changed alike.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) mine: Vec<usize>,
    pub(crate) theirs: Vec<Field>,
    pub(crate) conflicts: Vec<(usize, Field)>,
}

impl Decided {
    pub(crate) fn fields_in_conflict(self) -> Vec<Field> {
        self.conflicts.into_iter().map(|(_, field)| field).collect()
    }
}

/// Compiled once, and not for each model.
pub(crate) fn decide(fields: Fields, sides: &dyn ThreeSides) -> Decided {
    let mut decided = Decided::default();
    for (index, field) in fields.iter().enumerate() {
        match sides.changed_by(index) {
            ChangedBy::Neither => {}
            ChangedBy::Mine => decided.mine.push(index),
            ChangedBy::Theirs => decided.theirs.push(field),
            ChangedBy::Both => decided.conflicts.push((index, field)),
        }
    }
    decided
}

impl<'v, M: Diff> FieldConflict<'v, M> {
    /// The field.
    pub fn field(&self) -> Field {
        self.field
    }

    /// Its value before either changed it.
    pub fn base(&self) -> &'v dyn fmt::Debug {
        self.base.field_value(self.index)
    }

    /// Its value in memory.
    pub fn mine(&self) -> &'v dyn fmt::Debug {
        self.mine.field_value(self.index)
    }

    /// Its value in the database.
    pub fn theirs(&self) -> &'v dyn fmt::Debug {
        self.theirs.field_value(self.index)
    }
}

impl<M> Clone for FieldConflict<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for FieldConflict<'_, M> {}

impl<M: Diff> fmt::Debug for FieldConflict<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldConflict")
            .field("field", &self.field)
            .field("base", self.base())
            .field("mine", self.mine())
            .field("theirs", self.theirs())
            .finish()
    }
}

impl<M: Diff + fmt::Debug> fmt::Debug for Merged<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merged")
            .field("value", &self.value)
            .field("taken_from_theirs", &self.taken_from_theirs)
            .field("conflicts", &self.conflicts)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Change;
    use proptest::prelude::*;

    /// So few values that the sides often agree.
    type Row = [u8; 5];

    impl Diff for Row {
        const FIELDS: Fields = Fields::new(&[
            Field::new("a", "a"),
            Field::new("b", "b"),
            Field::new("c", "c"),
            Field::new("d", "d"),
            Field::new("e", "e"),
        ]);

        fn differs_in(&self, other: &Self, field: usize) -> bool {
            self[field] != other[field]
        }

        fn take_field(&mut self, other: &Self, field: usize) {
            self[field] = other[field];
        }

        fn field_value(&self, field: usize) -> &dyn fmt::Debug {
            &self[field]
        }
    }

    fn row() -> impl Strategy<Value = Row> {
        prop::array::uniform5(0..3_u8)
    }

    fn fields(conflicts: &[FieldConflict<'_, Row>]) -> Vec<Field> {
        conflicts.iter().map(FieldConflict::field).collect()
    }

    fn changed(from: &Row, to: &Row) -> Vec<Field> {
        from.diff(to).iter().map(Change::field).collect()
    }

    proptest! {
        #[test]
        fn a_side_that_changed_nothing_gives_way(base in row(), changed in row()) {
            for merged in [Row::merge(&base, &changed, &base), Row::merge(&base, &base, &changed)] {
                prop_assert_eq!(merged.value, changed);
                prop_assert!(merged.conflicts.is_empty());
            }
        }

        #[test]
        fn what_is_taken_from_theirs_is_what_only_they_changed(base in row(), mine in row(), theirs in row()) {
            let only_theirs: Vec<_> = Row::FIELDS.iter().enumerate()
                .filter(|(index, _)| theirs[*index] != base[*index] && mine[*index] == base[*index])
                .map(|(_, field)| field)
                .collect();
            prop_assert_eq!(Row::merge(&base, &mine, &theirs).taken_from_theirs, only_theirs);
        }

        #[test]
        fn from_the_other_side_the_conflicts_are_mirrored(base in row(), mine in row(), theirs in row()) {
            let (ours, mirrored) = (Row::merge(&base, &mine, &theirs), Row::merge(&base, &theirs, &mine));
            prop_assert_eq!(fields(&ours.conflicts), fields(&mirrored.conflicts));
            for (conflict, mirrored) in ours.conflicts.iter().zip(&mirrored.conflicts) {
                let texts = |a: &dyn fmt::Debug, b: &dyn fmt::Debug| format!("{a:?} {b:?}");
                prop_assert_eq!(
                    texts(conflict.mine(), conflict.theirs()),
                    texts(mirrored.theirs(), mirrored.mine())
                );
            }
            prop_assert_eq!(ours.resolve(|_| Side::Mine), mirrored.resolve(|_| Side::Theirs));
        }

        #[test]
        fn no_change_of_either_side_is_lost(base in row(), mine in row(), theirs in row()) {
            let merged = Row::merge(&base, &mine, &theirs);
            for (index, field) in Row::FIELDS.iter().enumerate() {
                let in_conflict = fields(&merged.conflicts).contains(&field);
                for side in [mine, theirs] {
                    prop_assert!(in_conflict || side[index] == base[index] || merged.value[index] == side[index]);
                }
                // Where nobody changed anything, nothing changes.
                prop_assert!([base, mine, theirs].map(|row| row[index]).contains(&merged.value[index]));
            }
        }

        #[test]
        fn each_conflict_is_decided_by_itself(base in row(), mine in row(), theirs in row(), decisions: [bool; 5]) {
            let merged = Row::merge(&base, &mine, &theirs);
            let in_conflict = fields(&merged.conflicts);
            let mut decision = decisions.into_iter();
            let resolved = merged.resolve(|_| if decision.next() == Some(true) { Side::Mine } else { Side::Theirs });
            for ((index, _), keep_mine) in Row::FIELDS.iter().enumerate()
                .filter(|(_, field)| in_conflict.contains(field))
                .zip(decisions)
            {
                prop_assert_eq!(resolved[index], if keep_mine { mine[index] } else { theirs[index] });
            }
        }

        #[test]
        fn a_difference_is_one_from_both_sides(a in row(), b in row()) {
            prop_assert_eq!(changed(&a, &b), changed(&b, &a));
            prop_assert_eq!(changed(&a, &b).is_empty(), a == b);
        }
    }
}
