//! Calls as a table on a line of time.

use super::row::Step;
use crate::history::{
    Contents, Face, LeaseAnswer, LeaseCall, LossSeen, Makes, Refused, Requires, Version,
};
use std::collections::BTreeSet;
use std::fmt;

/// A call, as it is printed.
#[derive(Debug, Clone)]
pub(super) struct Line {
    session: u32,
    face: Face,
    operation: String,
    /// How old the state of a read may be.
    from: u64,
    began: u64,
    ended: Option<u64>,
    required: String,
    made: String,
    left: String,
}

impl From<&Step> for Line {
    fn from(step: &Step) -> Self {
        let call = &step.call;
        let outcome = match (&step.landed, call.ended) {
            (Some(landed), _) => {
                format!(" (no answer; {} saw it in {})", landed.seen_by, landed.row)
            }
            (None, None) => " (no answer)".to_owned(),
            (None, Some(_)) => String::new(),
        };
        Self {
            session: call.session,
            face: call.face,
            operation: format!("{}{outcome}", call.name),
            from: step.from,
            began: call.began,
            ended: call.ended,
            required: requires(&call.requires),
            made: makes(&call.makes),
            left: call.leaves.as_ref().map_or(nothing(), Contents::to_string),
        }
    }
}

impl From<&Refused> for Line {
    fn from(refused: &Refused) -> Self {
        Self {
            session: refused.session,
            face: refused.face,
            operation: format!("{} (not done)", refused.name),
            from: refused.began,
            began: refused.began,
            ended: Some(refused.ended),
            required: nothing(),
            made: format!("would be {}", refused.stamp.0),
            left: nothing(),
        }
    }
}

impl From<&LeaseCall> for Line {
    fn from(call: &LeaseCall) -> Self {
        let lease = call.lease.as_ref().map_or(nothing(), |lease| {
            format!(
                "lease {}, fence {}, {}",
                lease.id, lease.fence, lease.holder
            )
        });
        let answer = match &call.answer {
            LeaseAnswer::Unknown => "no answer".to_owned(),
            LeaseAnswer::Held { until } => match until.checked_sub(call.began) {
                Some(time) => format!("held for {} µs", time / 1_000),
                None => "held".to_owned(),
            },
            LeaseAnswer::Done => "done".to_owned(),
            LeaseAnswer::HeldBy { owner } => format!("{owner} has it"),
            LeaseAnswer::Lost(LossSeen::Lapsed) => "lost: lapsed".to_owned(),
            LeaseAnswer::Lost(LossSeen::TakenOver { by }) => format!("lost: {by} took it over"),
            LeaseAnswer::Lost(LossSeen::NotHolder) => "lost: on another page".to_owned(),
        };
        Self {
            session: call.session,
            face: call.face,
            operation: call.name.to_owned(),
            from: call.began,
            began: call.began,
            ended: call.ended,
            required: call.owner.clone(),
            made: lease,
            left: answer,
        }
    }
}

fn nothing() -> String {
    "-".to_owned()
}

fn requires(requires: &Requires) -> String {
    match requires {
        Requires::Nothing => nothing(),
        Requires::Present => "a row".to_owned(),
        Requires::Absent => "no row".to_owned(),
        Requires::Version(version) => format!("version {version}"),
        Requires::NotVersion(version) => format!("not version {version}"),
        Requires::Columns { left, right } => {
            let columns = [("left", left), ("right", right)];
            let named = columns
                .iter()
                .filter_map(|(name, stamp)| Some((name, stamp.as_ref()?.0)));
            let named: Vec<_> = named
                .map(|(name, stamp)| format!("{name} {stamp}"))
                .collect();
            named.join(", ")
        }
        Requires::Contents(contents) => contents.to_string(),
    }
}

fn makes(makes: &Makes) -> String {
    match makes {
        Makes::Nothing => nothing(),
        Makes::Absent => "no row".to_owned(),
        Makes::Contents(contents) => contents.to_string(),
        Makes::Change {
            version,
            left,
            right,
        } => {
            let version = version.as_ref().map_or("?".to_owned(), Version::to_string);
            let mut text = format!("version {version}");
            for (column, stamp) in [("left", left), ("right", right)] {
                if let Some(stamp) = stamp {
                    text += &format!(", {column} {}", stamp.0);
                }
            }
            text
        }
    }
}

/// Calls, in the order of their beginnings.
#[derive(Debug, Clone)]
pub(super) struct Table {
    lines: Vec<Line>,
    headings: [&'static str; 3],
}

/// As many columns as a line of time has at most.
const WIDEST: usize = 48;

impl Table {
    /// Calls on a row.
    pub(super) fn of_calls(lines: Vec<Line>) -> Self {
        Self::new(lines, ["required", "made", "left"])
    }

    /// Calls on a lease.
    pub(super) fn of_leases(lines: Vec<Line>) -> Self {
        Self::new(lines, ["owner", "lease", "answer"])
    }

    fn new(mut lines: Vec<Line>, headings: [&'static str; 3]) -> Self {
        lines.sort_by_key(|line| line.began);
        Self { lines, headings }
    }

    /// The times in the order in which they are on the line: each is a column, unless there are too
    /// many.
    fn times(&self) -> Vec<u64> {
        let times: BTreeSet<_> = self
            .lines
            .iter()
            .flat_map(|line| [line.began].into_iter().chain(line.ended))
            .collect();
        times.into_iter().collect()
    }

    fn cells(&self) -> Vec<[String; 9]> {
        let times = self.times();
        let first = times.first().copied().unwrap_or(0);
        let micros = |time: u64| (time.saturating_sub(first) / 1_000).to_string();
        let bar = |line: &Line| {
            let width = times.len().min(WIDEST);
            let column = |time: u64| {
                let place = times.partition_point(|other| *other < time);
                place.min(times.len() - 1) * width / times.len()
            };
            let (from, began) = (column(line.from), column(line.began));
            let ended = line.ended.map(column);
            let place = |at: usize| match ended {
                _ if at == began => '[',
                _ if at < began => {
                    if at >= from {
                        '.'
                    } else {
                        ' '
                    }
                }
                Some(ended) if at > ended => ' ',
                Some(ended) if at == ended => ']',
                _ => '-',
            };
            (0..width).map(place).collect::<String>()
        };
        let [required, made, left] = self.headings;
        let headings = [
            "session",
            "face",
            "operation",
            "began µs",
            "ended µs",
            "time",
            required,
            made,
            left,
        ];
        let mut cells = vec![headings.map(str::to_owned)];
        for line in &self.lines {
            let face = match line.face {
                Face::Blocking => "blocking",
                Face::Waiting => "waiting",
            };
            cells.push([
                line.session.to_string(),
                face.to_owned(),
                line.operation.clone(),
                micros(line.began),
                line.ended.map_or(nothing(), micros),
                bar(line),
                line.required.clone(),
                line.made.clone(),
                line.left.clone(),
            ]);
        }
        cells
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.cells();
        let width = |column: usize| {
            let widths = cells.iter().map(|line| line[column].chars().count());
            widths.max().unwrap_or(0)
        };
        let widths: [usize; 9] = std::array::from_fn(width);
        for (number, line) in cells.iter().enumerate() {
            let mut text = match number {
                0 => "    ".to_owned(),
                _ => format!("{:<4}", format!("#{number}")),
            };
            for (cell, width) in line.iter().zip(widths) {
                text += &format!(" {cell:<width$} ");
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}
