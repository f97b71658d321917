//! What the kernel keeps of the cells' variables. Values live in the process that runs the cells; what the kernel keeps of some of them
//! outlives it. They are handed over, and made anew, by code of the kernel's own that runs between cells, or in front of one.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Who keeps variables: knows which, and the code that hands one over and makes it anew.
pub trait Keeper: Send + Sync {
    /// What is kept, in the plural, for messages.
    fn what(&self) -> &'static str;

    /// Whether values of this type are kept, named as the compiler names it.
    fn keeps(&self, type_name: &str) -> bool;

    /// A statement that hands over the value of a variable.
    fn hand_over(&self, variable: &str) -> String;

    /// A statement that makes the variable anew from what is kept of it; nothing when nothing is.
    fn give_back(&self, variable: &str) -> Option<String>;
}

/// Which variables are still to be handed over, and which are to be made.
#[derive(Default)]
pub(crate) struct Kept {
    keeper: Option<Arc<dyn Keeper>>,
    /// Handed over as they are.
    known: BTreeSet<String>,
    /// Defined, or defined anew, and not handed over yet.
    waiting: BTreeSet<String>,
    /// Kept, but no variables of the process.
    missing: BTreeSet<String>,
}

/// What is done of that by a piece of code.
#[derive(Default)]
pub(crate) struct Errand {
    /// The code, one statement a line.
    pub(crate) code: String,
    handed_over: Vec<String>,
    given_back: Vec<String>,
}

impl Kept {
    pub(crate) fn keep_with(&mut self, keeper: Arc<dyn Keeper>) {
        self.keeper = Some(keeper);
    }

    /// Whether there is something to do between cells.
    pub(crate) fn is_due(&self) -> bool {
        !self.waiting.is_empty() || !self.missing.is_empty()
    }

    /// Whether a value is not handed over yet.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A variable is to be made of what is kept under its name.
    pub(crate) fn make(&mut self, variable: String) {
        self.waiting.remove(&variable);
        self.missing.insert(variable);
    }

    /// A cell ran, after which there are these variables, with their types.
    pub(crate) fn after_cell<'a>(&mut self, code: &str, variables: impl Iterator<Item = (&'a str, &'a str)>) {
        let Some(keeper) = &self.keeper else { return };
        let now: BTreeSet<String> =
            variables.filter(|(_, of)| keeper.keeps(of)).map(|(name, _)| name.to_owned()).collect();
        self.known.retain(|name| now.contains(name));
        self.waiting.retain(|name| now.contains(name));
        let set = assigned(code);
        // A variable that is to be made has an old value, if it has one.
        let concerns = now.into_iter().filter(|name| !self.missing.contains(name));
        self.waiting.extend(concerns.filter(|name| set.contains(name.as_str()) || !self.known.contains(name)));
        let waiting = &self.waiting;
        self.known.retain(|name| !waiting.contains(name));
    }

    /// The process is gone, and these variables with it: those of them that will be made anew, and what they are.
    pub(crate) fn after_loss(&mut self, variables: &[(String, String)]) -> Option<(&'static str, Vec<String>)> {
        let keeper = self.keeper.clone()?;
        let lost = variables.iter().filter(|(name, of)| keeper.keeps(of) && keeper.give_back(name).is_some());
        self.missing.extend(lost.map(|(name, _)| name.clone()));
        self.known.clear();
        self.waiting.clear();
        Some((keeper.what(), self.missing.iter().cloned().collect()))
    }

    /// All that is due.
    pub(crate) fn errand(&mut self) -> Option<Errand> {
        let all = self.missing.clone();
        let mut errand = self.giving_back(all);
        let keeper = self.keeper.as_ref()?;
        for name in &self.waiting {
            errand.code.push_str(&format!("{}\n", keeper.hand_over(name)));
            errand.handed_over.push(name.clone());
        }
        (!errand.code.is_empty()).then_some(errand)
    }

    /// What must stand in front of a cell: the variables it speaks of that are to be made.
    pub(crate) fn in_front_of(&mut self, code: &str) -> Errand {
        let spoken_of: BTreeSet<&str> = words(code).collect();
        let wanted = self.missing.iter().filter(|name| spoken_of.contains(name.as_str())).cloned().collect();
        self.giving_back(wanted)
    }

    fn giving_back(&mut self, variables: BTreeSet<String>) -> Errand {
        let mut errand = Errand::default();
        let Some(keeper) = &self.keeper else { return errand };
        for name in variables {
            match keeper.give_back(&name) {
                Some(statement) => {
                    errand.code.push_str(&format!("{statement}\n"));
                    errand.given_back.push(name);
                }
                None => {
                    self.missing.remove(&name);
                }
            }
        }
        errand
    }

    /// The code of an errand ran.
    pub(crate) fn done(&mut self, errand: Errand) {
        for name in errand.given_back {
            self.missing.remove(&name);
            self.known.insert(name);
        }
        for name in errand.handed_over {
            self.waiting.remove(&name);
            self.known.insert(name);
        }
    }

    /// The code of an errand does not work, and would not another time.
    pub(crate) fn give_up(&mut self, errand: &Errand) {
        for name in &errand.given_back {
            self.missing.remove(name);
        }
        for name in &errand.handed_over {
            self.waiting.remove(name);
            self.known.insert(name.clone());
        }
    }
}

