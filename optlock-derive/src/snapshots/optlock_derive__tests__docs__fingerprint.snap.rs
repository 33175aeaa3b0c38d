#[derive(Fingerprint)]
struct Contact {
    id: i32,
    name: String,
    #[optlock(skip_fingerprint)]
    notes: String,
    version: i64,
}

// gives, with the paths shortened:

const _: () = {
    impl FingerprintFields for Contact {
        fn write_fields(&self, fields: &mut FieldWriter<'_>) {
            #[allow(unused_imports)]
            use WithoutVersion as _;
            fields.field("name", &self.name);
            VersionOf::<Self>::write(fields, "version", &self.version);
        }
        fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
            #[allow(unused_imports)]
            use WithoutVersion as _;
            let parts = DifferingParts::of(self, row);
            changes.field("name", parts.contain("name"));
            changes.skipped("notes", Comparable::differs(&self.notes, &row.notes));
            VersionOf::<
                Self,
            >::change(
                changes,
                "version",
                &self.version,
                &row.version,
                parts.contain("version"),
            );
        }
    }
    impl FingerprintRow for Contact {
        type Key = i32;
        type Scope = ();
        const TABLE_NAME: &'static str = "contacts";
        fn key(&self) -> Self::Key {
            Clone::clone(&self.id)
        }
        fn scope(&self) -> Self::Scope {}
    }
};
