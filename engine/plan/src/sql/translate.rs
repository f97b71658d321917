//! The tree of `sqlparser` as the tree of a plan. What the plan cannot say is named, with its place in the text.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CeilFloorKind, Expr as Sql, Ident, InTarget, Spanned, Subscript,
    TrimWhereField, UnaryOperator, Value, ValueWithSpan,
};

use super::constant;
use super::fault::SqlFault;
use crate::catalogue::function_named;
use crate::expr::{BinaryOp, Branch, Expr, Function, Literal, col, concat, lit, null};

/// Deeper trees than this are refused before they can exhaust the stack.
const DEEPEST: usize = 200;

/// The expression of a plan that a parsed one means.
///
/// # Errors
/// What a plan cannot say, with its place.
pub fn translate(sql: &Sql) -> Result<Expr, SqlFault> {
    translate_within(&mut Alone, sql)
}

/// The same, where names and calls may mean something else than a column and a function of a row.
pub(super) fn translate_within(around: &mut dyn Around, sql: &Sql) -> Result<Expr, SqlFault> {
    Translator { depth: 0, around }.expr(sql)
}

/// What stands around an expression.
pub(super) trait Around {
    /// What this part of the expression means here, when it is not what it says by itself.
    fn instead(&mut self, part: &Sql) -> Result<Option<Expr>, SqlFault>;
}

/// Nothing stands around it.
struct Alone;

impl Around for Alone {
    fn instead(&mut self, _part: &Sql) -> Result<Option<Expr>, SqlFault> {
        Ok(None)
    }
}

/// On the way down a tree.
pub(super) struct Translator<'a> {
    depth: usize,
    around: &'a mut dyn Around,
}

