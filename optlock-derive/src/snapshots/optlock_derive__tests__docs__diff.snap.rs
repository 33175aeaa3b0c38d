#[derive(Diff)]
struct Contact {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    version: i64,
}

// gives, with the paths shortened:

const _: () = {
    impl Diff for Contact
    where
        String: Comparable,
    {
        const FIELDS: Fields = Fields::new(&[Field::new("name", "name")]);
        const HAS_KEY: bool = true;
        fn differs_in(&self, other: &Self, field: usize) -> bool {
            match field {
                0 => Comparable::differs(&self.name, &other.name),
                _ => false,
            }
        }
        fn take_field(&mut self, other: &Self, field: usize) {
            match field {
                0 => Comparable::take(&mut self.name, &other.name),
                _ => {}
            }
        }
        fn field_value(&self, field: usize) -> &dyn Debug {
            match field {
                0 => Comparable::value(&self.name),
                _ => &(),
            }
        }
        fn writes(changed: &[bool], position: usize) -> bool {
            match position {
                0 => changed[0],
                _ => true,
            }
        }
    }
};
