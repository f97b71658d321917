//! Checks of event time, windows, group keys and aggregates.

use super::{Checker, EventTime, expr_type, no_column};
use crate::aggregate::{Agg, AggFunction};
use crate::duration::format_duration;
use crate::expr::Expr;
use crate::mistake::Mistake;
use crate::window::Window;
use crate::{DataType, Field, Schema};

/// The columns that a window adds to its results.
const WINDOW_COLUMNS: [&str; 2] = ["window_start", "window_end"];

impl Checker<'_> {
    pub(super) fn event_time(&mut self, node: u32, column: &str, before: Option<Schema>) -> Option<Schema> {
        if let Some(filter) = self.filtered {
            let filter = self.plan.describe(filter);
            let mistake = Mistake::new(format!("`event_time` comes after {filter}, but time is taken before filters"));
            self.wrong(node, mistake.hint("put `.event_time(…)` right after the source"));
        }
        if self.aggregated.is_some() {
            let mistake =
                Mistake::new("`event_time` comes after `group_by`, whose rows carry the time of their window");
            self.wrong(node, mistake.hint("put `.event_time(…)` right after the source"));
        }
        if let Some(step) = self.together {
            let step = self.plan.describe(step);
            let mistake =
                Mistake::new(format!("`event_time` comes after {step}, which brings several sources together"));
            self.wrong(node, mistake.hint("put `.event_time(…)` right after each source"));
        }
        if let Some(time) = &self.time {
            let mistake = Mistake::new(format!("event time is already `{}`", time.column));
            self.wrong(node, mistake.hint("keep one `.event_time(…)`"));
        }
        self.time = Some(EventTime { column: column.to_string(), lost_at: None });
        let schema = before?;
        match schema.field(column).map(|field| &field.data_type) {
            None => self.wrong(node, no_column(column, &schema)),
            Some(DataType::Timestamp | DataType::Int64) => {}
            Some(found) => self.wrong(node, not_a_time(column, found)),
        }
        Some(schema)
    }

    /// Notes that a node takes the event-time column away or changes it, if it `does`.
    pub(super) fn loses_time(&mut self, node: u32, does: impl Fn(&str) -> bool) {
        if let Some(time) = &mut self.time
            && time.lost_at.is_none()
            && does(&time.column)
        {
            time.lost_at = Some(node);
        }
    }

    pub(super) fn aggregate(
        &mut self,
        node: u32,
        keys: &[Expr],
        (window, expire_after_ms): (Option<&Window>, Option<u64>),
        aggs: &[Agg],
        before: Option<Schema>,
    ) -> Option<Schema> {
        if let Some(first) = self.aggregated {
            let first = self.plan.describe(first);
            let mistake = Mistake::new(format!("a second `group_by`, after {first}, is not possible yet"));
            self.wrong(node, mistake.hint("write the first result to a topic, and group that in a second pipeline"));
        } else {
            self.window(node, window, expire_after_ms);
        }
        self.aggregated.get_or_insert(node);
        if aggs.is_empty() {
            self.wrong(node, Mistake::new("`agg` has no aggregate").hint("add one, such as `count()`"));
        }
        let key_names: Vec<Option<String>> = keys.iter().map(|key| self.output_name(node, key)).collect();
        let named = self.result_names(node, key_names.iter().flatten(), aggs, window.is_some());
        let schema = before?;
        let mut fields: Vec<Option<Field>> = Vec::new();
        for (key, name) in keys.iter().zip(key_names) {
            let data_type = self.key_type(node, "group_by", key, &schema);
            fields.push(name.zip(data_type).map(|(name, data_type)| Field { name, data_type }));
        }
        if window.is_some() {
            fields.extend(WINDOW_COLUMNS.map(|name| Some(Field::new(name, DataType::Timestamp))));
        }
        for agg in aggs {
            let data_type = self.agg_type(node, agg, &schema);
            fields.push(data_type.map(|data_type| Field { name: agg.name.clone(), data_type }));
        }
        let fields: Option<Vec<Field>> = fields.into_iter().collect();
        fields.filter(|_| named).map(Schema::new)
    }

    fn window(&mut self, node: u32, window: Option<&Window>, expire_after_ms: Option<u64>) {
        let Some(window) = window else { return self.expiry(node, expire_after_ms) };
        if expire_after_ms.is_some() {
            let mistake = Mistake::new(format!("`expire_after` is for groups without a window; these have `{window}`"));
            self.wrong(node, mistake.hint("leave `.expire_after(…)` out: a window is forgotten when it is complete"));
        }
        if let Some(mistake) = impossible(window) {
            self.wrong(node, mistake.of(&format!("`window({window})`")));
        }
        let mistake = match &self.time {
            None => Mistake::new(format!("`window({window})` needs an event-time column"))
                .hint("put `.event_time(\"ts\", \"10s\")` before `group_by`, with your column of times"),
            Some(EventTime { column, lost_at: Some(step) }) => {
                let step = self.plan.describe(*step);
                Mistake::new(format!(
                    "`window({window})` needs the event-time column `{column}`, which {step}, changes or removes"
                ))
                .hint(format!("keep `{column}` as it is until `group_by`"))
            }
            Some(_) => return,
        };
        self.wrong(node, mistake);
    }

    /// Whether the names of the results are their own.
    fn result_names<'n>(
        &mut self,
        node: u32,
        keys: impl Iterator<Item = &'n String>,
        aggs: &'n [Agg],
        windowed: bool,
    ) -> bool {
        let names: Vec<&str> = keys.map(String::as_str).chain(aggs.iter().map(|agg| agg.name.as_str())).collect();
        let mut good = self.unique(node, names.clone());
        for reserved in WINDOW_COLUMNS.into_iter().filter(|reserved| windowed && names.contains(reserved)) {
            good = false;
            let mistake = Mistake::new(format!("the name `{reserved}` is taken: every window adds it"));
            self.wrong(node, mistake.hint("choose another with `.alias(\"…\")`"));
        }
        if names.contains(&"") {
            good = false;
            self.wrong(node, Mistake::new("the name of an aggregate is empty"));
        }
        good
    }

    pub(super) fn key_type(&mut self, node: u32, verb: &str, key: &Expr, schema: &Schema) -> Option<DataType> {
        let found = self.type_of(node, key, schema)?;
        if found.is_nested() {
            let mistake = Mistake::new(format!("`{verb}` cannot take `{key}` as a key, which is {found}"));
            self.wrong(node, mistake.hint("take a column of numbers, texts or times"));
            return None;
        }
        Some(found)
    }

    /// Whether the number beside the column can be meant.
    fn argument(&mut self, node: u32, agg: &Agg) {
        let (given, most, hint) = match agg.function {
            AggFunction::ApproxQuantile { q } if !(0.0..=1.0).contains(&q) => {
                let mistake = Mistake::new(format!("`{}`: a quantile is between 0 and 1", agg.call()));
                return self.wrong(node, mistake.hint("the median is 0.5, the 95th percentile 0.95"));
            }
            AggFunction::TopValues { k } => (k, MOST_TOP_VALUES, "top_values(\"product\", 10)"),
            AggFunction::Collect { limit } => (limit, MOST_COLLECTED, "collect(\"page\", 100)"),
            _ => return,
        };
        if given == 0 || given > most {
            let mistake = Mistake::new(format!("`{}`: at least 1 and at most {most} values are kept", agg.call()));
            self.wrong(node, mistake.hint(format!("such as `{hint}`")));
        }
    }

    fn agg_type(&mut self, node: u32, agg: &Agg, schema: &Schema) -> Option<DataType> {
        let Some(input) = &agg.input else {
            if agg.function != AggFunction::Count {
                let mistake = Mistake::new(format!("`{}` has no column", agg.call()));
                self.wrong(node, mistake.hint(format!("say of what: `{}(\"amount\")`", agg.function.name())));
                return None;
            }
            return Some(DataType::Int64);
        };
        let found = self.type_of(node, input, schema)?;
        self.argument(node, agg);
        let flat = (!found.is_nested()).then(|| found.clone());
        let (wanted, result) = match agg.function {
            AggFunction::Sum if found.is_integer() => return Some(DataType::Int64),
            AggFunction::Sum | AggFunction::Mean | AggFunction::ApproxQuantile { .. } => {
                ("numbers", found.is_numeric().then_some(DataType::Float64))
            }
            AggFunction::Min | AggFunction::Max => {
                let ordered =
                    found.is_numeric() || matches!(found, DataType::String | DataType::Date | DataType::Timestamp);
                ("numbers, texts or times", ordered.then(|| found.clone()))
            }
            AggFunction::Count | AggFunction::CountDistinct | AggFunction::ApproxCountDistinct => {
                ("values that are not nested", flat.map(|_| DataType::Int64))
            }
            AggFunction::First | AggFunction::Last => ("values that are not nested", flat),
            AggFunction::Collect { .. } => {
                ("values that are not nested", flat.map(|item| DataType::List(Box::new(item))))
            }
            AggFunction::TopValues { .. } => ("values that are not nested", flat.map(counted)),
        };
        if result.is_none() {
            let mut mistake = Mistake::new(format!("`{}` needs {wanted}; `{input}` is {found}", agg.call()));
            if found == DataType::String {
                let cast = expr_type::cast_text(input, &DataType::Float64);
                mistake = mistake.hint(format!("cast it: `{}({cast})`", agg.function.name()));
            }
            self.wrong(node, mistake);
        }
        result
    }
}

