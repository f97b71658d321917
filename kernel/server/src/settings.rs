//! The settings of a session: what they are called, what they mean, what they are now. `%set` changes one, `%config` shows all.

use headwater::{Sample, format_size, parse_duration, parse_size, suggest};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    kind: Kind,
    default: u64,
}

/// What values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A number from 1 to this.
    Count(u64),
    /// A number of bytes.
    Size,
    /// A time in milliseconds, at least a second.
    Time,
    /// `on` or `off`.
    Switch,
}

const SAMPLE_ROWS: &str = "sample.rows";
const SAMPLE_BYTES: &str = "sample.bytes";
const SAMPLE_TIME: &str = "sample.time";
const PREVIEW_ROWS: &str = "preview.rows";
const PEEK_ROWS: &str = "peek.rows";
const PROGRESS: &str = "progress";
const DEP_NETWORK: &str = "dep.network";

/// Every setting there is.
pub static SETTINGS: [Setting; 7] = [
    Setting {
        name: SAMPLE_ROWS,
        about: "records of a sample, where its cell does not say how many",
        kind: Kind::Count(10_000_000),
        default: 20_000,
    },
    Setting {
        name: SAMPLE_BYTES,
        about: "bytes of a sample, where its cell does not say how many",
        kind: Kind::Size,
        default: 64 << 20,
    },
    Setting {
        name: SAMPLE_TIME,
        about: "how long a sample may take, where its cell does not say",
        kind: Kind::Time,
        default: 10_000,
    },
    Setting { name: PREVIEW_ROWS, about: "rows that a preview shows", kind: Kind::Count(1_000), default: 20 },
    Setting { name: PEEK_ROWS, about: "records that `%peek` shows", kind: Kind::Count(1_000), default: 10 },
    Setting { name: PROGRESS, about: "whether long work shows how far it is", kind: Kind::Switch, default: 1 },
    Setting {
        name: DEP_NETWORK,
        about: "whether `:dep` may fetch a crate that is not on this machine yet",
        kind: Kind::Switch,
        default: 1,
    },
];

/// What the settings are now; those that nobody changed are as by default.
#[derive(Debug, Default)]
pub struct Settings(Mutex<BTreeMap<&'static str, u64>>);

impl Setting {
    /// The setting of this name.
    ///
    /// # Errors
    /// There is none: in words, with what was probably meant.
    pub fn named(name: &str) -> Result<&'static Setting, String> {
        SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| {
            let near = suggest(name, SETTINGS.iter().map(|setting| setting.name));
            let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("no setting `{name}`{meant}")
        })
    }

    /// Its value when nobody changes it.
    pub fn default_text(&self) -> String {
        self.write(self.default)
    }

    /// What may be written for it.
    pub fn takes(&self) -> String {
        match self.kind {
            Kind::Count(most) => format!("a number from 1 to {}", crate::display::count(most)),
            Kind::Size => "a size such as `64MiB`".to_owned(),
            Kind::Time => "a time such as `10s`".to_owned(),
            Kind::Switch => "`on` or `off`".to_owned(),
        }
    }

    fn read(&self, text: &str) -> Option<u64> {
        match self.kind {
            _ if text == "default" => Some(self.default),
            Kind::Count(most) => text.replace([',', '_'], "").parse().ok().filter(|count| (1..=most).contains(count)),
            Kind::Size => parse_size(text).ok().filter(|bytes| *bytes > 0),
            // A number alone is a number of seconds.
            Kind::Time => match text.parse::<u64>() {
                Ok(seconds) => seconds.checked_mul(1_000).filter(|millis| *millis > 0),
                Err(_) => parse_duration(text).ok().filter(|millis| *millis >= 1_000),
            },
            Kind::Switch => match text {
                "on" | "true" | "1" => Some(1),
                "off" | "false" | "0" => Some(0),
                _ => None,
            },
        }
    }

    fn write(&self, value: u64) -> String {
        match self.kind {
            Kind::Count(_) => crate::display::count(value),
            Kind::Size => format_size(value),
            Kind::Time => headwater::format_duration(value),
            Kind::Switch => if value == 0 { "off" } else { "on" }.to_owned(),
        }
    }
}

