#[derive(Fingerprint)]
struct Contact {
    id: i32,
    name: String,
    #[optlock(ignore)]
    notes: String,
    version: i64,
}

// gives, with the paths shortened:

const _: () = {
    impl FingerprintFields for Contact {
        fn write_fields(&self, fields: &mut FieldWriter<'_>) {
            fields.field("name", &self.name);
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
