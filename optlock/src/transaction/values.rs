//! What is put back after a rollback.

/// The values that a [`transaction`](crate::transaction()) puts back when it is rolled back: `&mut value`, `&mut vec`,
/// `&mut slice[..]`, or a tuple of up to eight of them.
///
/// ```
/// # include!("../doctest_setup.rs");
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
pub trait Values {
    /// The values as they were.
    type Snapshot;

    /// Copies the values.
    fn snapshot(&self) -> Self::Snapshot;

    /// Puts the copies back.
    fn restore(&mut self, snapshot: Self::Snapshot);
}

impl<M: Clone> Values for &mut M {
    type Snapshot = M;

    fn snapshot(&self) -> M {
        M::clone(self)
    }

    fn restore(&mut self, snapshot: M) {
        **self = snapshot;
    }
}

impl<M: Clone> Values for &mut [M] {
    type Snapshot = Vec<M>;

    fn snapshot(&self) -> Vec<M> {
        self.to_vec()
    }

    fn restore(&mut self, snapshot: Vec<M>) {
        self.clone_from_slice(&snapshot);
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt)*) => {
        impl<$($name: Values),*> Values for ($($name,)*) {
            type Snapshot = ($($name::Snapshot,)*);

            fn snapshot(&self) -> Self::Snapshot {
                ($(self.$index.snapshot(),)*)
            }

            fn restore(&mut self, snapshot: Self::Snapshot) {
                $(self.$index.restore(snapshot.$index);)*
            }
        }
    };
}

/// No values: what the transaction does leaves nothing in memory.
impl Values for () {
    type Snapshot = ();

    fn snapshot(&self) {}

    fn restore(&mut self, (): ()) {}
}

tuples!(A 0);
tuples!(A 0 B 1);
tuples!(A 0 B 1 C 2);
tuples!(A 0 B 1 C 2 D 3);
tuples!(A 0 B 1 C 2 D 3 E 4);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
