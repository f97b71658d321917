//! Tests only: whether HTML is whole, and whether the sanitizer of notebooks would leave all of it (tags, attributes, styles).

/// The tags we use, all on its list.
const TAGS: [&str; 21] = [
    "bdi", "br", "code", "details", "div", "em", "img", "p", "pre", "progress", "small", "span", "strong", "summary",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
];
/// Tags without an end.
const ALONE: [&str; 2] = ["br", "img"];
/// The attributes we use, each allowed on the tags that we put it on.
const ATTRIBUTES: [&str; 7] = ["alt", "max", "open", "src", "style", "title", "value"];
/// The style properties we use.
const PROPERTIES: [&str; 27] = [
    "background",
    "background-color",
    "border-bottom",
    "border-collapse",
    "border-left",
    "color",
    "cursor",
    "float",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "margin",
    "max-width",
    "opacity",
    "overflow",
    "overflow-x",
    "padding",
    "padding-left",
    "text-align",
    "vertical-align",
    "white-space",
    "width",
    "display",
];
/// The words we use as values of them.
const WORDS: [&str; 19] = [
    "auto",
    "bottom",
    "collapse",
    "hidden",
    "inline-block",
    "italic",
    "left",
    "middle",
    "monospace",
    "none",
    "normal",
    "nowrap",
    "pointer",
    "pre-wrap",
    "right",
    "solid",
    "top",
    "transparent",
    "bold",
];

/// Panics when `html` is not whole, or when any of it would be taken away.
pub fn check(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a bare > before {}", &rest[start..]);
        let end =
            rest[start..].find('>').map(|end| start + end).unwrap_or_else(|| panic!("no end: {}", &rest[start..]));
        let tag = &rest[start + 1..end];
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "closed in {html}"),
            None => {
                let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
                assert!(TAGS.contains(&name), "tag {name:?} in {html}");
                check_attributes(attributes);
                if !ALONE.contains(&name) {
                    open.push(name);
                }
            }
        }
        rest = &rest[end + 1..];
    }
    assert!(!rest.contains('>'), "a bare > in {rest}");
    assert!(open.is_empty(), "{open:?} left open in {html}");
    assert!(!html.chars().any(|c| c.is_control()), "a control character in {html:?}");
}

fn check_attributes(text: &str) {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("attribute {rest:?}"));
        let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("attribute {rest:?}"));
        assert!(ATTRIBUTES.contains(&name), "attribute {name:?}");
        if name == "style" {
            value.split(';').filter(|part| !part.is_empty()).for_each(check_style);
        }
        rest = after.trim_start();
    }
}

fn check_style(declaration: &str) {
    let (property, value) = declaration.split_once(':').unwrap_or_else(|| panic!("style {declaration:?}"));
    assert!(PROPERTIES.contains(&property.trim()), "style {declaration:?}");
    assert!(value.split(' ').all(|token| known(token.trim())), "style {declaration:?}");
}

fn known(token: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.parse::<f64>().is_ok();
    let color = |text: &str| text.len() >= 3 && text.chars().all(|c| c.is_ascii_hexdigit());
    let channels = |text: &str| text.split(',').count() == 4 && text.split(',').all(number);
    WORDS.contains(&token)
        || number(token)
        || ["px", "%"].iter().any(|unit| token.strip_suffix(unit).is_some_and(number))
        || token.strip_prefix('#').is_some_and(color)
        || token.strip_prefix("rgba(").and_then(|rest| rest.strip_suffix(')')).is_some_and(channels)
}

#[cfg(test)]
mod tests {
    use super::check;

    fn refused(html: &str) -> bool {
        let html = html.to_owned();
        std::panic::catch_unwind(move || check(&html)).is_err()
    }

    #[test]
    fn what_the_sanitizer_takes_away_is_found() {
        check("<div style=\"opacity:0.5;border-left:3px solid #D55E00\">a &lt; b<br><bdi>x</bdi></div>");
        for html in [
            "<svg></svg>",
            "<div>",
            "<div></span>",
            "<div class=\"x\"></div>",
            "<div onclick=\"x\"></div>",
            "<div style=\"color:inherit\"></div>",
            "<div style=\"color:var(--jp-x)\"></div>",
            "<div style=\"position:fixed\"></div>",
            "a > b",
            "a\u{7}",
        ] {
            assert!(refused(html), "{html}");
        }
    }
}
