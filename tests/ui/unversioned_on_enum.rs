//! A row is a struct.

use optlock::Unversioned;

#[derive(Unversioned)]
enum Contact {
    Person { id: i32 },
}

fn key(contact: &Contact) {
    contact.key();
}

fn main() {}
