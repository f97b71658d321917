//! What a user got wrong and what to do about it; a [`PlanError`] is a mistake with the step it is in.

use std::fmt;

/// Something that cannot be understood: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong: a lowercase fragment, names in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Mistake {
        Mistake { hint: Some(hint.into()), ..self }
    }

    /// The same mistake, saying where it is: `column `x`: no type `INTT``.
    pub(crate) fn of(self, place: &str) -> Mistake {
        Mistake { message: format!("{place}: {}", self.message), ..self }
    }

    /// The same mistake as one of a step.
    pub(crate) fn at(self, node: u32) -> PlanError {
        PlanError { node, message: self.message, hint: self.hint }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_both(f, &self.message, self.hint.as_deref())
    }
}

impl std::error::Error for Mistake {}

/// A mistake in a plan: in which step, what, and what to do. It is found before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct PlanError {
    /// The id of the node it is in; [`crate::Plan::describe`] names it for people.
    pub node: u32,
    /// What is wrong: a lowercase fragment, names in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_both(f, &self.message, self.hint.as_deref())
    }
}

impl std::error::Error for PlanError {}

fn write_both(f: &mut fmt::Formatter<'_>, message: &str, hint: Option<&str>) -> fmt::Result {
    f.write_str(message)?;
    match hint {
        Some(hint) => write!(f, "\nhint: {hint}"),
        None => Ok(()),
    }
}
