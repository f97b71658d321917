//! Patterns of a search, as consoles write them: `*` for anything, `?` for one character.

/// Whether all of `text` fits the pattern.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut of) = (0, 0);
    // The last star, and up to where in the text it reaches so far.
    let mut star: Option<(usize, usize)> = None;
    while of < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(own) if *own == '?' || *own == text[of] => (at, of) = (at + 1, of + 1),
            _ => {
                let Some((place, reach)) = star else { return false };
                star = Some((place, reach + 1));
                (at, of) = (place + 1, reach + 1);
            }
        }
    }
    pattern[at..].iter().all(|own| *own == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text) in [("*", ""), ("a?c", "aéc"), ("*b*", "abc"), ("a*b*c", "a-b-b-c"), ("", ""), ("**", "x")]
        {
            assert!(matches(pattern, text), "`{pattern}` fits `{text}`");
        }
        for (pattern, text) in [("", "x"), ("?", ""), ("a*b", "abc"), ("A", "a"), ("*a", "ab")] {
            assert!(!matches(pattern, text), "`{pattern}` does not fit `{text}`");
        }
    }
}
