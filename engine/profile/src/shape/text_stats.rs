//! What is gathered about texts: their lengths, their forms, and what they can be read as.

use std::collections::HashMap;

use crate::calendar::read_timestamp;
use crate::shape::detail::Readable;
use crate::shape::mask;
use crate::shape::report::{Rate, TopValue};
use crate::shape::times;
use crate::spread::Spread;

/// Texts that are all tried; of later ones, one in [`THEN`].
const TRIED: u64 = 65_536;
const THEN: u64 = 16;
/// Different forms that are counted.
const FORMS: usize = 256;
/// Forms that are shown.
const SHOWN: usize = 5;

/// Texts of one path.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextStats {
    /// Not empty.
    pub(crate) filled: u64,
    /// Of those, tried for what they can be read as.
    pub(crate) tried: u64,
    pub(crate) int: u64,
    pub(crate) float: u64,
    /// Digits with a zero in front: an article number or a postal code, not a quantity.
    pub(crate) zero_led: u64,
    pub(crate) times: u64,
    pub(crate) zoned: u64,
    pub(crate) json: u64,
    pub(crate) uuid: u64,
    pub(crate) replaced: u64,
    pub(crate) lengths: Spread,
    forms: HashMap<String, u64>,
    pub(crate) numeric_examples: Vec<String>,
    pub(crate) other_examples: Vec<String>,
}

/// What one text was read as.
pub(crate) enum Read {
    /// It was not tried, or it is plain text.
    Text,
    Number,
    Time(i64),
}

impl TextStats {
    /// Takes a text that is not empty; its length is [taken](Spread::push) apart.
    pub(crate) fn push(&mut self, text: &str) -> Read {
        self.filled += 1;
        let tried = self.tried < TRIED || self.filled.is_multiple_of(THEN);
        // Times are compared with one another: of a column of them each is read.
        let time = if tried || self.times * 2 > self.tried { read_timestamp(text) } else { None };
        if tried {
            self.try_all(text, time);
        }
        match time {
            Some(ms) => Read::Time(ms),
            None if tried && is_number(text) => Read::Number,
            None => Read::Text,
        }
    }

    fn try_all(&mut self, text: &str, time: Option<i64>) {
        self.tried += 1;
        self.replaced += u64::from(text.contains('\u{fffd}'));
        let form = mask::form(text);
        if let Some(count) = self.forms.get_mut(&form) {
            *count += 1;
        } else if self.forms.len() < FORMS {
            self.forms.insert(form, 1);
        }
        if time.is_some() {
            self.times += 1;
            self.zoned += u64::from(times::has_zone(text));
        } else if is_number(text) {
            let whole = text.trim().parse::<i64>().is_ok();
            *(if whole { &mut self.int } else { &mut self.float }) += 1;
            let digits = text.trim_start_matches(['-', '+']);
            self.zero_led += u64::from(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."));
        } else {
            self.uuid += u64::from(is_uuid(text));
            self.json += u64::from(is_json(text));
        }
    }

    /// Texts that were tried and read as a number.
    pub(crate) fn numeric(&self) -> u64 {
        self.int + self.float
    }

    pub(crate) fn merge(&mut self, other: &TextStats) {
        let counts = [
            (&mut self.filled, other.filled),
            (&mut self.tried, other.tried),
            (&mut self.int, other.int),
            (&mut self.float, other.float),
            (&mut self.zero_led, other.zero_led),
            (&mut self.times, other.times),
            (&mut self.zoned, other.zoned),
            (&mut self.json, other.json),
            (&mut self.uuid, other.uuid),
            (&mut self.replaced, other.replaced),
        ];
        counts.into_iter().for_each(|(own, theirs)| *own += theirs);
        self.lengths.merge(&other.lengths);
        for (form, count) in &other.forms {
            *self.forms.entry(form.clone()).or_insert(0) += count;
        }
        for (own, theirs) in
            [(&mut self.numeric_examples, &other.numeric_examples), (&mut self.other_examples, &other.other_examples)]
        {
            own.extend(theirs.iter().take(3_usize.saturating_sub(own.len())).cloned().collect::<Vec<_>>());
        }
    }

    /// The most frequent forms. Of more than [`FORMS`] the later ones are not among them.
    pub(crate) fn top_forms(&self) -> Vec<TopValue> {
        let mut forms: Vec<(&String, &u64)> = self.forms.iter().collect();
        forms.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let tried = self.tried.max(1) as f64;
        let shown = forms.into_iter().take(SHOWN);
        shown
            .map(|(form, n)| TopValue { text: form.clone(), count: *n, at_most: *n, share: *n as f64 / tried })
            .collect()
    }

    pub(crate) fn readable(&self) -> Readable {
        let rate = |n| Rate::new(n, self.tried);
        Readable {
            tried: self.tried,
            int: rate(self.int),
            float: rate(self.float),
            time: rate(self.times),
            json: rate(self.json),
            uuid: rate(self.uuid),
        }
    }
}

/// A number of 40 digits is none anybody computes with; the limit keeps long text cheap.
fn is_number(text: &str) -> bool {
    text.len() <= 40
        && text.trim_start().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36 && text.bytes().enumerate().all(|(at, b)| if dash(at) { b == b'-' } else { b.is_ascii_hexdigit() })
}

/// An object or a list; of a megabyte of it nobody wants to wait for the answer.
fn is_json(text: &str) -> bool {
    let trimmed = text.trim();
    let wrapped =
        (trimmed.starts_with('{') && trimmed.ends_with('}')) || (trimmed.starts_with('[') && trimmed.ends_with(']'));
    wrapped && text.len() <= 65_536 && serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tried_for_what_they_are() {
        let mut texts = TextStats::default();
        for text in ["17", "-0.5", "007", "2026-01-01T00:00:00Z", "2026-01-01", "{\"a\":[1]}", "[", "Oslo", "nan"] {
            texts.push(text);
        }
        texts.push("123e4567-e89b-12d3-a456-426614174000");
        let counts = (texts.int, texts.float, texts.zero_led, texts.times, texts.zoned, texts.json, texts.uuid);
        assert_eq!(counts, (2, 1, 1, 2, 1, 1, 1));
    }

    #[test]
    fn of_many_texts_some_are_tried_and_all_times_are_read() {
        let mut texts = TextStats::default();
        let times = (0..200_000).filter(|_| matches!(texts.push("2026-01-01T00:00:00Z"), Read::Time(_))).count();
        assert_eq!((times, texts.filled), (200_000, 200_000));
        assert!(texts.tried < 80_000 && texts.top_forms()[0].count == texts.tried);
    }
}
