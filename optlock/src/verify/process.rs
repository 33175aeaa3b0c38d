//! Since when this process runs.

use std::time::Duration;

/// How long this process runs, or `None` where it cannot be known.
///
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
#[cfg(target_os = "linux")]
pub(super) fn process_age() -> Option<Duration> {
    /// `USER_HZ`, whatever the kernel's own clock is.
    const TICKS_PER_SECOND: f64 = 100.0;
    /// `starttime` is the 22nd field, and the third one is the first behind the name, which may contain anything.
    const START: usize = 22 - 3;

    let read = |path| std::fs::read_to_string(path).ok();
    let (stat, uptime) = (read("/proc/self/stat")?, read("/proc/uptime")?);
    let (_name, fields) = stat.rsplit_once(')')?;
    let start: f64 = fields.split_whitespace().nth(START)?.parse().ok()?;
    let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    // In a container the two can be of different clocks, and the difference negative.
    Duration::try_from_secs_f64(uptime - start / TICKS_PER_SECOND).ok()
}

/// Not known.
#[cfg(not(target_os = "linux"))]
pub(super) fn process_age() -> Option<Duration> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::process_age;
    use std::time::Duration;

    #[test]
    fn this_process_is_young() {
        let age = process_age().expect("there is /proc");
        assert!(age < Duration::from_secs(3_600), "{age:?}");
    }
}
