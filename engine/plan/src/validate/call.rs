//! A call held against its row of the catalogue: how many arguments, of which types, which must be constants; and its type.

use super::expr_type::{Kind, Typer, common_type, widest};
use crate::catalogue::{Callee, FunctionSpec, Gives, Takes};
use crate::duration::parse_duration;
use crate::expr::{Expr, Literal};
use crate::mistake::Mistake;
use crate::names::suggest;
use crate::{DataType, json_path};

impl Typer<'_> {
    /// The type of a call of `spec`; what is wrong with its arguments is noted.
    pub(super) fn call(&mut self, expr: &Expr, spec: &'static FunctionSpec, args: &[Expr]) -> Kind {
        match arity_mistake(spec, args.len()) {
            Some(mistake) => self.wrong(mistake),
            None => self.typed_call(expr, spec, &args.iter().collect::<Vec<_>>()),
        }
    }

    /// The same, once the number of arguments is right.
    pub(super) fn typed_call(&mut self, expr: &Expr, spec: &'static FunctionSpec, args: &[&Expr]) -> Kind {
        let mut kinds: Vec<Kind> = Vec::with_capacity(args.len());
        for (at, arg) in args.iter().enumerate() {
            let Some(param) = spec.param(at) else { continue };
            let kind = self.argument(expr, param.takes, arg, &kinds);
            kinds.push(kind);
        }
        let one = self.one_type_of(expr, spec, args, &kinds);
        match spec.gives {
            // A condition is one whatever is wrong inside, so that the mistakes around it are found too.
            Gives::Boolean if one != Kind::Wrong => Kind::Known(DataType::Boolean),
            _ if one == Kind::Wrong || kinds.contains(&Kind::Wrong) => Kind::Wrong,
            Gives::Boolean => Kind::Wrong,
            Gives::BigInt => Kind::Known(DataType::Int64),
            Gives::Double => Kind::Known(DataType::Float64),
            Gives::Text => Kind::Known(DataType::String),
            Gives::Date => Kind::Known(DataType::Date),
            Gives::Timestamp => Kind::Known(DataType::Timestamp),
            Gives::Texts => Kind::Known(DataType::List(Box::new(DataType::String))),
            Gives::Widest => widest(&numbers(spec, &kinds)),
            Gives::Same | Gives::Named => one,
            Gives::Element => match kinds.first() {
                Some(Kind::Known(DataType::List(element))) => Kind::Known((**element).clone()),
                _ => Kind::Null,
            },
            Gives::Member => kinds.last().cloned().unwrap_or(Kind::Null),
        }
    }

    /// What is known of one argument; `before` are those to its left.
    fn argument(&mut self, whole: &Expr, takes: Takes, arg: &Expr, before: &[Kind]) -> Kind {
        let wanted = match takes {
            Takes::Truth => "BOOLEAN",
            Takes::Number => "numbers",
            Takes::Whole => "whole numbers",
            Takes::Text => "STRING",
            Takes::Time => "a DATE or TIMESTAMP",
            Takes::Day => "a DATE, TIMESTAMP or STRING",
            Takes::Flat => "values that are not nested",
            Takes::List => "an ARRAY",
            Takes::Struct => "a STRUCT",
            Takes::Any | Takes::Same | Takes::Equal | Takes::Ordered => return self.of(arg),
            Takes::Element => return self.element(whole, arg, before),
            Takes::Member => return self.member(whole, arg, before),
            constant => return self.constant(whole, constant, arg),
        };
        let kinds = self.all(whole, &[arg], wanted, |found| fits(takes, found));
        kinds.into_iter().next().unwrap_or(Kind::Wrong)
    }

    /// The type that the arguments which must have one have; `Null` when there are none.
    fn one_type_of(&mut self, whole: &Expr, spec: &'static FunctionSpec, args: &[&Expr], kinds: &[Kind]) -> Kind {
        let is_one = |takes: &Takes| matches!(takes, Takes::Same | Takes::Equal | Takes::Ordered | Takes::Listed);
        let takes: Vec<Takes> = (0..args.len()).filter_map(|at| spec.param(at)).map(|param| param.takes).collect();
        let mut common = Kind::Null;
        for (kind, _) in kinds.iter().zip(&takes).filter(|(_, takes)| is_one(takes)) {
            common = self.joined(whole, common, kind.clone());
        }
        let ordered = takes.contains(&Takes::Ordered);
        match &common {
            Kind::Known(found) if takes.contains(&Takes::Equal) && found.is_nested() => {
                self.wrong(Mistake::new(format!("`{whole}`: {found} cannot be compared")))
            }
            Kind::Known(found) if ordered && (found.is_nested() || *found == DataType::Boolean) => {
                self.wrong(Mistake::new(format!("`{whole}`: {found} has no order")))
            }
            _ => common,
        }
    }

    fn element(&mut self, whole: &Expr, arg: &Expr, before: &[Kind]) -> Kind {
        match (before.first(), self.of(arg)) {
            (Some(Kind::Known(DataType::List(element))), Kind::Known(_)) if element.is_nested() => {
                self.wrong(Mistake::new(format!("`{whole}`: {element} cannot be compared")))
            }
            (Some(Kind::Known(DataType::List(element))), Kind::Known(found))
                if common_type(element, &found).is_none() =>
            {
                self.wrong(Mistake::new(format!("`{whole}` looks for {found} in a list of {element}")))
            }
            (_, kind) => kind,
        }
    }

    /// The type of the struct's member that `arg` names.
    fn member(&mut self, whole: &Expr, arg: &Expr, before: &[Kind]) -> Kind {
        let Expr::Literal(Literal::String(name)) = arg else {
            return self.wrong(Mistake::new(format!("`{whole}` needs the name of a member as a constant text")));
        };
        let Some(Kind::Known(DataType::Struct(fields))) = before.first() else { return Kind::Wrong };
        if let Some(field) = fields.iter().find(|field| field.name == *name) {
            return Kind::Known(field.data_type.clone());
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let near = suggest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`? "));
        let hint = format!("{}members: {}", near.unwrap_or_default(), names.join(", "));
        self.wrong(Mistake::new(format!("`{whole}`: no member `{name}`")).hint(hint))
    }

    /// An argument that must be a constant.
    fn constant(&mut self, whole: &Expr, takes: Takes, arg: &Expr) -> Kind {
        let wrong = match (takes, arg) {
            (Takes::Listed, Expr::Literal(_)) => return self.of(arg),
            (Takes::Listed, _) => Mistake::new(format!("`{whole}` needs constants; `{arg}` is none"))
                .hint("compare with what is no constant: `.eq(…).or(…)`"),
            (Takes::Digits, Expr::Literal(Literal::Int(0..=15))) => return Kind::Null,
            (Takes::Digits, _) => Mistake::new(format!("`{whole}` needs a constant number of digits from 0 to 15")),
            (Takes::Group, Expr::Literal(Literal::Int(0..=99))) => return Kind::Null,
            (Takes::Group, _) => {
                Mistake::new(format!("`{whole}` needs the number of a group as a constant from 0 to 99"))
            }
            (takes, Expr::Literal(Literal::String(text))) => match constant_mistake(whole, takes, text) {
                None => return Kind::Null,
                Some(mistake) => mistake,
            },
            (takes, _) => {
                Mistake::new(format!("`{whole}` needs {} as a constant text; `{arg}` is none", takes.words()))
            }
        };
        self.wrong(wrong)
    }
}

/// Why a constant text cannot stand there. Patterns and formats are read when the operators are made, before anything runs.
fn constant_mistake(whole: &Expr, takes: Takes, text: &str) -> Option<Mistake> {
    match takes {
        Takes::Word(words) if words.iter().any(|word| word.eq_ignore_ascii_case(text)) => None,
        Takes::Word(words) => {
            let near = suggest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`? "));
            let hint = format!("{}units: {}", near.unwrap_or_default(), words.join(", "));
            Some(Mistake::new(format!("`{whole}`: no unit `{text}`")).hint(hint))
        }
        Takes::Length => {
            let length = text.trim().strip_prefix('-').unwrap_or(text);
            parse_duration(length).err().map(|reason| Mistake::new(format!("`{whole}`: {reason}")))
        }
        Takes::Path => json_path::parse(text)
            .err()
            .map(|reason| Mistake::new(format!("`{whole}`: {reason}")).hint("a path reads like `$.user.tags[0]`")),
        _ => None,
    }
}

