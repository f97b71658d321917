//! How much memory the process takes, and how near that is to what it may take.

use std::fmt;
use std::fs;
use std::time::Duration;

/// The share of the limit from which on the source is read slowly.
const HIGH: f64 = 0.9;
/// The time between two looks.
const LOOKED_EVERY: Duration = Duration::from_millis(100);

/// The memory of a job, with its limit.
pub(crate) struct Memory {
    limit: u64,
    used: Box<dyn Fn() -> Option<u64>>,
    looked: Option<Duration>,
    pressure: Pressure,
}

/// How near the memory taken is to the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressure {
    /// Far enough away.
    Low,
    /// Nine tenths and more.
    High,
    /// At the limit, or beyond, with so many bytes.
    Over(u64),
}

impl Memory {
    /// That of this process. Without a limit of its own the job may take half of what the machine, or its container, has: the other half is
    /// for the state as bytes while a checkpoint is written.
    pub(crate) fn of_process(limit: Option<u64>) -> Memory {
        Memory::new(limit.or_else(|| machine().map(|all| all / 2)).unwrap_or(u64::MAX), Box::new(resident))
    }

    /// A limit of bytes, and what tells how many are used.
    pub(crate) fn new(limit: u64, used: Box<dyn Fn() -> Option<u64>>) -> Memory {
        Memory { limit, used, looked: None, pressure: Pressure::Low }
    }

    /// The limit in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// How near it is; looked at ten times a second at most. `now` is the time of a clock.
    pub(crate) fn pressure(&mut self, now: Duration) -> Pressure {
        if self.looked.is_some_and(|looked| now.saturating_sub(looked) < LOOKED_EVERY) {
            return self.pressure;
        }
        self.looked = Some(now);
        let used = (self.used)().unwrap_or(0);
        self.pressure = match used {
            used if used >= self.limit => Pressure::Over(used),
            used if used as f64 >= self.limit as f64 * HIGH => Pressure::High,
            _ => Pressure::Low,
        };
        self.pressure
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("limit", &self.limit).field("pressure", &self.pressure).finish_non_exhaustive()
    }
}

/// The memory that this process has in use (bytes); none where the system does not tell as Linux does.
fn resident() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The memory of the machine or, when it is less, of its container (bytes).
fn machine() -> Option<u64> {
    let machine = kilobytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?;
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    Some(container.map_or(machine, |container: u64| container.min(machine)))
}

/// The bytes of a line such as `VmRSS:  123 kB`.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn it_is_high_before_it_is_over_and_looked_at_now_and_then() {
        let used = Rc::new(Cell::new(800));
        let told = Rc::clone(&used);
        let mut memory = Memory::new(1_000, Box::new(move || Some(told.get())));
        assert_eq!(memory.pressure(Duration::ZERO), Pressure::Low);
        used.set(900);
        assert_eq!(memory.pressure(Duration::from_millis(50)), Pressure::Low, "looked at a moment ago");
        assert_eq!(memory.pressure(Duration::from_millis(100)), Pressure::High);
        used.set(1_000);
        assert_eq!(memory.pressure(Duration::from_millis(200)), Pressure::Over(1_000));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_what_this_process_takes() {
        let (used, all) = (resident().unwrap(), machine().unwrap());
        assert!(used > 1 << 20 && used < all, "{used} of {all}");
        assert_eq!(Memory::of_process(None).limit(), all / 2);
        assert_eq!(kilobytes("VmRSS:\t  12 kB\n", "VmRSS:"), Some(12_288));
    }
}
