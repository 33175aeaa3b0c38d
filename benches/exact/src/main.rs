//! What one operation costs in instructions and in allocations, against the figures that are committed. README.md of
//! the benchmarks says what is counted and how.

mod allocations;
mod by_hand;
mod callgrind;
mod contacts;
mod environment;
mod figures;
mod llvm_lines;
mod operations;
mod seeds;

use figures::{Figure, Figures};
use operations::{ALL, LARGE_BATCH, SMALL_BATCH};
use std::fs;
use std::process::ExitCode;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/figures.txt");

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(&count()),
        ["--renew"] => {
            let counted = count().to_string();
            print!("{counted}");
            fs::write(COMMITTED, counted).expect("the figures are written");
            ExitCode::SUCCESS
        }
        // By callgrind.rs, under callgrind.
        ["count", name] => {
            let operation = ALL.iter().find(|operation| operation.name == name);
            let allocations = operation.expect("an operation").count();
            println!("{} {}", allocations.number, allocations.bytes);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("Usage: bin/exact [--renew]");
            ExitCode::from(2)
        }
    }
}

/// Compares with what is committed, if it was made with the same tools.
fn compare(counted: &Figures) -> ExitCode {
    print!("{counted}");
    let text = fs::read_to_string(COMMITTED).expect("the figures are committed");
    let committed = Figures::parse(&text).expect("they are as `bin/exact --renew` writes them");
    if counted.machine != committed.machine {
        println!("\nNot comparable, because the committed figures were made with other tools:\n");
        println!("{}", committed.machine.join("\n"));
        return ExitCode::SUCCESS;
    }
    let differences = counted.differences(&committed);
    if differences.is_empty() {
        println!("\nAll are as committed, within 1 %.");
        return ExitCode::SUCCESS;
    }
    println!("\nerror: not as committed, or more than 1 % from it (committed, and counted now):\n");
    println!("{}", differences.join("\n"));
    println!(
        "If that is meant, commit what `bin/exact --renew` writes to benches/exact/figures.txt."
    );
    ExitCode::FAILURE
}

fn count() -> Figures {
    let program = std::env::current_exe().expect("this program has a path");
    let folder = &program.with_file_name("counted");
    fs::create_dir_all(folder).expect("the target directory can be written");

    let mut operations: Vec<_> = ALL
        .iter()
        .map(|operation| callgrind::count(operation, folder))
        .collect();
    for client in [", Diesel by hand", ""] {
        operations.push(row_of_a_batch(&operations, client));
    }
    Figures {
        operations,
        sizes: vec![llvm_lines::count(folder)],
        locked: environment::locked(),
        machine: environment::machine(),
    }
}

fn row_of_a_batch(operations: &[Figure], client: &str) -> Figure {
    let [small, large] = [SMALL_BATCH, LARGE_BATCH].map(|rows| {
        let name = format!("batch of {rows}{client}");
        let figure = operations.iter().find(|figure| figure.name == name);
        figure.expect("the batch is counted")
    });
    let rows = (LARGE_BATCH - SMALL_BATCH) as u64;
    Figure::of_row(format!("row of a batch{client}"), small, large, rows)
}
