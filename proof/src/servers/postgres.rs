//! A PostgreSQL server.

use super::process::{Process, free_port, run, unprivileged};
use super::{Failure, Folder};
use crate::clock::Clock;
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: u16,
    clock: Option<Clock>,
    programs: PathBuf,
    // Removed behind the process.
    folder: Folder,
}

impl Postgres {
    pub(super) fn start() -> Result<Self, Failure> {
        let programs = programs()?;
        let folder = Folder::create("postgres")?;
        run(unprivileged(&programs.join("initdb"), "KILL", None)
            .current_dir(folder.path())
            .args([
                "-D",
                "data",
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
            ])
            .args(["--locale=C", "--no-sync"]))?;
        let port = free_port()?;
        let clock = Clock::new(folder.path().join("clock"))?;
        let process = serve(&programs, folder.path(), port, clock.as_ref())?;
        ask(folder.path(), port, "CREATE DATABASE optlock")?;
        Ok(Self {
            process,
            port,
            clock,
            programs,
            folder,
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn clock(&self) -> Option<&Clock> {
        self.clock.as_ref()
    }

    pub(super) fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Children of a server that was killed may still use its memory: it then refuses to start.
    pub(super) fn start_again(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match serve(
                &self.programs,
                self.folder.path(),
                self.port,
                self.clock.as_ref(),
            ) {
                Ok(process) => {
                    self.process = process;
                    return Ok(());
                }
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }
}

/// What is committed survives that the server is killed: the kernel has it, if not the disk.
fn serve(
    programs: &Path,
    folder: &Path,
    port: u16,
    clock: Option<&Clock>,
) -> Result<Process, Failure> {
    let mut command = unprivileged(&programs.join("postgres"), "QUIT", clock);
    command
        .current_dir(folder)
        .args(["-D", "data", "-p", &port.to_string(), "-k"])
        .arg(folder);
    for setting in [
        "listen_addresses=127.0.0.1",
        "max_connections=100",
        "synchronous_commit=on",
        "fsync=off",
        "full_page_writes=off",
    ] {
        command.args(["-c", setting]);
    }
    Process::start(command, Signal::QUIT, &folder.join("log"), || {
        ask(folder, port, "SELECT 1").is_ok()
    })
}

/// Through its socket: another server might answer at the port.
fn ask(folder: &Path, port: u16, sql: &str) -> Result<(), Failure> {
    run(Command::new("psql")
        .env("PGCONNECT_TIMEOUT", "5")
        .args([
            "-Xwq",
            "-U",
            "postgres",
            "-c",
            sql,
            "-p",
            &port.to_string(),
            "-h",
        ])
        .arg(folder))
}

/// Debian keeps the server's programs out of `PATH`.
fn programs() -> Result<PathBuf, Failure> {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .collect();
    found.sort();
    if let Some((_, newest)) = found.pop() {
        return Ok(newest);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists())
        .ok_or_else(|| "PostgreSQL's server is not installed".into())
}
