//! The process of a server.

use super::Failure;
use crate::clock::Clock;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that runs, in a process group of its own.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Ends it at once, in order.
    end: Signal,
}

/// Servers refuse to run as root. `end` is the signal that ends the server if this program is killed, so that
/// it cannot do it.
pub(super) fn unprivileged(program: &Path, end: &str, clock: Option<&Clock>) -> Command {
    let mut command = Command::new("setpriv");
    if rustix::process::geteuid().is_root() {
        command.args([
            "--reuid",
            "nobody",
            "--regid",
            "nogroup",
            "--clear-groups",
            "--",
        ]);
        // A process that changes its user forgets the signal.
        command.arg("setpriv");
    }
    let starter = clock.map(Clock::starter).into_iter().flatten();
    command
        .args(["--pdeathsig", end, "--"])
        .args(starter)
        .arg(program);
    command
}

/// Makes a folder that of the user whom servers run as.
pub(super) fn give_away(folder: &Path) -> Result<(), Failure> {
    if rustix::process::geteuid().is_root() {
        run(Command::new("chown").arg("nobody:").arg(folder))?;
    }
    Ok(())
}

/// Runs a command to its end.
pub(super) fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} has failed: {said}").into())
}

/// A free port, below those that the kernel gives to clients.
pub(super) fn free_port() -> Result<u16, Failure> {
    (20_000..32_000)
        .map(|offset| 20_000 + (offset + std::process::id() * 37) % 12_000)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|&port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok())
        .ok_or_else(|| "no port is free".into())
}

impl Process {
    /// Starts a server, which prints into `log`, and waits until it answers.
    ///
    /// It ends when the calling thread does.
    pub(super) fn start(
        mut command: Command,
        end: Signal,
        log: &Path,
        answers: impl Fn() -> bool,
    ) -> Result<Self, Failure> {
        let log_file = File::options().create(true).append(true).open(log)?;
        command
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file)
            .process_group(0);
        let mut process = Self {
            child: command.spawn()?,
            end,
        };
        let deadline = Instant::now() + STARTS_WITHIN;
        while !answers() {
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{command:?} has ended: {status}").into());
            }
            if Instant::now() > deadline {
                return Err(format!("{command:?} does not answer").into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(process)
    }

    fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Kills the first process of the server. Its children notice that, and end.
    pub fn kill(&mut self) -> Result<(), Failure> {
        kill_process(self.id(), Signal::KILL)?;
        self.child.wait()?;
        Clock::forget(self.child.id());
        Ok(())
    }

    /// Kills all processes of the server.
    pub fn kill_all(&mut self) -> Result<(), Failure> {
        kill_process_group(self.id(), Signal::KILL)?;
        self.child.wait()?;
        Clock::forget(self.child.id());
        Ok(())
    }

    /// Stops all processes of the server, until [`go_on`](Self::go_on).
    pub fn stop(&self) -> Result<(), Failure> {
        Ok(kill_process_group(self.id(), Signal::STOP)?)
    }

    pub fn go_on(&self) -> Result<(), Failure> {
        Ok(kill_process_group(self.id(), Signal::CONT)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let deadline = Instant::now() + ENDS_WITHIN;
        // Behind its end another process may have its number.
        while let Ok(None) = self.child.try_wait() {
            let _ = if Instant::now() < deadline {
                kill_process(self.id(), self.end)
            } else {
                kill_process_group(self.id(), Signal::KILL)
            };
            std::thread::sleep(Duration::from_millis(20));
        }
        Clock::forget(self.child.id());
    }
}

/// A server that ends in order leaves no shared memory.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

const STARTS_WITHIN: Duration = Duration::from_secs(60);
