//! A page shows the columns of a struct.

use optlock::Fingerprint;

#[derive(Fingerprint)]
enum State {
    Open,
    Closed,
}

fn main() {}
