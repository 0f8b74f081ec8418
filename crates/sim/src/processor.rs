//! The processor time of a process, so that a figure can say how much of the machine the measuring itself took.

use std::fs;

/// Linux counts processor time in hundredths of a second towards programs (USER_HZ, proc_pid_stat(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of processor time, user and system together, that a process has used so far, all its threads included. Absent where
/// the system has no /proc or the process is gone.
pub fn processor_seconds(process_id: u32) -> Option<f64> {
    parse_stat(&fs::read_to_string(format!("/proc/{process_id}/stat")).ok()?)
}

/// Fields 14 and 15 of proc_pid_stat(5); the name in field 2 stands in parentheses and may itself hold spaces and parentheses.
fn parse_stat(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let check = |stat: &str, expected: Option<f64>| assert_eq!(parse_stat(stat), expected, "{stat}");
        check("42 (danggol) S 1 42 42 0 -1 4194560 100 0 0 0 150 25 7 8 20 0 4 0 100", Some(1.75));
        check("42 (a) R (b) S 1 42 42 0 -1 4194560 100 0 0 0 2 1 0 0 20 0 4 0 100", Some(0.03));
        check("42 (danggol) S 1 42 42 0 -1 4194560 100 0 0 0 150", None);
        check("42 (danggol) S 1 42 42 0 -1 4194560 100 0 0 0 many 25", None);
        check("", None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_can_read_its_own() {
        assert!(processor_seconds(std::process::id()).is_some_and(|seconds| seconds < 3_600.0));
    }
}
