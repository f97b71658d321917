//! What a user sees: results of the engine as MIME bundles of HTML, plain text and JSON. `profile` computes, `charts` draws, this chooses.

pub mod bundle;
pub mod cells;
pub mod escape;
pub mod style;
pub mod table;
pub mod width;

pub use bundle::MimeBundle;

/// `n` with commas between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `2,000 rows`: a number and its noun.
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", count(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(206_113_000), "206,113,000");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1_234, "row"), "1,234 rows");
    }
}
