#[derive(Queryable, Selectable, AsChangeset, Diff, Unversioned)]
struct Note {
    id: i32,
    name: String,
}

// gives, with the paths shortened:

const _: () = {
    const _: () = is_primary_key::<notes::table, notes::id>();
    impl Unversioned for Note {
        type Table = notes::table;
        type Key = i32;
        type KeyColumn = notes::id;
        type Scope = ();
        const TABLE_NAME: &'static str = "notes";
        fn key(&self) -> Self::Key {
            Clone::clone(&self.id)
        }
        fn scope(&self) -> Self::Scope {}
    }
};
