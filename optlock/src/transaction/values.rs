//! What is put back after a rollback.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The values that a [`transaction`](crate::transaction()) puts back when it is rolled back: `&mut value`, `&mut vec`,
/// `&mut slice[..]`, or a tuple of up to eight of them.
///
/// They are put back from a clone. **Of an `Rc`, an `Arc` or a reference the clone is the pointer, and nothing
/// is put back**: pass what it points to.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// let mut log = Vec::new();
/// optlock::transaction(conn, (&mut all[..], &mut log), |conn, (all, log)| {
///     for contact in all.iter_mut() {
///         contact.email = None;
///         contact.save_checked(conn)?;
///         log.push(contact.id);
///     }
///     Ok::<_, optlock::Error>(())
/// })?;
/// assert_eq!(log, [1, 2]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put back after a rollback",
    label = "not the values of a transaction",
    note = "pass `&mut value`, or several as `(&mut a, &mut b)`; their types must be `Clone`"
)]
pub trait Values: Sealed + for<'v> Reborrow<'v> {
    /// The values as they were.
    #[doc(hidden)]
    type Snapshot;

    /// Copies the values.
    #[doc(hidden)]
    fn snapshot(&self) -> Self::Snapshot;

    /// Swaps the values with their copies. Nothing is dropped, so nothing of the user's can panic before
    /// all of them are back.
    #[doc(hidden)]
    fn restore(&mut self, snapshot: &mut Self::Snapshot);
}

/// Values that are put back unless they are kept: after a rollback, or a panic.
///
/// The destructor only moves values. It asks no `Clone` and no `PartialEq`, which are the user's and may
/// panic.
pub(crate) struct PutBack<'v, V: Values> {
    values: &'v mut V,
    before: Option<V::Snapshot>,
}

impl<'v, V: Values> PutBack<'v, V> {
    pub(crate) fn new(values: &'v mut V) -> Self {
        Self {
            before: Some(values.snapshot()),
            values,
        }
    }

    pub(crate) fn reborrow(&mut self) -> <V as Reborrow<'_>>::Borrowed {
        self.values.reborrow()
    }

    /// The values stay as they are.
    pub(crate) fn keep(&mut self) {
        self.before = None;
    }
}

impl<V: Values> Drop for PutBack<'_, V> {
    fn drop(&mut self) {
        let Some(mut before) = self.before.take() else {
            return;
        };
        self.values.restore(&mut before);
        // What the body has made of the values has destructors of the user's. A second panic that leaves
        // a destructor while the first one goes on would abort the process.
        if std::thread::panicking() {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(before)));
        }
    }
}

/// Only optlock decides which values are put back, and how.
pub trait Sealed {}

impl<M> Sealed for &mut M {}
impl<M> Sealed for &mut [M] {}
impl Sealed for () {}

/// Reborrows the values for the body. The body cannot replace the references, so a restore always
/// writes to the caller's values.
///
/// Leave `Bound` at its default: it tells a `for<'v>` bound that `'v` does not outlive the values.
pub trait Reborrow<'v, Bound = &'v Self> {
    /// The references.
    type Borrowed;

    /// Lends the values to the body.
    fn reborrow(&'v mut self) -> Self::Borrowed;
}

impl<'v, M> Reborrow<'v> for &mut M {
    type Borrowed = &'v mut M;

    fn reborrow(&'v mut self) -> &'v mut M {
        self
    }
}

impl<'v, M> Reborrow<'v> for &mut [M] {
    type Borrowed = &'v mut [M];

    fn reborrow(&'v mut self) -> &'v mut [M] {
        self
    }
}

impl Reborrow<'_> for () {
    type Borrowed = ();

    fn reborrow(&mut self) {}
}

impl<M: Clone> Values for &mut M {
    type Snapshot = M;

    fn snapshot(&self) -> M {
        M::clone(self)
    }

    fn restore(&mut self, snapshot: &mut M) {
        mem::swap(*self, snapshot);
    }
}

impl<M: Clone> Values for &mut [M] {
    type Snapshot = Vec<M>;

    fn snapshot(&self) -> Vec<M> {
        self.to_vec()
    }

    fn restore(&mut self, snapshot: &mut Vec<M>) {
        for (value, before) in self.iter_mut().zip(snapshot) {
            mem::swap(value, before);
        }
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt)*) => {
        impl<'v, $($name: Reborrow<'v>),*> Reborrow<'v> for ($($name,)*) {
            type Borrowed = ($($name::Borrowed,)*);

            fn reborrow(&'v mut self) -> Self::Borrowed {
                ($(self.$index.reborrow(),)*)
            }
        }

        impl<$($name: Sealed),*> Sealed for ($($name,)*) {}

        impl<$($name: Values),*> Values for ($($name,)*) {
            type Snapshot = ($($name::Snapshot,)*);

            fn snapshot(&self) -> Self::Snapshot {
                ($(self.$index.snapshot(),)*)
            }

            fn restore(&mut self, snapshot: &mut Self::Snapshot) {
                $(self.$index.restore(&mut snapshot.$index);)*
            }
        }
    };
}

/// No values: what the transaction does leaves nothing in memory.
impl Values for () {
    type Snapshot = ();

    fn snapshot(&self) {}

    fn restore(&mut self, (): &mut ()) {}
}

tuples!(A 0);
tuples!(A 0 B 1);
tuples!(A 0 B 1 C 2);
tuples!(A 0 B 1 C 2 D 3);
tuples!(A 0 B 1 C 2 D 3 E 4);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
