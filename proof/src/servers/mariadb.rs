//! A MariaDB server.

use super::process::{Process, free_port, run, unprivileged};
use super::{Failure, Folder};
use crate::clock::Clock;
use rustix::process::Signal;
use std::path::Path;
use std::process::Command;

#[derive(Debug)]
pub struct Mariadb {
    process: Process,
    port: u16,
    clock: Option<Clock>,
    // Removed behind the process.
    folder: Folder,
}

impl Mariadb {
    pub(super) fn start() -> Result<Self, Failure> {
        let folder = Folder::create("mariadb")?;
        let data = folder.path().join("data");
        run(server("mariadb-install-db", folder.path(), None)
            .args(["--no-defaults", "--skip-test-db"])
            .arg("--auth-root-authentication-method=normal")
            .arg(format!("--datadir={}", data.display())))?;
        let port = free_port()?;
        let clock = Clock::new(folder.path().join("clock"))?;
        let process = serve(folder.path(), port, clock.as_ref())?;
        ask(folder.path(), "CREATE DATABASE optlock")?;
        Ok(Self {
            process,
            port,
            clock,
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

    pub(super) fn start_again(&mut self) -> Result<(), Failure> {
        self.process = serve(self.folder.path(), self.port, self.clock.as_ref())?;
        Ok(())
    }
}

/// A program of the server. Its temporary files are in the folder: each server that starts removes those that it finds, and
/// in `/tmp` they may be another server's.
fn server(program: &str, folder: &Path, clock: Option<&Clock>) -> Command {
    let mut command = unprivileged(Path::new(program), "KILL", clock);
    command.current_dir(folder).env("TMPDIR", folder);
    command
}

/// What is committed survives that the server is killed: the kernel has it, if not the disk.
fn serve(folder: &Path, port: u16, clock: Option<&Clock>) -> Result<Process, Failure> {
    let mut command = server("mariadbd", folder, clock);
    let data = folder.join("data");
    command
        .args(["--no-defaults", "--bind-address=127.0.0.1"])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket(folder)))
        .arg(format!("--port={port}"))
        .args([
            "--max-connections=100",
            "--innodb-flush-log-at-trx-commit=1",
        ])
        .args(["--debug-no-sync", "--innodb-flush-method=nosync"]);
    Process::start(command, Signal::KILL, &folder.join("log"), || {
        ask(folder, "SELECT 1").is_ok()
    })
}

fn socket(folder: &Path) -> String {
    folder.join("socket").display().to_string()
}

fn ask(folder: &Path, sql: &str) -> Result<(), Failure> {
    run(Command::new("mariadb")
        .args([
            "--no-defaults",
            "-u",
            "root",
            "--connect-timeout=5",
            "-e",
            sql,
        ])
        .arg(format!("--socket={}", socket(folder))))
}
