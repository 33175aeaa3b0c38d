//! `optlock-proof --database postgres --seed 7 --seconds 60`: runs the proof on one database.

use optlock_proof::clients::be_a_client;
use optlock_proof::run::{Options, run, run_peer};
use optlock_proof::servers::Failure;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    match prove() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether all is as it should be: nothing is wrong with optlock, and something with a peer.
fn prove() -> Result<bool, Failure> {
    let mut arguments = std::env::args().skip(1);
    if std::env::args().nth(1).as_deref() == Some("client") {
        be_a_client(arguments.skip(1))?;
        return Ok(true);
    }
    let mut options = Options {
        database: optlock_proof::servers::Database::Sqlite,
        seed: 1,
        time: Duration::from_secs(40),
        program: Some(std::env::current_exe()?),
    };
    let mut of_peer = false;
    let mut folder = PathBuf::from("target/proof");
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--database" => options.database = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--seconds" => options.time = Duration::from_secs(value.parse()?),
            "--peer" if value == "diesel-versioning" => of_peer = true,
            "--folder" => folder = value.into(),
            _ => return Err(format!("{name} is unknown").into()),
        }
    }
    let database = options.database;
    let report = if of_peer {
        run_peer(&options)?
    } else {
        run(&options, &mut |line| {
            let _ = writeln!(std::io::stderr(), "{database}: {line}");
        })?
    };
    let mut out = std::io::stdout();
    write!(out, "{report}")?;
    for file in report.write(&folder)? {
        writeln!(out, "\nWritten: {}", file.display())?;
    }
    Ok(report.violations.is_empty() != of_peer)
}
