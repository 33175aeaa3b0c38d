#[derive(Identifiable, AsChangeset, Versioned)]
struct Contact {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    version: i64,
}

// gives, with the paths shortened:

const _: () = {
    impl FixedText for Contact {
        const FIXED: bool = are_fixed::<<Self as SetByColumn<'static>>::Values>();
    }
    const _: () = is_primary_key::<contacts::table, contacts::id>();
    impl Versioned for Contact {
        type Table = contacts::table;
        type Key = i32;
        type VersionColumn = contacts::version;
        type Version = i64;
        type Scope = ();
        type Text = Fixed<Contact>;
        const TABLE_NAME: &'static str = "contacts";
        fn key(&self) -> Self::Key {
            let _ = is_identifiable::<Self>;
            Clone::clone(&self.id)
        }
        fn scope(&self) -> Self::Scope {}
        fn version(&self) -> &Self::Version {
            &self.version
        }
        fn set_version(&mut self, version: Self::Version) {
            self.version = version;
        }
    }
    impl DerivedChangeset for Contact {
        type From = ByColumn;
        type Stamp = ();
        fn stamp(&self) -> Self::Stamp {}
    }
    impl<'a> SetByColumn<'a> for Contact {
        type Values = (
            ValueIn<contacts::name, &'a String>,
            ValueIn<contacts::version, i64>,
        );
        const COLUMNS: &'static [&'static str] = &[
            <contacts::name as Column>::NAME,
            <contacts::version as Column>::NAME,
        ];
        const BESIDE: usize = 1;
        fn values(&'a self) -> Self::Values {
            (
                value::<SqlTypeOf<contacts::name>, _>(&self.name),
                value::<SqlTypeOf<contacts::version>, _>(Clone::clone(&self.version)),
            )
        }
    }
    impl<'a> VersionedColumns<'a> for Contact {
        type Key = ColumnValues<One<contacts::id>, &'a i32>;
        type Set = ColumnValues<
            (One<contacts::name>, One<contacts::version>),
            (&'a String, &'a i64),
        >;
        fn key_columns(&'a self) -> Self::Key {
            ColumnValues::new(&self.id)
        }
        fn set_columns(&'a self) -> Self::Set {
            ColumnValues::new((&self.name, &self.version))
        }
    }
};