impl Settings {
    fn changed(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value(&self, name: &'static str) -> u64 {
        let default = || SETTINGS.iter().find(|setting| setting.name == name).map_or(0, |setting| setting.default);
        self.changed().get(name).copied().unwrap_or_else(default)
    }

    /// Sets `setting` to what `text` says; `default` undoes all changes.
    ///
    /// # Errors
    /// It takes no such value: in words.
    pub fn set(&self, setting: &'static Setting, text: &str) -> Result<(), String> {
        let value = setting
            .read(text)
            .ok_or_else(|| format!("`{}` takes {}, or `default`; not `{text}`", setting.name, setting.takes()))?;
        self.changed().insert(setting.name, value);
        Ok(())
    }

    /// What a setting is now, as people write it.
    pub fn text(&self, setting: &'static Setting) -> String {
        setting.write(self.value(setting.name))
    }

    /// The sample that is drawn when a cell asks for `asked`: a bound that is as by default takes the session's.
    pub fn sample(&self, asked: Sample) -> Sample {
        let usual = Sample::default();
        let bound = |asked: u64, usual: u64, name| if asked == usual { self.value(name) } else { asked };
        Sample {
            rows: bound(asked.rows, usual.rows, SAMPLE_ROWS),
            bytes: bound(asked.bytes, usual.bytes, SAMPLE_BYTES),
            millis: bound(asked.millis, usual.millis, SAMPLE_TIME),
            ..asked
        }
    }

    /// How many rows a preview shows.
    pub fn preview_rows(&self) -> usize {
        usize::try_from(self.value(PREVIEW_ROWS)).unwrap_or(usize::MAX)
    }

    /// How many records `%peek` shows.
    pub fn peek_rows(&self) -> u64 {
        self.value(PEEK_ROWS)
    }

    /// Whether long work shows how far it is.
    pub fn progress(&self) -> bool {
        self.value(PROGRESS) != 0
    }

    /// Whether `:dep` may use the network.
    pub fn dep_network(&self) -> bool {
        self.value(DEP_NETWORK) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(settings: &Settings, name: &str, value: &str) -> Result<String, String> {
        let setting = Setting::named(name)?;
        settings.set(setting, value)?;
        Ok(settings.text(setting))
    }

    #[test]
    fn values_are_read_as_people_write_them() {
        let settings = Settings::default();
        assert_eq!(set(&settings, "sample.rows", "50_000").unwrap(), "50,000");
        assert_eq!(set(&settings, "sample.bytes", "1MiB").unwrap(), "1MiB");
        assert_eq!(set(&settings, "sample.time", "30").unwrap(), "30s");
        assert_eq!(set(&settings, "progress", "off").unwrap(), "off");
        assert_eq!(set(&settings, "sample.rows", "default").unwrap(), "20,000");
        let refused = |name, value| set(&settings, name, value).unwrap_err();
        assert_eq!(refused("sample.row", "1"), "no setting `sample.row`; did you mean `sample.rows`?");
        assert_eq!(
            refused("preview.rows", "0"),
            "`preview.rows` takes a number from 1 to 1,000, or `default`; not `0`"
        );
        assert_eq!(
            refused("sample.bytes", "much"),
            "`sample.bytes` takes a size such as `64MiB`, or `default`; not `much`"
        );
        assert_eq!(
            refused("sample.time", "10ms"),
            "`sample.time` takes a time such as `10s`, or `default`; not `10ms`"
        );
        assert_eq!(refused("progress", "perhaps"), "`progress` takes `on` or `off`, or `default`; not `perhaps`");
    }

    #[test]
    fn a_sample_takes_the_bounds_that_its_cell_does_not_say() {
        let settings = Settings::default();
        assert_eq!(settings.sample(Sample::default()), Sample::default(), "the defaults are the crate's");
        set(&settings, "sample.rows", "500").unwrap();
        set(&settings, "sample.time", "2s").unwrap();
        let drawn = settings.sample(Sample { bytes: 7, ..Sample::default() });
        assert_eq!((drawn.rows, drawn.bytes, drawn.millis), (500, 7, 2_000));
        assert_eq!(settings.sample(Sample { rows: 9, ..Sample::default() }).rows, 9);
    }
}
