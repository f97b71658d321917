//! Words of a chart: numbers for people, and text of unknown origin made to fit.

pub(crate) use headwater_profile::clean;
use unicode_width::UnicodeWidthChar;

/// The width of one column of text as a part of the font's size: wide enough for most sans-serif letters.
const COLUMN: f64 = 0.53;
const BOLD_COLUMN: f64 = 0.57;

/// The text cut to so many pixels; what is cut is replaced by `…`.
pub(crate) fn fit(text: &str, pixels: f64, size: f64, bold: bool) -> String {
    let column = if bold { BOLD_COLUMN } else { COLUMN };
    clean(text, (pixels / (size * column)).floor() as usize)
}

/// About how many pixels the text takes.
pub(crate) fn pixels(text: &str, size: f64, bold: bool) -> f64 {
    let columns: usize = text.chars().map(|c| c.width().unwrap_or(0)).sum();
    columns as f64 * size * if bold { BOLD_COLUMN } else { COLUMN }
}

/// A key as it is named in a sentence or beside a bar: an empty one would look like none.
pub(crate) fn name(key: &str, columns: usize) -> String {
    if key.is_empty() { "(empty)".into() } else { clean(key, columns) }
}

/// The text in one line of so many pixels or, broken between words, in two; what does not fit those is cut.
pub(crate) fn two_lines(text: &str, pixels: f64, size: f64) -> Vec<String> {
    let columns = (pixels / (size * COLUMN)).floor() as usize;
    let whole = clean(text, columns * 2);
    let first = clean(&whole, columns);
    if first == whole {
        return vec![whole];
    }
    let at = first.rfind(' ').filter(|at| *at > 0).unwrap_or(first.len() - '…'.len_utf8());
    vec![whole[..at].to_owned(), clean(whole[at..].trim_start(), columns)]
}

/// For text between the tags of XML.
pub(crate) fn escape(text: &str) -> String {
    clean(text, usize::MAX / 16).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `0.203` → `20.3 %`.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0001 {
        return "<0.01 %".into();
    }
    format!("{} %", number(share * 100.0))
}

/// Three significant digits.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 999.5 {
        return count(size.round() as u64);
    }
    let decimals = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.0995 || s == 0.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `20000` → `20,000`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `20,000 rows`.
pub(crate) fn plural(n: u64, one: &str) -> String {
    format!("{} {one}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Round values from 0 to beyond `most`, about four of them.
pub(crate) fn ticks(most: f64) -> Vec<f64> {
    let rough = most / 4.0;
    if !(rough.is_finite() && rough > 0.0) {
        return vec![0.0, 1.0];
    }
    let unit = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|s| s * unit).find(|s| *s >= rough * 0.999).unwrap_or(rough);
    let steps = (most / step - 1e-9).ceil() as u32;
    (0..=steps).map(|at| f64::from(at) * step).collect()
}
