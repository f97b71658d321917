//! The text form of schemas and types, `city STRING, tags ARRAY<STRING>`: reading and writing it.

use std::fmt;

use crate::mistake::Mistake;
use crate::names::{suggest, write_name};
use crate::{DataType, Field, Schema};

/// Types may nest this deep; more is a slip of the pen, and a JSON reader would refuse the plan.
const DEEPEST: usize = 20;

const TYPE_NAMES: [&str; 10] =
    ["BOOLEAN", "INT", "BIGINT", "DOUBLE", "STRING", "BINARY", "DATE", "TIMESTAMP", "ARRAY", "STRUCT"];

impl Schema {
    /// Reads `city STRING, amount DOUBLE, tags ARRAY<STRING>, place STRUCT<lat DOUBLE, lon DOUBLE>`. Type names may be
    /// in any case; a column name with other characters than letters, digits and `_` is written in double quotes.
    ///
    /// ```
    /// use headwater::{DataType, Schema};
    /// let schema = Schema::parse("city STRING, amount double")?;
    /// assert_eq!(schema.field("amount").map(|field| &field.data_type), Some(&DataType::Float64));
    /// assert_eq!(schema.to_string(), "city STRING, amount DOUBLE");
    /// # Ok::<(), headwater::Mistake>(())
    /// ```
    pub fn parse(text: &str) -> Result<Schema, Mistake> {
        let mut reader = Reader { rest: text, text };
        let fields = reader.fields(0)?;
        match reader.peek() {
            None => Ok(Schema { fields }),
            Some(other) => Err(reader.unexpected(other, "`,` or the end")),
        }
    }
}

impl DataType {
    /// Reads one type, such as `BIGINT` or `ARRAY<STRING>`.
    pub fn parse(text: &str) -> Result<DataType, Mistake> {
        let mut reader = Reader { rest: text, text };
        let data_type = reader.data_type(0)?;
        match reader.peek() {
            None => Ok(data_type),
            Some(other) => Err(reader.unexpected(other, "the end")),
        }
    }
}

/// A cursor over the text; every method skips spaces first.
struct Reader<'a> {
    rest: &'a str,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), Mistake> {
        if self.take(wanted) {
            return Ok(());
        }
        match self.peek() {
            Some(other) => Err(self.unexpected(other, &format!("`{wanted}`"))),
            None => Err(self.wrong(format!("ends where `{wanted}` is missing"))),
        }
    }

    fn wrong(&self, what: String) -> Mistake {
        Mistake::new(format!("the schema `{}` {what}", self.text.trim()))
            .hint("a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`")
    }

    fn unexpected(&self, found: char, wanted: &str) -> Mistake {
        let at = self.text.len() - self.rest.len();
        let column = self.text[..at].chars().count() + 1;
        self.wrong(format!("has `{found}` at character {column}, where {wanted} should be"))
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<Field>, Mistake> {
        let mut fields: Vec<Field> = Vec::new();
        loop {
            let name = self.name()?;
            if fields.iter().any(|field| field.name == name) {
                return Err(self.wrong(format!("names the column `{name}` twice")));
            }
            let data_type = self.data_type(depth).map_err(|mistake| mistake.of(&format!("column `{name}`")))?;
            fields.push(Field { name, data_type });
            if !self.take(',') {
                return Ok(fields);
            }
        }
    }

    fn name(&mut self) -> Result<String, Mistake> {
        if self.take('"') {
            return self.quoted();
        }
        let word = self.word();
        if word.is_empty() {
            return match self.peek() {
                Some(other) => Err(self.unexpected(other, "a column name")),
                None => Err(self.wrong("ends where a column name is missing".into())),
            };
        }
        Ok(word.to_string())
    }

    /// The rest of a name after its opening quote; a doubled quote stands for one.
    fn quoted(&mut self) -> Result<String, Mistake> {
        let mut name = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return Err(self.wrong("has a name whose closing quote is missing".into()));
            };
            name.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            if !self.rest.starts_with('"') {
                break;
            }
            name.push('"');
            self.rest = &self.rest[1..];
        }
        if name.is_empty() { Err(self.wrong("has an empty column name".into())) } else { Ok(name) }
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn data_type(&mut self, depth: usize) -> Result<DataType, Mistake> {
        if depth > DEEPEST {
            return Err(self.wrong(format!("nests types more than {DEEPEST} deep")));
        }
        let word = self.word();
        if let Some(flat) = flat_type(word) {
            return Ok(flat);
        }
        match word.to_ascii_uppercase().as_str() {
            "ARRAY" => {
                self.expect('<')?;
                let element = self.data_type(depth + 1)?;
                self.expect('>')?;
                Ok(DataType::List(Box::new(element)))
            }
            "STRUCT" => {
                self.expect('<')?;
                let fields = self.fields(depth + 1)?;
                self.expect('>')?;
                Ok(DataType::Struct(fields))
            }
            "" => Err(Mistake::new("the type is missing").hint(type_list())),
            _ => Err(unknown_type(word)),
        }
    }
}

