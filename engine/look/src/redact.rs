//! Key reports without the keys, for whoever keeps or sends them: what is left of a key is its form.

use headwater_profile::{FixKind, KeyReport};

/// Names the keys by their rank and form instead of their text.
pub(crate) fn keys(report: &mut KeyReport) {
    let shown = report.top.iter().filter(|key| !key.is_null).map(|key| key.text.clone());
    let heat = report.heat.iter().flat_map(|heat| heat.keys.iter().map(|row| row.text.clone()));
    let mut texts: Vec<String> = shown.collect();
    texts.extend(heat.filter(|text| text != "null"));
    let mut known: Vec<String> = Vec::new();
    texts.retain(|text| {
        !known.contains(text) && {
            known.push(text.clone());
            true
        }
    });
    let renamed: Vec<(String, String)> = (1..)
        .zip(texts)
        .map(|(rank, text): (usize, String)| {
            let mask = format!("#{rank} {}", mask(&text));
            (text, mask)
        })
        .collect();
    let of = |text: &str| {
        renamed.iter().find(|(own, _)| own == text).map_or_else(|| text.to_owned(), |(_, mask)| mask.clone())
    };
    let within = |text: &str| renamed.iter().fold(text.to_owned(), |text, (own, mask)| unquoted(&text, own, mask));
    report.top.iter_mut().filter(|key| !key.is_null).for_each(|key| key.text = of(&key.text));
    report.heat.iter_mut().flat_map(|heat| &mut heat.keys).for_each(|row| row.text = of(&row.text));
    if let Some(bytes) = &mut report.bytes {
        bytes.top = of(&bytes.top);
    }
    for fix in &mut report.fixes {
        if fix.kind == FixKind::PlannedSalts {
            fix.code = "// the code names keys, which are hidden here".into();
        }
        for text in [&mut fix.title, &mut fix.why, &mut fix.code] {
            *text = within(text);
        }
        fix.salts.iter_mut().for_each(|salted| salted.key = of(&salted.key));
    }
    if let Some(own) = &mut report.partitioner {
        own.split.iter_mut().for_each(|key| key.text = mask(&key.text));
    }
    report.sentence = within(&report.sentence);
    report.notes.iter_mut().for_each(|note| *note = within(note));
}

/// `text` with `value` replaced where it stands between quotes.
fn unquoted(text: &str, value: &str, mask: &str) -> String {
    text.replace(&format!("\"{value}\""), &format!("\"{mask}\"")).replace(&format!("`{value}`"), &format!("`{mask}`"))
}

/// The form of a text: `New York 7` is `Aaa Aaaa 9`.
fn mask(text: &str) -> String {
    let form = |c: char| match c {
        _ if c.is_uppercase() => 'A',
        _ if c.is_alphabetic() => 'a',
        _ if c.is_numeric() => '9',
        other => other,
    };
    text.chars().map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_form_only() {
        assert_eq!(mask("New York 7, Köln"), "Aaa Aaaa 9, Aaaa");
        assert_eq!(unquoted("\"a\" and `a` and a", "a", "x"), "\"x\" and `x` and a");
    }
}
