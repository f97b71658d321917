//! The arguments of a magic taken apart: words, and options as the magic declares them (`--rows N` takes a value, `--all` does not).

use super::{Call, Magic, misused};
use headwater_look::Outcome;

/// What a call gave.
#[derive(Debug)]
pub struct Given<'a> {
    /// The words that are no options, in order.
    pub words: Vec<&'a str>,
    options: Vec<(&'static str, &'a str)>,
}

impl<'a> Given<'a> {
    /// Takes the arguments of `call` apart.
    ///
    /// # Errors
    /// An option that `magic` does not have, or one without its value.
    pub fn of(magic: &dyn Magic, call: &Call<'a>) -> Outcome<Given<'a>> {
        let mut given = Given { words: Vec::new(), options: Vec::new() };
        let mut words = call.words().into_iter();
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                given.words.push(word);
                continue;
            }
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let known = magic.options().iter().map(|(option, _)| *option).find(|option| name_of(option) == name);
            let Some(option) = known else { return Err(unknown(magic, name)) };
            let takes_value = option != name_of(option);
            let value = match (takes_value, value) {
                (true, None) => {
                    words.next().ok_or_else(|| misused(magic, format!("`{name}` needs a value: `{option}`")))?
                }
                (true, Some(value)) => value,
                (false, None) => "",
                (false, Some(_)) => return Err(misused(magic, format!("`{name}` takes no value"))),
            };
            given.options.push((name_of(option), value));
        }
        Ok(given)
    }

    /// Whether an option was given.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of an option; of one that was given twice, the last.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.options.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}

/// `--rows` of `--rows N`.
pub fn name_of(option: &'static str) -> &'static str {
    option.split_once([' ', '=']).map_or(option, |(name, _)| name)
}

fn unknown(magic: &dyn Magic, name: &str) -> Vec<headwater_exec::Error> {
    let written = format!("{}{}", magic.takes().sign(), magic.name());
    let near = headwater::suggest(name, magic.options().iter().map(|(option, _)| name_of(option)));
    let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    misused(magic, format!("`{written}` has no option `{name}`{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::magics::{named, split};

    fn given(code: &str) -> Result<String, String> {
        let cell = split(code);
        let call = &cell.calls[0];
        let magic = named(call).expect("there is such a magic");
        match Given::of(magic, call) {
            Ok(given) => Ok(format!("{:?} {:?}", given.words, given.options)),
            Err(errors) => Err(errors[0].to_string()),
        }
    }

    #[test]
    fn options_are_those_that_a_magic_declares() {
        assert_eq!(
            given("%peek a --rows 5 b --from=latest").unwrap(),
            r#"["a", "b"] [("--rows", "5"), ("--from", "latest")]"#
        );
        assert_eq!(given("%topics --all").unwrap(), r#"[] [("--all", "")]"#);
        insta::assert_snapshot!(given("%peek a --row 5").unwrap_err(), @r"
        `%peek` has no option `--row`; did you mean `--rows`?
        hint: write `%peek TOPIC [--brokers B] [--rows N] [--partition P] [--from earliest|latest|OFFSET]`
        ");
        insta::assert_snapshot!(given("%peek a --rows").unwrap_err(), @r"
        `--rows` needs a value: `--rows N`
        hint: write `%peek TOPIC [--brokers B] [--rows N] [--partition P] [--from earliest|latest|OFFSET]`
        ");
        insta::assert_snapshot!(given("%topics --all=1").unwrap_err(), @r"
        `--all` takes no value
        hint: write `%topics [BROKERS] [--all]`
        ");
    }
}
