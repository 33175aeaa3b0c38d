//! The figures as text, and how two of them compare.

use std::fmt;

/// A line of the figures.
pub(crate) struct Figure {
    pub(crate) name: String,
    /// Instructions or lines of code, which may differ by a hundredth from what is committed.
    pub(crate) near: Vec<u64>,
    /// What has to be as committed.
    pub(crate) exact: Vec<u64>,
}

/// An operation has so many [`Figure::near`]: instructions outside of SQLite and in it.
const KINDS_OF_INSTRUCTIONS: usize = 2;

impl Figure {
    /// What a row costs more in `large` than in `small`.
    pub(crate) fn of_row(name: String, small: &Self, large: &Self, rows: u64) -> Self {
        let of_row = |small: &[u64], large: &[u64]| {
            let both = small.iter().zip(large);
            both.map(|(small, large)| (large - small) / rows).collect()
        };
        Self {
            name,
            near: of_row(&small.near, &large.near),
            exact: of_row(&small.exact, &large.exact),
        }
    }

    fn is_near(&self, committed: &Self) -> bool {
        let mut both = self.near.iter().zip(&committed.near);
        both.all(|(now, then)| now.abs_diff(*then) * 100 <= *then)
    }

    /// Both figures and by how much they differ, if this one is not as committed.
    fn difference(&self, committed: &Self) -> Option<String> {
        if self.is_near(committed) && self.exact == committed.exact {
            return None;
        }
        let both = self.near.iter().zip(&committed.near);
        let percents: String = both
            .map(|(now, then)| (*now as f64 / *then as f64 - 1.0) * 100.0)
            .map(|percent| format!("{percent:>+10.1} %"))
            .collect();
        Some(format!("{committed}\n{self}\n{:NAME$}{percents}\n", ""))
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, numbers) = line.split_once("  ")?;
        let numbers = numbers.split_whitespace().map(|number| number.parse().ok());
        let mut near: Vec<_> = numbers.collect::<Option<_>>()?;
        let exact = near.split_off(near.len().min(KINDS_OF_INSTRUCTIONS));
        let name = name.to_owned();
        Some(Self { name, near, exact })
    }
}

/// The width of a name.
const NAME: usize = 30;

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:NAME$}", self.name)?;
        let mut numbers = self.near.iter().chain(&self.exact);
        numbers.try_for_each(|number| write!(f, "{number:>12}"))
    }
}

/// The file of figures.
pub(crate) struct Figures {
    /// What the machine has. With another compiler or C library the figures are other ones, and cannot be compared.
    pub(crate) machine: Vec<String>,
    /// What Cargo.lock decides, and so a commit.
    pub(crate) locked: Vec<String>,
    pub(crate) operations: Vec<Figure>,
    pub(crate) sizes: Vec<Figure>,
}

const TITLE: &str =
    "# What bin/exact compares with, see benches/README.md. `bin/exact --renew` writes it.";

impl Figures {
    /// Reads what `Display` has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut sections = text.split("\n\n").skip(1).map(str::lines);
        let mut figures = || {
            let lines = sections.next()?.skip(1);
            lines.map(Figure::parse).collect::<Option<_>>()
        };
        let operations = figures()?;
        let sizes = figures()?;
        let mut lines = || Some(sections.next()?.skip(1).map(str::to_owned).collect());
        Some(Self {
            operations,
            sizes,
            locked: lines()?,
            machine: lines()?,
        })
    }

    /// What is not as committed, each with a line for either.
    pub(crate) fn differences(&self, committed: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.locked != committed.locked {
            let [then, now] = [committed, self].map(|figures| figures.locked.join(", "));
            differences.push(format!("{then}\n{now}\n"));
        }
        for figure in self.all() {
            match committed.named(&figure.name) {
                Some(then) => differences.extend(figure.difference(then)),
                None => differences.push(format!("not committed\n{figure}\n")),
            }
        }
        for then in committed.all() {
            if self.named(&then.name).is_none() {
                differences.push(format!("{then}\nno longer counted\n"));
            }
        }
        differences
    }

    fn all(&self) -> impl Iterator<Item = &Figure> {
        self.operations.iter().chain(&self.sizes)
    }

    fn named(&self, name: &str) -> Option<&Figure> {
        self.all().find(|figure| figure.name == name)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |figures: &[Figure]| {
            let lines: Vec<_> = figures.iter().map(ToString::to_string).collect();
            lines.join("\n")
        };
        writeln!(f, "{TITLE}\n")?;
        write!(f, "{:NAME$}", "An operation")?;
        for column in ["instructions", "in SQLite", "allocations", "bytes"] {
            write!(f, "{column:>12}")?;
        }
        writeln!(f, "\n{}\n", lines(&self.operations))?;
        writeln!(f, "A model\n{}\n", lines(&self.sizes))?;
        writeln!(f, "Locked\n{}\n", self.locked.join("\n"))?;
        writeln!(f, "The machine\n{}", self.machine.join("\n"))
    }
}
