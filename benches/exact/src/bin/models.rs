//! Models with a save each, of which the code is counted: llvm_lines.rs.

use diesel::prelude::*;
use optlock::prelude::*;

macro_rules! models {
    ($($table:ident: $model:ident, $save:ident;)*) => {$(
        diesel::table! {
            $table {
                id -> Integer,
                c0 -> Text,
                c1 -> Text,
                c2 -> Text,
                c3 -> Text,
                c4 -> Text,
                c5 -> Text,
                n1 -> Integer,
                n2 -> Nullable<Integer>,
                version -> BigInt,
            }
        }

        #[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
        #[diesel(table_name = $table, treat_none_as_null = true)]
        struct $model {
            id: i32,
            c0: String,
            c1: String,
            c2: String,
            c3: String,
            c4: String,
            c5: String,
            n1: i32,
            n2: Option<i32>,
            version: i64,
        }

        fn $save(model: &mut $model, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
            model.save_checked(conn)
        }
    )*

    fn main() {
        std::hint::black_box([$($save as fn(&mut $model, _) -> _ as *const ()),*]);
    }};
}

#[cfg(not(feature = "more-models"))]
models! {
    t0: M0, save0;
}

#[cfg(feature = "more-models")]
models! {
    t0: M0, save0;
    t1: M1, save1;
    t2: M2, save2;
    t3: M3, save3;
    t4: M4, save4;
    t5: M5, save5;
    t6: M6, save6;
    t7: M7, save7;
    t8: M8, save8;
    t9: M9, save9;
    t10: M10, save10;
}
