//! The clock of a process, which can be set: by libfaketime.

use crate::servers::Failure;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Sets the clocks of the processes that were started with it. Their monotonic clocks go on as they do.
#[derive(Debug, Clone)]
pub struct Clock {
    library: PathBuf,
    /// Has the difference to the machine's clock.
    file: PathBuf,
}

impl Clock {
    /// Which is right at first. `None` if libfaketime is not installed.
    pub fn new(file: PathBuf) -> Result<Option<Self>, Failure> {
        let Some(library) = library() else {
            return Ok(None);
        };
        let clock = Self { library, file };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// What a program is started by, so that it has this clock. (A program that started it under another user would have
    /// taken what the library shares between processes.)
    pub fn starter(&self) -> [OsString; 5] {
        let assigned = |variable: &str, value: &Path| {
            let mut assigned = OsString::from(format!("{variable}="));
            assigned.push(value);
            assigned
        };
        [
            "env".into(),
            assigned("LD_PRELOAD", &self.library),
            assigned("FAKETIME_TIMESTAMP_FILE", &self.file),
            "FAKETIME_NO_CACHE=1".into(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".into(),
        ]
    }

    /// Removes what the library leaves of a process that was killed.
    pub fn forget(process: u32) {
        for name in ["sem.faketime_sem_", "faketime_shm_"] {
            // A process that ended by itself leaves nothing.
            let _ = std::fs::remove_file(format!("/dev/shm/{name}{process}"));
        }
    }

    /// Sets it some seconds before or behind the machine's, at once in all processes that have it.
    pub fn set(&self, seconds: i64) -> Result<(), Failure> {
        // In one step: a process reads the file each time.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}\n"))?;
        std::fs::rename(new, &self.file)?;
        Ok(())
    }
}

fn library() -> Option<PathBuf> {
    let machines = std::fs::read_dir("/usr/lib").ok()?.flatten();
    machines
        .map(|machine| machine.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
}
