//! Column names: how they are written in text, and which known name a misspelt one probably meant.

use std::fmt;

/// Writes a name as it is, or in double quotes when it has characters that would confuse a reader.
pub(crate) fn write_name(f: &mut impl fmt::Write, name: &str) -> fmt::Result {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    if plain { f.write_str(name) } else { write!(f, "\"{}\"", name.replace('"', "\"\"")) }
}

/// The candidate nearest to `name`, when it is near enough to be what was meant: about a third of the letters may differ,
/// and case does not count.
///
/// ```
/// assert_eq!(headwater::suggest("amout", ["city", "amount"]), Some("amount"));
/// assert_eq!(headwater::suggest("zebra", ["city", "amount"]), None);
/// ```
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let wanted = letters(name);
    let mut nearest: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = letters(candidate);
        let edits = distance(&wanted, &other);
        let near = edits <= wanted.len().max(other.len()).div_ceil(3);
        if near && nearest.is_none_or(|(fewest, _)| edits < fewest) {
            nearest = Some((edits, candidate));
        }
    }
    nearest.map(|(_, candidate)| candidate)
}

/// Levenshtein distance where swapping two neighbours counts as one edit, since that is how people mistype.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let swap = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = swap.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_edits_and_swaps() {
        let d = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(
            [d("", ""), d("", "ab"), d("ab", ""), d("kitten", "sitting"), d("amuont", "amount")],
            [0, 2, 2, 3, 1]
        );
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(suggest("CITY", ["city", "cite"]), Some("city"));
        assert_eq!(suggest("ab", ["xy", "az"]), Some("az"));
        assert_eq!(suggest("order", ["customer"]), None);
        assert_eq!(suggest("x", []), None);
    }
}
