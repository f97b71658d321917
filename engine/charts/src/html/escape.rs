//! Text of users made safe to show: HTML escaped, control and direction characters made visible, long text cut.

/// Longest text of a cell before it is cut, in characters.
pub const CELL_CHARS: usize = 64;

/// `text` for an HTML text node or a quoted attribute. Nothing in it can end the node, the attribute or the line, or turn
/// the direction of what follows.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => push_visible(&mut out, c),
        }
    }
    out
}

/// `text` for an HTML text node, kept apart from the direction of what stands beside it when it may run right to left.
pub fn html_isolated(text: &str) -> String {
    if text.is_ascii() { html(text) } else { format!("<bdi>{}</bdi>", html(text)) }
}

/// A sentence for an HTML text node, what stands in backticks as code.
pub fn html_sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html(text);
    }
    let code = |part: &str| format!("<code style=\"{}\">{}</code>", crate::html::style::CODE, html_isolated(part));
    parts.iter().enumerate().map(|(at, part)| if at % 2 == 1 { code(part) } else { html(part) }).collect()
}

/// `text` for one line of plain text: no character of it moves the cursor, rings a bell or turns direction.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut out, c));
    out
}

/// The first `limit` characters of `text`, with an ellipsis in place of the last when there were more.
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => {
            let end = text.char_indices().nth(limit.saturating_sub(1)).map_or(0, |(at, _)| at);
            format!("{}…", &text[..end])
        }
    }
}

/// Pushes `c`, or what stands for it: the control picture of a control character, the code of a direction mark.
fn push_visible(out: &mut String, c: char) {
    match c {
        '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => out.push_str(&format!("⟨{:04X}⟩", c as u32)),
        _ => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(
            html(r#"<script>alert("x & y'")</script>"#),
            "&lt;script&gt;alert(&quot;x &amp; y&#39;&quot;)&lt;/script&gt;"
        );
    }

    #[test]
    fn control_characters_are_seen_and_do_nothing() {
        assert_eq!(visible("a\nb\t\u{1b}[31m\u{7f}\u{85}"), "a␊b␉␛[31m␡⟨0085⟩");
        assert_eq!(html("\r\n"), "␍␊");
    }

    #[test]
    fn direction_overrides_are_seen_and_letters_are_isolated() {
        assert_eq!(visible("abc\u{202e}fdp.exe"), "abc⟨202E⟩fdp.exe");
        assert_eq!(html_isolated("תל אביב"), "<bdi>תל אביב</bdi>");
        assert_eq!(html_isolated("New York"), "New York");
    }

    #[test]
    fn backticks_become_code_when_they_pair() {
        let code = |text: &str| format!("<code style=\"{}\">{text}</code>", crate::html::style::CODE);
        assert_eq!(html_sentence("no `a<b>` here"), format!("no {} here", code("a&lt;b&gt;")));
        assert_eq!(html_sentence("a ` alone"), "a ` alone");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(cut("东京都东京都", 4), "东京都…");
        assert_eq!(cut("four", 4), "four");
        assert_eq!(cut("", 4), "");
    }
}
