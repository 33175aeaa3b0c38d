//! A type of another crate has no stable bytes.

use optlock::Fingerprint;
use optlock::seal::Seal;

#[derive(Fingerprint)]
struct Order {
    id: i32,
    total: bigdecimal::BigDecimal,
    notes: Option<serde_json::Value>,
}

fn page(order: &Order, seal: &Seal<'_>) -> Fingerprint {
    let total = &order.total;
    Fingerprint::builder(seal)
        .row(order)
        .value("total", total)
        .build()
}

fn main() {}