fn fits(takes: Takes, found: &DataType) -> bool {
    match takes {
        Takes::Truth => *found == DataType::Boolean,
        Takes::Number => found.is_numeric(),
        Takes::Whole => found.is_integer(),
        Takes::Text => *found == DataType::String,
        Takes::Time => matches!(found, DataType::Date | DataType::Timestamp),
        Takes::Day => matches!(found, DataType::Date | DataType::Timestamp | DataType::String),
        Takes::Flat => !found.is_nested(),
        Takes::List => matches!(found, DataType::List(_)),
        Takes::Struct => matches!(found, DataType::Struct(_)),
        _ => true,
    }
}

/// The kinds of the arguments that are numbers.
fn numbers(spec: &'static FunctionSpec, kinds: &[Kind]) -> Vec<Kind> {
    let is_number = |at: usize| spec.param(at).is_some_and(|param| param.takes == Takes::Number);
    kinds.iter().enumerate().filter(|(at, _)| is_number(*at)).map(|(_, kind)| kind.clone()).collect()
}

fn arity_mistake(spec: &'static FunctionSpec, found: usize) -> Option<Mistake> {
    let (least, most) = spec.arity();
    if matches!(spec.callee, Callee::Unary(_) | Callee::Binary(_)) || (least..=most).contains(&found) {
        return None;
    }
    let wanted = match (least, most) {
        (1, 1) => "1 argument".to_owned(),
        (1, usize::MAX) => "at least 1 argument".to_owned(),
        (least, usize::MAX) => format!("at least {least} arguments"),
        (least, most) if least == most => format!("{least} arguments"),
        (least, most) => format!("{least} or {most} arguments"),
    };
    let mistake = Mistake::new(format!("`{}` takes {wanted}, not {found}", spec.name));
    Some(mistake.hint(format!("it is `{}`", spec.signature())))
}