impl Translator<'_> {
    pub(super) fn expr(&mut self, sql: &Sql) -> Result<Expr, SqlFault> {
        if self.depth == DEEPEST {
            return Err(SqlFault::new("the expression is nested too deeply")
                .hint("put a part of it into a column of its own with `.with_columns`"));
        }
        self.depth += 1;
        let translated = match self.around.instead(sql) {
            Ok(Some(expr)) => Ok(expr),
            Ok(None) => self.any(sql),
            Err(fault) => Err(fault),
        };
        let translated = translated.map_err(|fault| fault.of(sql));
        self.depth -= 1;
        translated
    }

    fn any(&mut self, sql: &Sql) -> Result<Expr, SqlFault> {
        match sql {
            Sql::Identifier(name) => Ok(col(name.value.as_str())),
            Sql::CompoundIdentifier(names) => member(names),
            Sql::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            Sql::Nested(inner) => self.expr(inner),
            Sql::Value(value) => constant::constant(value),
            Sql::TypedString(typed) => constant::typed(typed),
            Sql::UnaryOp { op, expr } => self.unary(*op, expr),
            Sql::BinaryOp { left, op, right } => self.binary(left, op, right),
            Sql::Cast { expr, data_type, format: None, .. } => {
                Ok(self.expr(expr)?.cast(constant::data_type(data_type)?))
            }
            Sql::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Sql::Function(call) => self.call(call),
            Sql::Ceil { expr, field } => self.rounded(expr, field, Function::Ceil),
            Sql::Floor { expr, field } => self.rounded(expr, field, Function::Floor),
            Sql::Extract { field, expr, .. } => self.extract(&constant::part(field), expr),
            Sql::Position { expr, r#in } => Ok(self.expr(r#in)?.position(self.expr(expr)?)),
            Sql::Substring { expr, substring_from, substring_for, .. } => {
                let args = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                let args = args.into_iter().flatten().map(|arg| self.expr(arg)).collect::<Result<_, _>>()?;
                Ok(Expr::Function { function: Function::Substring, args })
            }
            Sql::Trim { trim_where, trim_what, expr, trim_characters: None } => {
                self.trim(*trim_where, trim_what.as_deref(), expr)
            }
            other => self.test(other),
        }
    }

    /// Questions about values: `is …`, `in`, `between`, `like`.
    fn test(&mut self, sql: &Sql) -> Result<Expr, SqlFault> {
        let unless = |negated: bool, test: Expr| if negated { test.not() } else { test };
        match sql {
            Sql::IsNull(expr) => Ok(self.expr(expr)?.is_null()),
            Sql::IsNotNull(expr) => Ok(self.expr(expr)?.is_not_null()),
            Sql::IsUnknown(expr) => Ok(self.expr(expr)?.is_null()),
            Sql::IsNotUnknown(expr) => Ok(self.expr(expr)?.is_not_null()),
            Sql::IsTrue(expr) => Ok(self.expr(expr)?.is_distinct_from(true).not()),
            Sql::IsNotTrue(expr) => Ok(self.expr(expr)?.is_distinct_from(true)),
            Sql::IsFalse(expr) => Ok(self.expr(expr)?.is_distinct_from(false).not()),
            Sql::IsNotFalse(expr) => Ok(self.expr(expr)?.is_distinct_from(false)),
            Sql::IsDistinctFrom(left, right) => Ok(self.expr(left)?.is_distinct_from(self.expr(right)?)),
            Sql::IsNotDistinctFrom(left, right) => Ok(self.expr(left)?.is_distinct_from(self.expr(right)?).not()),
            Sql::Between { expr, negated, low, high } => {
                Ok(unless(*negated, self.expr(expr)?.between(self.expr(low)?, self.expr(high)?)))
            }
            Sql::In { expr, target: InTarget::List(items), negated, global: false } => {
                let value = self.expr(expr)?;
                let items = items.iter().map(|item| self.expr(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(unless(*negated, value.is_in(items)))
            }
            Sql::Like { negated, any: false, expr, pattern, escape_char: None } => {
                let args = vec![self.expr(expr)?, self.expr(pattern)?];
                Ok(unless(*negated, Expr::Function { function: Function::Like, args }))
            }
            Sql::RLike { negated, expr, pattern, .. } => {
                let args = vec![self.expr(expr)?, self.expr(pattern)?];
                Ok(unless(*negated, Expr::Function { function: Function::RegexMatches, args }))
            }
            other => Err(refused(other)),
        }
    }

    fn unary(&mut self, op: UnaryOperator, operand: &Sql) -> Result<Expr, SqlFault> {
        match (op, operand) {
            // A number with its sign is one constant, as in a cell.
            (UnaryOperator::Minus, Sql::Value(ValueWithSpan { value: Value::Number(digits, _), .. })) => {
                constant::number(&format!("-{digits}"))
            }
            (UnaryOperator::Minus, _) => Ok(-self.expr(operand)?),
            (UnaryOperator::Plus, _) => self.expr(operand),
            (UnaryOperator::Not, _) => Ok(self.expr(operand)?.not()),
            (other, _) => Err(SqlFault::new(format!("no operator `{other}`"))),
        }
    }

    fn binary(&mut self, left: &Sql, op: &BinaryOperator, right: &Sql) -> Result<Expr, SqlFault> {
        if let (BinaryOperator::Plus | BinaryOperator::Minus, Sql::Interval(interval)) = (op, right) {
            let length = crate::expr::duration(constant::length(interval)?);
            let time = self.expr(left)?;
            return Ok(if *op == BinaryOperator::Plus { time + length } else { time - length });
        }
        let own = match op {
            BinaryOperator::Plus => BinaryOp::Add,
            BinaryOperator::Minus => BinaryOp::Sub,
            BinaryOperator::Multiply => BinaryOp::Mul,
            BinaryOperator::Divide => BinaryOp::Div,
            BinaryOperator::Modulo => BinaryOp::Mod,
            BinaryOperator::Eq => BinaryOp::Eq,
            BinaryOperator::NotEq => BinaryOp::NotEq,
            BinaryOperator::Lt => BinaryOp::Lt,
            BinaryOperator::LtEq => BinaryOp::LtEq,
            BinaryOperator::Gt => BinaryOp::Gt,
            BinaryOperator::GtEq => BinaryOp::GtEq,
            BinaryOperator::And => BinaryOp::And,
            BinaryOperator::Or => BinaryOp::Or,
            _ => return self.named_operator(left, op, right),
        };
        let [left, right] = [self.expr(left)?, self.expr(right)?].map(Box::new);
        Ok(Expr::Binary { op: own, left, right })
    }

    /// Signs for what is a function here.
    fn named_operator(&mut self, left: &Sql, op: &BinaryOperator, right: &Sql) -> Result<Expr, SqlFault> {
        let [one, other] = [self.expr(left)?, self.expr(right)?];
        match op {
            BinaryOperator::StringConcat => Ok(match one {
                // `a || b || c` is one call, as in a cell.
                Expr::Function { function: Function::Concat, mut args } => {
                    args.push(other);
                    Expr::Function { function: Function::Concat, args }
                }
                first => concat([first, other]),
            }),
            BinaryOperator::DuckIntegerDivide | BinaryOperator::MyIntegerDivide => Ok(one.floor_div(other)),
            BinaryOperator::Spaceship => Ok(one.is_distinct_from(other).not()),
            BinaryOperator::PGRegexMatch => {
                Ok(Expr::Function { function: Function::RegexMatches, args: vec![one, other] })
            }
            BinaryOperator::PGStartsWith => Ok(one.starts_with(other)),
            other => Err(SqlFault::new(format!("no operator `{other}`"))),
        }
    }

    fn case(
        &mut self,
        operand: Option<&Sql>,
        conditions: &[CaseWhen],
        otherwise: Option<&Sql>,
    ) -> Result<Expr, SqlFault> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        let mut branches = Vec::with_capacity(conditions.len());
        for CaseWhen { condition, result } in conditions {
            let condition = self.expr(condition)?;
            let when = operand.as_ref().map_or_else(|| condition.clone(), |operand| operand.eq(condition.clone()));
            branches.push(Branch { when, then: self.expr(result)? });
        }
        let otherwise = otherwise.map_or_else(|| Ok(null()), |otherwise| self.expr(otherwise))?;
        Ok(Expr::When { branches, otherwise: Box::new(otherwise) })
    }

    /// `ceil(n)`, `floor(n)`, and `floor(t to hour)`, which cuts a time.
    fn rounded(&mut self, expr: &Sql, field: &CeilFloorKind, function: Function) -> Result<Expr, SqlFault> {
        let value = self.expr(expr)?;
        match field {
            CeilFloorKind::DateTimeField(sqlparser::ast::DateTimeField::NoDateTime) => {
                Ok(Expr::Function { function, args: vec![value] })
            }
            CeilFloorKind::DateTimeField(field) if function == Function::Floor => {
                Ok(value.date_trunc(field.to_string().to_ascii_lowercase()))
            }
            _ => Err(SqlFault::new(format!("`{}` takes 1 argument", function.name()))
                .hint("`round(n, digits)` takes digits")),
        }
    }

    fn extract(&mut self, part: &str, expr: &Sql) -> Result<Expr, SqlFault> {
        match function_named(part) {
            Some(spec) => self.of_row(spec, &[expr]),
            None => Err(SqlFault::new(format!("`extract` knows no part `{part}`"))
                .hint("parts: year, month, day, hour, minute, second, dow, doy; `epoch_ms(t)` for the epoch")),
        }
    }

    fn trim(&mut self, side: Option<TrimWhereField>, what: Option<&Sql>, expr: &Sql) -> Result<Expr, SqlFault> {
        if let Some(what) = what
            && constant::text_of(&self.expr(what)?) != Some(" ")
        {
            let fault = SqlFault::new("`trim` takes away spaces only");
            return Err(fault.hint("take others with `regex_replace(text, '^-+', '')`"));
        }
        let text = self.expr(expr)?;
        Ok(match side {
            Some(TrimWhereField::Leading) => text.ltrim(),
            Some(TrimWhereField::Trailing) => text.rtrim(),
            Some(TrimWhereField::Both) | None => text.trim(),
        })
    }

    /// `user.name`, `tags[1]` and chains of them.
    fn access(&mut self, root: &Sql, chain: &[AccessExpr]) -> Result<Expr, SqlFault> {
        let (mut value, rest) = match (root, chain) {
            // `orders.tags[1]`, where `orders` may be a table.
            (Sql::Identifier(first), [AccessExpr::Dot(Sql::Identifier(second)), rest @ ..]) => {
                (self.expr(&Sql::CompoundIdentifier(vec![first.clone(), second.clone()]))?, rest)
            }
            _ => (self.expr(root)?, chain),
        };
        for step in rest {
            value = match step {
                AccessExpr::Dot(Sql::Identifier(name)) => value.field(name.value.as_str()),
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let index = self.expr(index)?;
                    self.element(&value, index)?
                }
                _ => return Err(SqlFault::new("a part of a value is `value.name` or `value[1]`")),
            };
        }
        Ok(value)
    }

    /// `tags[1]`: SQL counts from 1, `get` from 0. A text between the brackets names a member.
    fn element(&self, value: &Expr, index: Expr) -> Result<Expr, SqlFault> {
        match index {
            Expr::Literal(Literal::Int(0)) => Err(SqlFault::new("SQL counts elements from 1")
                .hint("`tags[1]` is the first; `get(tags, 0)` counts from 0")),
            // From the end there is no difference: -1 is the last.
            Expr::Literal(Literal::Int(at)) => Ok(value.get(if at > 0 { at - 1 } else { at })),
            Expr::Literal(Literal::String(name)) => Ok(value.field(name)),
            other => Ok(value.get(other - lit(1))),
        }
    }
}