impl Errand {
    /// Its statements one by one, when there are several.
    pub(crate) fn parts(&self) -> Vec<Errand> {
        let mut statements = self.code.lines().map(|line| format!("{line}\n"));
        let mut parts = Vec::new();
        for (names, gives) in [(&self.given_back, true), (&self.handed_over, false)] {
            for name in names {
                let code = statements.next().unwrap_or_default();
                let (mut handed_over, mut given_back) = (Vec::new(), Vec::new());
                if gives { &mut given_back } else { &mut handed_over }.push(name.clone());
                parts.push(Errand { code, handed_over, given_back });
            }
        }
        parts
    }
}

/// The names that a cell may have set: those between `let` and `=`, and those before a `=`. One too many does no harm.
fn assigned(code: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices('=') {
        let (before, after) = (&code[..at], &code[at + 1..]);
        let compares = after.starts_with(['=', '>']) || before.ends_with(['=', '!', '<', '>']);
        if compares {
            continue;
        }
        let statement = before.rfind([';', '{', '}']).map_or(0, |end| end + 1);
        match before[statement..].rfind("let ") {
            Some(begin) => names.extend(words(&before[statement + begin + 4..])),
            None => names.extend(words(before).last()),
        }
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|next: char| !next.is_alphanumeric() && next != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers;

    impl Keeper for Numbers {
        fn what(&self) -> &'static str {
            "numbers"
        }

        fn keeps(&self, type_name: &str) -> bool {
            type_name == "i32"
        }

        fn hand_over(&self, variable: &str) -> String {
            format!("tell({variable});")
        }

        fn give_back(&self, variable: &str) -> Option<String> {
            (variable != "unknown").then(|| format!("let {variable} = 1;"))
        }
    }

    fn kept() -> Kept {
        let mut kept = Kept::default();
        kept.keep_with(Arc::new(Numbers));
        kept
    }

    #[test]
    fn what_a_cell_sets_is_known_by_its_text() {
        let names = |code| assigned(code).into_iter().collect::<Vec<_>>();
        assert_eq!(names("let a = 1; let (mut b, c): (i32, i32) = f(d);"), ["a", "b", "c", "i32", "mut"]);
        assert_eq!(names("a = b; if c == d { e <= f } else { g != h }"), ["a"]);
        assert_eq!(names("x.iter().map(|y| match y { 1 => 2 })"), [""; 0]);
    }

    #[test]
    fn a_variable_is_handed_over_once_and_again_when_it_is_set_again() {
        let mut kept = kept();
        kept.after_cell("let a = 1; let b = \"\";", [("a", "i32"), ("b", "&str")].into_iter());
        let errand = kept.errand().unwrap();
        assert_eq!(errand.code, "tell(a);\n");
        kept.done(errand);
        kept.after_cell("a + 1", [("a", "i32")].into_iter());
        assert!(!kept.is_due());
        kept.after_cell("a = 2;", [("a", "i32")].into_iter());
        assert!(kept.is_waiting());
        kept.after_cell("drop(a)", std::iter::empty());
        assert!(!kept.is_due(), "it was moved away");
    }

    #[test]
    fn what_is_lost_and_kept_is_made_anew_by_the_next_cell_that_needs_it() {
        let mut kept = kept();
        let lost = [("a", "i32"), ("unknown", "i32"), ("s", "String")].map(|(name, of)| (name.into(), of.into()));
        assert_eq!(kept.after_loss(&lost), Some(("numbers", vec!["a".to_owned()])));
        kept.make("c".to_owned());
        assert_eq!(kept.in_front_of("b + ab").code, "");
        let errand = kept.in_front_of("a + 1");
        assert_eq!(errand.code, "let a = 1;\n");
        kept.done(errand);
        let parts: Vec<String> = kept.errand().unwrap().parts().into_iter().map(|part| part.code).collect();
        assert_eq!(parts, ["let c = 1;\n"]);
    }
}
