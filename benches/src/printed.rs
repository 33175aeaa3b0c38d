//! Numbers in a table.

/// The number, or a dash where there is none.
pub(crate) fn or_dash(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.decimals$}"))
}
