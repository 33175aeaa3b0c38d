//! The tables as Markdown.

use super::table::{Row, Table};
use crate::operations::{BATCHES, Operation, SINGLES};
use crate::stale;
use crate::statistics::Estimate;

/// One operation at a time, and which stale writes are refused.
pub(super) fn singles(table: &Table) -> String {
    let stale = stale::KINDS.map(|kind| format!("refuses: {}", kind.name));
    let refused = |row: &Row| match row.refused {
        Some(refused) => refused.map(|refused| if refused { "yes" } else { "**no**" }),
        None => [""; 3],
    };
    lines(table, &SINGLES, &stale, refused)
}

/// Batches of each size.
pub(super) fn batches(table: &Table) -> String {
    lines(table, &BATCHES, &[], |_| [])
}

fn lines<const N: usize>(
    table: &Table,
    operations: &[Operation],
    more_heads: &[String; N],
    more_cells: impl Fn(&Row) -> [&'static str; N],
) -> String {
    let heads = operations.iter().map(|operation| operation.name);
    let mut lines = line(
        ["client"]
            .into_iter()
            .chain(heads)
            .chain(more_heads.iter().map(|head| &**head)),
    );
    lines += &line(vec!["---"; 1 + operations.len() + N]);
    for (nth, row) in table.rows.iter().enumerate() {
        let cells = operations.iter().map(|operation| {
            let cell = if nth == 0 {
                row.times(operation).map(|times| time(Estimate::of(times)))
            } else {
                table.ratio(row, operation).map(ratio)
            };
            cell.unwrap_or_else(|| "-".to_owned())
        });
        let cells = [row.name.to_owned()].into_iter().chain(cells);
        lines += &line(cells.chain(more_cells(row).map(str::to_owned)));
    }
    lines
}

/// One line of a table.
pub(crate) fn line(cells: impl IntoIterator<Item: AsRef<str>>) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line += cell.as_ref();
        line += " |";
    }
    line.push('\n');
    line
}

/// Seconds, in the unit that suits.
fn time(seconds: Estimate) -> String {
    let (factor, unit) = if seconds.median < 1e-3 {
        (1e6, "µs")
    } else {
        (1e3, "ms")
    };
    let Estimate { median, low, high } = seconds.map(|seconds| seconds * factor);
    format!("{median:.1} {unit} ({low:.1}–{high:.1})")
}

pub(super) fn ratio(ratio: Estimate) -> String {
    let Estimate { median, low, high } = ratio;
    format!("{median:.2} ({low:.2}–{high:.2})")
}
