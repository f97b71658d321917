//! The alarm budget in words: how often somebody may be woken for nothing.

use std::fmt;

/// How often a false alarm may come, e.g. "1 false alarm per week". The default is 1 in 1,000 tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AlarmBudget {
    /// So many false alarms in so much time (ms).
    PerTime(f64, u64),
    /// So many false alarms in so many windows.
    PerWindows(f64, u64),
    /// The level of the test itself: a single check alarms at evidence 1/α.
    Level(f64),
}

/// The level when nobody set a budget: the expected false alarms are 2 α / 7 a window, one in 3,500.
const LEVEL: f64 = 1e-3;
/// A larger level would call chance an alarm, a smaller one would wait for proof beyond doubt.
const LEVELS: (f64, f64) = (1e-9, 0.05);
/// Expected false alarms a window at level α, in units of α: the blocks of scale s are tested in one window of 2^s, each at α/7,
/// and the sum over s of 2^−s is below 2.
const A_WINDOW: f64 = 2.0 / 7.0;

const UNITS: [(&str, u64); 5] = [
    ("hour", 3_600_000),
    ("day", 86_400_000),
    ("week", 604_800_000),
    ("month", 2_629_800_000),
    ("year", 31_557_600_000),
];

impl Default for AlarmBudget {
    fn default() -> Self {
        AlarmBudget::Level(LEVEL)
    }
}

impl AlarmBudget {
    /// Reads "1 false alarm per week" (per hour, day, week, month or year) or "1 false alarm in 1000 windows".
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<String> = text.to_lowercase().replace(',', "").split_whitespace().map(str::to_owned).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let wrong = || {
            let shown = crate::cells::clean(text, crate::CELL_WIDTH);
            format!(
                "`{shown}` is no alarm budget: write it like \"1 false alarm per week\" or \"1 false alarm in 1000 windows\""
            )
        };
        let (often, rest) = words.split_first().ok_or_else(wrong)?;
        let often: f64 = if matches!(*often, "a" | "one") { 1.0 } else { often.parse().map_err(|_| wrong())? };
        if !(often > 0.0 && often.is_finite()) {
            return Err(wrong());
        }
        let rest: Vec<&str> = rest.iter().copied().filter(|w| !matches!(*w, "false" | "alarm" | "alarms")).collect();
        match rest[..] {
            ["per" | "a" | "an" | "each" | "every", unit] => {
                let known = UNITS.iter().find(|(name, _)| unit.trim_end_matches('s') == *name);
                known.map(|(_, ms)| AlarmBudget::PerTime(often, *ms)).ok_or_else(wrong)
            }
            ["in" | "per", number, "windows" | "window"] => {
                let windows: u64 = number.parse().map_err(|_| wrong())?;
                if windows == 0 { Err(wrong()) } else { Ok(AlarmBudget::PerWindows(often, windows)) }
            }
            _ => Err(wrong()),
        }
    }

    /// The level α that keeps the budget; `window_ms` is how long a window lasts. A note when it could not be used as it is.
    pub(crate) fn level(self, window_ms: Option<f64>) -> (f64, Option<String>) {
        let asked = match (self, window_ms) {
            (AlarmBudget::Level(alpha), _) => alpha,
            (AlarmBudget::PerWindows(often, windows), _) => often / windows as f64 / A_WINDOW,
            (AlarmBudget::PerTime(often, ms), Some(window_ms)) => often * window_ms / ms as f64 / A_WINDOW,
            (AlarmBudget::PerTime(..), None) => {
                let note =
                    format!("the rows have no times: instead of \"{self}\" the budget is \"{}\"", Self::default());
                return (LEVEL, Some(note));
            }
        };
        let alpha = if asked.is_nan() { LEVEL } else { asked.clamp(LEVELS.0, LEVELS.1) };
        let note = (asked > LEVELS.1)
            .then(|| format!("the budget \"{self}\" is larger than chance needs: the level is {alpha}"));
        (alpha, note)
    }
}

impl fmt::Display for AlarmBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alarms = |often: f64| if often == 1.0 { "1 false alarm".into() } else { format!("{often} false alarms") };
        match self {
            AlarmBudget::PerTime(often, ms) => {
                let unit = UNITS.iter().find(|(_, of)| of == ms).map_or("span", |(name, _)| name);
                write!(f, "{} per {unit}", alarms(*often))
            }
            AlarmBudget::PerWindows(often, windows) => {
                write!(f, "{} in {} windows", alarms(*often), crate::figures::count(*windows))
            }
            AlarmBudget::Level(alpha) => {
                let windows = (1.0 / (alpha * A_WINDOW)).round().max(1.0) as u64;
                write!(f, "1 false alarm in {} windows", crate::figures::count(windows))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_as_it_is_said() {
        assert_eq!(AlarmBudget::parse("1 false alarm per week"), Ok(AlarmBudget::PerTime(1.0, 604_800_000)));
        assert_eq!(AlarmBudget::parse("2 false alarms a day"), Ok(AlarmBudget::PerTime(2.0, 86_400_000)));
        assert_eq!(AlarmBudget::parse("one in 3,500 windows"), Ok(AlarmBudget::PerWindows(1.0, 3_500)));
        for wrong in ["", "often", "0 per week", "1 per fortnight", "-1 per day", "1 in 0 windows", "NaN per day"] {
            let error = AlarmBudget::parse(wrong).unwrap_err();
            assert!(error.contains("1 false alarm per week"), "{error}");
        }
    }

    #[test]
    fn a_budget_becomes_a_level() {
        // A window a minute, 10,080 a week: 2/7 α · 10,080 = 1.
        let (alpha, note) = AlarmBudget::PerTime(1.0, 604_800_000).level(Some(60_000.0));
        assert!((alpha - 3.5 / 10_080.0).abs() < 1e-9 && note.is_none(), "{alpha}");
        assert_eq!(AlarmBudget::default().to_string(), "1 false alarm in 3,500 windows");
        assert!(AlarmBudget::PerTime(1.0, 604_800_000).level(None).1.unwrap().contains("no times"));
        assert_eq!(AlarmBudget::Level(f64::NAN).level(None).0, 1e-3);
    }
}