/// `user.name.first`: a column and its members.
fn member(names: &[Ident]) -> Result<Expr, SqlFault> {
    let [first, rest @ ..] = names else { return Err(SqlFault::new("a name is missing")) };
    Ok(rest.iter().fold(col(first.value.as_str()), |whole, name| whole.field(name.value.as_str())))
}

/// What there is in SQL but not in an expression.
fn refused(sql: &Sql) -> SqlFault {
    let fault = match sql {
        Sql::Subquery(_) | Sql::Exists { .. } | Sql::In { .. } => {
            SqlFault::new("a subquery cannot stand in an expression").hint("join the two streams instead")
        }
        Sql::AnyOp { .. } | Sql::AllOp { .. } => {
            SqlFault::new("`any` and `all` are not possible").hint("write `in (…)`")
        }
        Sql::ILike { .. } => SqlFault::new("no operator `ilike`").hint("write `lower(text) like 'new%'`"),
        Sql::SimilarTo { .. } => SqlFault::new("no operator `similar to`").hint("write `regex_matches(text, '…')`"),
        Sql::Like { .. } => {
            SqlFault::new("`like` takes a pattern only").hint("a `\\` takes the meaning from `%` and `_`")
        }
        Sql::Interval(_) => {
            SqlFault::new("an interval stands behind `+` or `-`").hint("write `ts + interval '5' minute`")
        }
        Sql::AtTimeZone { .. } => SqlFault::new("times are UTC; `at time zone` is not possible")
            .hint("add the offset: `ts + interval '2' hour`"),
        Sql::Cast { .. } => SqlFault::new("a cast has no format").hint("write `parse_timestamp(text, '%d.%m.%Y')`"),
        Sql::Wildcard(_) | Sql::QualifiedWildcard(..) => SqlFault::new("`*` is no expression").hint("name the columns"),
        Sql::Collate { .. } => {
            SqlFault::new("`collate` is not possible: texts compare by their characters' code points")
        }
        other => SqlFault::new(format!("`{other}` is SQL that an expression cannot have")),
    };
    fault.at(sql.span().start)
}
