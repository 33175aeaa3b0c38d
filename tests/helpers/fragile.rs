//! A value whose `Clone` and `PartialEq` panic, one call at a time.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Text};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

thread_local! {
    /// How many calls are left, where they are counted.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Runs `run`, in which the call after so many others panics. Returns how many were left at the end, too.
pub(crate) fn with_fuse<R>(fuse: u32, run: impl FnOnce() -> R) -> (thread::Result<R>, u32) {
    FUSE.set(Some(fuse));
    let result = catch_unwind(AssertUnwindSafe(run));
    (result, FUSE.take().unwrap())
}

fn burn() {
    if let Some(left) = FUSE.get() {
        match left.checked_sub(1) {
            Some(left) => FUSE.set(Some(left)),
            None => panic!("the fuse has burnt"),
        }
    }
}

#[derive(Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
#[diesel(sql_type = Text)]
pub(crate) struct Fragile<T>(pub(crate) T);

impl<T: Clone> Clone for Fragile<T> {
    fn clone(&self) -> Self {
        burn();
        Self(self.0.clone())
    }
}

impl<T: PartialEq> PartialEq for Fragile<T> {
    fn eq(&self, other: &Self) -> bool {
        burn();
        self.0 == other.0
    }
}

impl<T, ST, DB> FromSql<ST, DB> for Fragile<T>
where
    DB: Backend,
    T: FromSql<ST, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        T::from_sql(bytes).map(Self)
    }
}

macro_rules! stored {
    ($ty:ty, $SqlType:ty) => {
        impl<DB: Backend> ToSql<$SqlType, DB> for Fragile<$ty>
        where
            $ty: ToSql<$SqlType, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }
    };
}

stored!(i64, BigInt);
stored!(String, Text);
