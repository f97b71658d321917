//! Fixes as code to paste: keys, columns and conditions as a cell writes them.

use crate::KeyValue;

/// A longer text is not written out: nobody pastes it.
const LONGEST: usize = 200;

/// `.group_by(["city", "salt"])` of columns and expressions given as SQL text; `added` is a column.
pub(crate) fn group_by(keys: &[String], added: Option<&str>) -> String {
    let own: Option<Vec<String>> = keys.iter().map(|key| name(key).map(|name| quoted(&name))).collect();
    let keys: Vec<String> = match own {
        Some(names) => names.into_iter().chain(added.map(quoted)).collect(),
        None => {
            let one = |key: &String| name(key).map_or_else(|| expr(key), |name| format!("col({})", quoted(&name)));
            keys.iter().map(one).chain(added.map(|name| format!("col({})", quoted(name)))).collect()
        }
    };
    format!(".group_by([{}])", keys.join(", "))
}

/// `expr("…")`: SQL text in a cell.
pub(crate) fn expr(sql: &str) -> String {
    format!("expr({})", quoted(sql))
}

/// The name, when the SQL text is nothing but one.
pub(crate) fn name(sql: &str) -> Option<String> {
    let inside = sql.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|rest| !rest.is_empty());
    match inside {
        Some(inside) if !inside.replace("\"\"", "").contains('"') => Some(inside.replace("\"\"", "\"")),
        Some(_) => None,
        None => Some(sql.to_owned()).filter(|sql| sql.chars().all(|c| c.is_alphanumeric() || c == '_')),
    }
}

/// A text as Rust writes it.
pub(crate) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// The condition that a row has this key, as SQL text; `None` when the key cannot be written.
pub(crate) fn is_key(keys: &[String], value: &KeyValue) -> Option<String> {
    match value {
        KeyValue::Several(parts) if parts.len() == keys.len() => {
            let each = keys.iter().zip(parts).map(|(key, part)| equals(key, part));
            each.collect::<Option<Vec<_>>>().map(|all| all.join(" and "))
        }
        // Of several columns, nulls only are the null key.
        KeyValue::Null => {
            let each = keys.iter().map(|key| equals(key, &KeyValue::Null));
            each.collect::<Option<Vec<_>>>().map(|all| all.join(" and "))
        }
        value => match keys {
            [key] => equals(key, value),
            _ => None,
        },
    }
}

fn equals(key: &str, value: &KeyValue) -> Option<String> {
    let key = if name(key).is_some() { key.to_owned() } else { format!("({key})") };
    Some(match value {
        KeyValue::Null => format!("{key} is null"),
        KeyValue::Bool(value) => format!("{key} = {value}"),
        KeyValue::Int(value) => format!("{key} = {value}"),
        KeyValue::Text(text) if text.len() <= LONGEST => format!("{key} = '{}'", text.replace('\'', "''")),
        KeyValue::Text(_) | KeyValue::Number(_) | KeyValue::Bytes(_) | KeyValue::Several(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn columns_are_named_and_expressions_are_sql() {
        let said = [
            group_by(&keys(&["city"]), None),
            group_by(&keys(&["city", "\"my \"\"own\"\" key\""]), Some("salt")),
            group_by(&keys(&["city", "lower(town)"]), Some("salt")),
        ];
        insta::assert_snapshot!(said.join("\n"), @r#"
        .group_by(["city"])
        .group_by(["city", "my \"own\" key", "salt"])
        .group_by([col("city"), expr("lower(town)"), col("salt")])
        "#);
    }

    #[test]
    fn a_key_is_recognised_by_a_condition_where_it_can_be_written() {
        let several = |parts: Vec<KeyValue>| KeyValue::several(parts);
        let said = [
            is_key(&keys(&["city"]), &"O'Hare \"x\"".into()),
            is_key(&keys(&["lower(city)"]), &KeyValue::Int(-1)),
            is_key(&keys(&["city", "vip"]), &several(vec![KeyValue::Null, KeyValue::Bool(true)])),
            is_key(&keys(&["city", "vip"]), &KeyValue::Null),
            is_key(&keys(&["city"]), &KeyValue::Bytes(vec![255])),
            is_key(&keys(&["city"]), &"x".repeat(1 << 20).as_str().into()),
        ];
        let said: Vec<String> = said.into_iter().map(|own| own.unwrap_or_else(|| "–".into())).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        city = 'O''Hare "x"'
        (lower(city)) = -1
        city is null and vip = true
        city is null and vip is null
        –
        –
        "#);
    }
}