fn flat_type(word: &str) -> Option<DataType> {
    Some(match word.to_ascii_uppercase().as_str() {
        "BOOLEAN" => DataType::Boolean,
        "INT" => DataType::Int32,
        "BIGINT" => DataType::Int64,
        "DOUBLE" => DataType::Float64,
        "STRING" => DataType::String,
        "BINARY" => DataType::Binary,
        "DATE" => DataType::Date,
        "TIMESTAMP" => DataType::Timestamp,
        _ => return None,
    })
}

fn type_list() -> String {
    "types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>".into()
}

/// Names of types in other systems lead to ours; a typing slip leads to the nearest.
fn unknown_type(word: &str) -> Mistake {
    let upper = word.to_ascii_uppercase();
    let meant = match upper.as_str() {
        "FLOAT" | "REAL" | "F32" | "F64" | "FLOAT32" | "FLOAT64" | "NUMBER" | "NUMERIC" | "DECIMAL" => Some("DOUBLE"),
        "LONG" | "I64" | "INT64" | "INT8" => Some("BIGINT"),
        "INTEGER" | "I32" | "INT32" | "INT4" | "SMALLINT" | "TINYINT" => Some("INT"),
        "TEXT" | "VARCHAR" | "CHAR" | "STR" | "UTF8" => Some("STRING"),
        "BOOL" => Some("BOOLEAN"),
        "DATETIME" | "TIMESTAMPTZ" | "TIME" => Some("TIMESTAMP"),
        "BYTES" | "BLOB" | "VARBINARY" => Some("BINARY"),
        "LIST" => Some("ARRAY"),
        "ROW" | "OBJECT" | "MAP" | "JSON" => Some("STRUCT"),
        _ => suggest(&upper, TYPE_NAMES),
    };
    let list = type_list();
    let hint = meant.map_or(list.clone(), |meant| format!("did you mean `{meant}`? {list}"));
    Mistake::new(format!("no type `{word}`")).hint(hint)
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_fields(f, &self.fields)
    }
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[Field]) -> fmt::Result {
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{field}")?;
    }
    Ok(())
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, &self.name)?;
        write!(f, " {}", self.data_type)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DataType::Boolean => "BOOLEAN",
            DataType::Int32 => "INT",
            DataType::Int64 => "BIGINT",
            DataType::Float64 => "DOUBLE",
            DataType::String => "STRING",
            DataType::Binary => "BINARY",
            DataType::Date => "DATE",
            DataType::Timestamp => "TIMESTAMP",
            DataType::List(element) => return write!(f, "ARRAY<{element}>"),
            DataType::Struct(fields) => {
                f.write_str("STRUCT<")?;
                write_fields(f, fields)?;
                return f.write_str(">");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary::schema;
    use proptest::prelude::*;

    fn wrong(text: &str) -> String {
        Schema::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn nested_types_and_quoted_names_are_read() {
        let text = "\"my \"\"col\"\"\" array < struct<a INT,b Array<string>> >, ts timestamp";
        let schema = Schema::parse(text).unwrap();
        assert_eq!(schema.names(), ["my \"col\"", "ts"]);
        insta::assert_snapshot!(schema, @r#""my ""col""" ARRAY<STRUCT<a INT, b ARRAY<STRING>>>, ts TIMESTAMP"#);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let texts = [
            "",
            "city",
            "city STRING,",
            "city STRING amount DOUBLE",
            "city TEXT",
            "a ARRAY<INT",
            "a STRUCT<b MAP>",
            "a INT, a INT",
            "\"a INT",
            "a BIGNT",
            "a INT; b INT",
        ];
        insta::assert_snapshot!(texts.map(wrong).join("\n"), @r#"
        the schema `` ends where a column name is missing
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        column `city`: the type is missing
        hint: types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        the schema `city STRING,` ends where a column name is missing
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        the schema `city STRING amount DOUBLE` has `a` at character 13, where `,` or the end should be
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        column `city`: no type `TEXT`
        hint: did you mean `STRING`? types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        column `a`: the schema `a ARRAY<INT` ends where `>` is missing
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        column `a`: column `b`: no type `MAP`
        hint: did you mean `STRUCT`? types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        the schema `a INT, a INT` names the column `a` twice
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        the schema `"a INT` has a name whose closing quote is missing
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        column `a`: no type `BIGNT`
        hint: did you mean `BIGINT`? types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        the schema `a INT; b INT` has `;` at character 6, where `,` or the end should be
        hint: a schema reads like `city STRING, amount DOUBLE, ts TIMESTAMP`
        "#);
    }

    #[test]
    fn endless_nesting_is_refused() {
        let text = format!("a {}INT{}", "ARRAY<".repeat(5000), ">".repeat(5000));
        assert!(wrong(&text).contains("more than 20 deep"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(schema in schema()) {
            prop_assert_eq!(Schema::parse(&schema.to_string()), Ok(schema));
        }

        #[test]
        fn no_text_breaks_the_reader(text: String) {
            let _ = Schema::parse(&text);
        }
    }
}
