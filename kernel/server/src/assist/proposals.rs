//! A list of proposals while it is made: each text once, what fits what was typed, the likeliest first.

/// One thing that could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The text.
    pub text: String,
    /// What it is: `column STRING`, `topic`, `function`, …
    pub kind: String,
    /// How it is called, for a function.
    pub signature: Option<String>,
}

/// Proposals for the bytes from `start` to `end` of the cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposals {
    /// The proposals.
    pub all: Vec<Proposal>,
    /// Where the replaced text begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether rust-analyzer may know more.
    pub rust: bool,
}

impl Proposals {
    /// None yet, for these bytes.
    pub fn of(start: usize, end: usize) -> Proposals {
        Proposals { start, end, ..Proposals::default() }
    }

    /// Adds what is not there yet.
    pub fn push(&mut self, text: impl Into<String>, kind: impl Into<String>) {
        self.add(Proposal { text: text.into(), kind: kind.into(), signature: None });
    }

    /// Adds a function that is not there yet.
    pub fn push_function(&mut self, text: impl Into<String>, signature: impl Into<String>) {
        self.add(Proposal { text: text.into(), kind: "function".to_owned(), signature: Some(signature.into()) });
    }

    /// Adds what is not there yet.
    pub fn add(&mut self, proposal: Proposal) {
        if self.all.iter().all(|own| own.text != proposal.text) {
            self.all.push(proposal);
        }
    }

    /// What begins as was typed, whatever its case; where nothing does, what has it somewhere. What was typed exactly so comes first.
    #[must_use]
    pub fn fitting(mut self, typed: &str) -> Proposals {
        if typed.is_empty() {
            return self;
        }
        let small = typed.to_lowercase();
        let begins = |own: &Proposal| own.text.to_lowercase().starts_with(&small);
        if self.all.iter().any(begins) {
            self.all.retain(begins);
        } else {
            self.all.retain(|own| own.text.to_lowercase().contains(&small));
        }
        self.all.sort_by_key(|own| !own.text.starts_with(typed));
        self
    }
}
