//! Paths into JSON texts: `$.user.tags[0]`, `$['odd name']`.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// A member of an object.
    Member(String),
    /// An element of an array, the first being 0.
    Element(usize),
}

/// The steps of a path.
///
/// ```
/// use headwater::json_path::{PathStep, parse};
/// let steps = parse("$.items[0]['odd name']").unwrap();
/// assert_eq!(steps, [PathStep::Member("items".into()), PathStep::Element(0), PathStep::Member("odd name".into())]);
/// assert_eq!(parse("items[0]").unwrap_err(), "the path `items[0]` does not begin with `$`");
/// ```
///
/// # Errors
/// What is wrong with the text, in words.
pub fn parse(path: &str) -> Result<Vec<PathStep>, String> {
    let Some(mut rest) = path.trim().strip_prefix('$') else {
        return Err(format!("the path `{path}` does not begin with `$`"));
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = step(rest).ok_or_else(|| format!("the path `{path}` cannot be read from `{rest}` on"))?;
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

/// The first step of a text, and what follows.
fn step(text: &str) -> Option<(PathStep, &str)> {
    if let Some(text) = text.strip_prefix('.') {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return (!name.is_empty() && name != "*").then(|| (PathStep::Member(name.to_owned()), rest));
    }
    let text = text.strip_prefix('[')?;
    if let Some(quote) = text.chars().next().filter(|c| ['\'', '"'].contains(c)) {
        let (name, rest) = text[1..].split_once(quote)?;
        return Some((PathStep::Member(name.to_owned()), rest.strip_prefix(']')?));
    }
    let (index, rest) = text.split_once(']')?;
    Some((PathStep::Element(index.trim().parse().ok()?), rest))
}
