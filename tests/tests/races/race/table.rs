//! The table of cells, and the proof that no cell is left out.

use super::{Expect, RACES, SETTINGS};
use std::collections::BTreeSet;
use std::process::Command;

/// A race under settings, and what our write gets, or `None` if they cannot meet so.
pub(crate) type Cell = (&'static str, &'static str, Option<Expect>);

/// Makes `const TABLE`, and a test `table::<race>::<settings>` of each cell. A cell `-` cannot
/// happen; the comment above the table says why. In scope is `race`.
macro_rules! race_table {
    (@row $race:ident [$($settings:ident)*] [$($cell:tt)*]) => {
        &[$((stringify!($race), stringify!($settings), race_table!(@expect $cell))),*]
    };
    (@expect -) => { None };
    (@expect $expect:ident) => { Some(race::Expect::$expect) };

    (@tests $race:ident [$($settings:ident)*] [$($cell:tt)*]) => {
        $(race_table!(@test $race $settings $cell);)*
    };
    (@test $race:ident $settings:ident -) => {};
    (@test $race:ident $settings:ident $expect:ident) => {
        #[test]
        fn $settings() {
            super::super::race::run(
                stringify!($race),
                stringify!($settings),
                super::super::race::Expect::$expect,
            );
        }
    };

    ($settings:tt $($race:ident $cells:tt)*) => {
        const TABLE: &[&[race::Cell]] = &[$(race_table!(@row $race $settings $cells)),*];

        mod table {
            $(mod $race {
                race_table!(@tests $race $settings $cells);
            })*
        }
    };
}

/// Each race stands in the table once under each settings, and each cell that can happen is a test
/// of this program. `module` is the `module_path!()` of the table.
pub(crate) fn assert_complete(table: &[&[Cell]], module: &str) {
    let table = table.concat();
    for (race, _) in RACES {
        for (settings, _) in SETTINGS {
            let cells = table
                .iter()
                .filter(|(r, s, _)| (*r, *s) == (race, *settings));
            assert_eq!(cells.count(), 1, "{race} under {settings}");
        }
    }
    assert_eq!(table.len(), RACES.len() * SETTINGS.len());

    let cells: BTreeSet<String> = table
        .iter()
        .filter(|(_, _, expect)| expect.is_some())
        .map(|(race, settings, _)| format!("table::{race}::{settings}"))
        .collect();
    assert_eq!(tests_of_the_table(module), cells);
}

fn tests_of_the_table(module: &str) -> BTreeSet<String> {
    let (_program, module) = module.split_once("::").unwrap();
    let list = Command::new(std::env::current_exe().unwrap())
        .args(["--list", "--format=terse"])
        .output()
        .unwrap();
    String::from_utf8(list.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .filter_map(|name| name.strip_prefix(module)?.strip_prefix("::"))
        .filter(|name| name.starts_with("table::"))
        .map(str::to_owned)
        .collect()
}