/// What `top_values` of values of this type is.
fn counted(value: DataType) -> DataType {
    let fields = vec![Field::new("value", value), Field::new("count", DataType::Int64)];
    DataType::List(Box::new(DataType::Struct(fields)))
}

fn not_a_time(column: &str, found: &DataType) -> Mistake {
    let mistake = Mistake::new(format!(
        "event time must be a TIMESTAMP or a BIGINT of epoch milliseconds; `{column}` is {found}"
    ));
    match found {
        DataType::String | DataType::Date => mistake.hint(format!(
            "cast it first: `.with_columns([col({column:?}).cast(TIMESTAMP)])`, or say `{column} TIMESTAMP` in the schema"
        )),
        _ => mistake.hint("name the column that says when the event happened"),
    }
}

/// The most values that `top_values` gives.
const MOST_TOP_VALUES: u32 = 1_000;
/// The most values that `collect` keeps of a group: its state must stay bounded.
const MOST_COLLECTED: u32 = 10_000;
/// The longest window: some 142,000 years, so that no sum of times overflows.
const LONGEST_MS: u64 = 1 << 52;
/// The most slices of one window.
const MOST_SLICES: u64 = 100_000;

/// Why there can be no such windows.
pub(super) fn impossible(window: &Window) -> Option<Mistake> {
    let length = |millis: u64| format_duration(millis);
    let mistake = match *window {
        _ if window.length_ms() == 0 || window.length_ms() > LONGEST_MS => {
            let example = match window {
                Window::Tumbling { .. } => "tumbling(\"1m\")",
                Window::Hopping { .. } => "hopping(\"1m\", \"10s\")",
                Window::Cumulating { .. } => "cumulating(\"1d\", \"1h\")",
                Window::Session { .. } => "session(\"30m\")",
            };
            Mistake::new("a window of this length is not possible")
                .hint(format!("give it at least a millisecond, such as `{example}`"))
        }
        Window::Tumbling { size_ms, offset_ms } => return too_far(offset_ms, size_ms, "size"),
        Window::Hopping { slide_ms: 0, .. } => Mistake::new("windows that slide by nothing never move on")
            .hint("give a slide of at least a millisecond, such as `hopping(\"1m\", \"10s\")`"),
        Window::Hopping { size_ms, slide_ms, .. } if slide_ms > size_ms => Mistake::new(format!(
            "between the windows are gaps of {}, and the rows in them would be in no window",
            length(slide_ms - size_ms)
        ))
        .hint("take a slide no longer than the size, or filter these rows away and use `tumbling`"),
        Window::Hopping { size_ms, slide_ms, .. } if size_ms / gcd(size_ms, slide_ms) > MOST_SLICES => {
            Mistake::new(format!("a window would be made of {} slices", size_ms / gcd(size_ms, slide_ms)))
                .hint(format!("take a slide that divides the size at most {MOST_SLICES} times"))
        }
        Window::Hopping { slide_ms, offset_ms, .. } => return too_far(offset_ms, slide_ms, "slide"),
        Window::Cumulating { step_ms: 0, .. } => Mistake::new("windows that grow by nothing never move on")
            .hint("give a step of at least a millisecond, such as `cumulating(\"1d\", \"1h\")`"),
        Window::Cumulating { size_ms, step_ms, .. } if size_ms % step_ms != 0 => {
            Mistake::new(format!("the size is no multiple of the step: {} are left over", length(size_ms % step_ms)))
                .hint("take a step that divides the size")
        }
        Window::Cumulating { size_ms, step_ms, .. } if size_ms / step_ms > MOST_SLICES => {
            Mistake::new(format!("a window would be made of {} slices", size_ms / step_ms))
                .hint(format!("take a step that divides the size at most {MOST_SLICES} times"))
        }
        Window::Cumulating { size_ms, offset_ms, .. } => return too_far(offset_ms, size_ms, "size"),
        Window::Session { .. } => return None,
    };
    Some(mistake)
}

fn too_far(offset_ms: u64, period_ms: u64, period: &str) -> Option<Mistake> {
    let rest = format_duration(offset_ms % period_ms);
    (offset_ms >= period_ms).then(|| {
        let mistake =
            Mistake::new(format!("the offset is not shorter than the {period}, after which the windows repeat"));
        mistake.hint(format!("`.offset(\"{rest}\")` gives the same windows"))
    })
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
