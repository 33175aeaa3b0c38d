//! A policy makes at least one attempt.

use optlock::retry::Policy;

const POLICY: Policy = Policy::new().attempts(0);

fn main() {
    let _ = POLICY;
}
