//! Signatures as people read them: `substring(text: STRING, start: whole number[, length: whole number]) → STRING`.

use super::{Callee, FunctionSpec, Gives, Param, Takes};

impl FunctionSpec {
    /// The fewest and the most arguments it takes.
    pub fn arity(&self) -> (usize, usize) {
        let least = self.params.iter().filter(|param| !param.optional).count();
        (least, if self.repeats { usize::MAX } else { self.params.len() })
    }

    /// The parameter at which argument `at` stands; the last one for what repeats.
    pub fn param(&self, at: usize) -> Option<&'static Param> {
        self.params.get(at).or_else(|| self.params.last().filter(|_| self.repeats))
    }

    /// What it takes and gives, on one line.
    ///
    /// ```
    /// use headwater::catalogue::function_named;
    /// let length = function_named("length").map(|spec| spec.signature());
    /// assert_eq!(length.as_deref(), Some("length(text: STRING) → BIGINT"));
    /// ```
    pub fn signature(&self) -> String {
        let operand = |at: usize| self.params.get(at).map(|param| param.takes.words()).unwrap_or_default();
        let call = match self.callee {
            Callee::Binary(_) => format!("{} {} {}", operand(0), self.name, operand(1)),
            Callee::Unary(_) if self.name.starts_with("is ") => format!("{} {}", operand(0), self.name),
            Callee::Unary(_) => format!("{} {}", self.name, operand(0)),
            Callee::Cast => "cast(value as type)".to_owned(),
            Callee::When => "case when BOOLEAN then value … [else value] end".to_owned(),
            Callee::Function(_) => format!("{}({})", self.name, self.params_text()),
        };
        format!("{call} → {}", self.gives.words())
    }

    fn params_text(&self) -> String {
        let mut text = String::new();
        for (at, param) in self.params.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let words = param.takes.words();
            let own =
                if words == param.name { format!("{comma}{words}") } else { format!("{comma}{}: {words}", param.name) };
            text.push_str(&if param.optional { format!("[{own}]") } else { own });
        }
        text + if self.repeats { ", …" } else { "" }
    }
}

impl Takes {
    /// What may stand there, in a word or two.
    pub fn words(self) -> String {
        match self {
            Takes::Any => "value".into(),
            Takes::Flat => "flat".into(),
            Takes::Truth => "BOOLEAN".into(),
            Takes::Number => "number".into(),
            Takes::Whole => "whole number".into(),
            Takes::Text => "STRING".into(),
            Takes::Time => "DATE or TIMESTAMP".into(),
            Takes::Day => "DATE, TIMESTAMP or STRING".into(),
            Takes::Same | Takes::Equal => "value".into(),
            Takes::Ordered => "ordered".into(),
            Takes::List => "ARRAY".into(),
            Takes::Element => "element".into(),
            Takes::Struct => "STRUCT".into(),
            Takes::Listed => "constant".into(),
            Takes::Digits => "0 to 15".into(),
            Takes::Group => "constant whole number".into(),
            Takes::Word(words) => words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join("|"),
            Takes::Length => "length of time".into(),
            Takes::Pattern => "constant pattern".into(),
            Takes::Format => "constant format".into(),
            Takes::Path => "constant path".into(),
            Takes::Member => "constant name".into(),
        }
    }
}

impl Gives {
    /// The type in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Gives::Boolean => "BOOLEAN",
            Gives::BigInt => "BIGINT",
            Gives::Double => "DOUBLE",
            Gives::Text => "STRING",
            Gives::Date => "DATE",
            Gives::Timestamp => "TIMESTAMP",
            Gives::Texts => "ARRAY<STRING>",
            Gives::Widest => "the widest of the numbers",
            Gives::Same => "the type of the values",
            Gives::Element => "the type of the elements",
            Gives::Member => "the type of the member",
            Gives::Named => "that type",
        }
    }
}
