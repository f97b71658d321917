//! Windows as Flink writes them: in GROUP BY, `TUMBLE(ts, INTERVAL '1' MINUTE)`, and as functions of a table.

use std::sync::Arc;

use sqlparser::ast::{Expr as Sql, Function, Ident, Spanned};

use super::scope::name_of;
use crate::Window;
use crate::draft::Draft;
use crate::duration::parse_duration;
use crate::sql::constant;
use crate::sql::fault::SqlFault;

/// A kind of window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tumble,
    Hop,
    Cumulate,
    Session,
}

impl Kind {
    pub(super) fn named(name: &str) -> Option<Kind> {
        Some(match name {
            "tumble" | "tumbling" => Kind::Tumble,
            "hop" | "hopping" => Kind::Hop,
            "cumulate" | "cumulating" => Kind::Cumulate,
            "session" => Kind::Session,
            _ => return None,
        })
    }

    /// How it is written, from the time on.
    fn example(self) -> &'static str {
        match self {
            Kind::Tumble => "`TUMBLE(ts, INTERVAL '1' MINUTE)`",
            Kind::Hop => "`HOP(ts, INTERVAL '5' MINUTE, INTERVAL '1' HOUR)`: the step, then the size",
            Kind::Cumulate => "`CUMULATE(ts, INTERVAL '1' HOUR, INTERVAL '1' DAY)`: the step, then the size",
            Kind::Session => "`SESSION(ts, INTERVAL '10' MINUTE)`",
        }
    }

    /// The names of its lengths, in their order.
    pub(super) fn lengths(self) -> &'static [&'static str] {
        match self {
            Kind::Tumble => &["size", "offset"],
            Kind::Hop => &["slide", "size", "offset"],
            Kind::Cumulate => &["step", "size", "offset"],
            Kind::Session => &["gap"],
        }
    }

    /// The window of these lengths, in the order of [`Kind::lengths`]; an offset may be left out.
    pub(super) fn window(self, lengths: &[&Sql], at: &impl Spanned) -> Result<Window, SqlFault> {
        let millis = lengths.iter().map(|length| milliseconds(length)).collect::<Result<Vec<u64>, _>>()?;
        let window = match (self, &millis[..]) {
            (Kind::Tumble, [size_ms]) => Window::Tumbling { size_ms: *size_ms, offset_ms: 0 },
            (Kind::Tumble, [size_ms, offset_ms]) => Window::Tumbling { size_ms: *size_ms, offset_ms: *offset_ms },
            (Kind::Hop, [slide_ms, size_ms, rest @ ..]) if rest.len() < 2 => Window::Hopping {
                size_ms: *size_ms,
                slide_ms: *slide_ms,
                offset_ms: rest.first().copied().unwrap_or(0),
            },
            (Kind::Cumulate, [step_ms, size_ms, rest @ ..]) if rest.len() < 2 => Window::Cumulating {
                size_ms: *size_ms,
                step_ms: *step_ms,
                offset_ms: rest.first().copied().unwrap_or(0),
            },
            (Kind::Session, [gap_ms]) => Window::Session { gap_ms: *gap_ms },
            _ => {
                let fault = SqlFault::new(format!("a window has {} lengths at most", self.lengths().len())).of(at);
                return Err(fault.hint(format!("write {}", self.example())));
            }
        };
        Ok(window)
    }
}

/// The window of a call in GROUP BY, if it is one.
pub(super) fn of_call(call: &Function, draft: &Arc<Draft>) -> Result<Option<Window>, SqlFault> {
    let Some(kind) = Kind::named(&name_of(call)) else { return Ok(None) };
    window(kind, call, draft).map(Some)
}

/// The window of whose bounds a call speaks: `TUMBLE_START(ts, INTERVAL '1' MINUTE)`; and the column of the bound.
pub(super) fn of_bound(call: &Function, draft: &Arc<Draft>) -> Result<Option<(Window, &'static str)>, SqlFault> {
    let name = name_of(call);
    let Some((kind, bound)) = name.rsplit_once('_') else { return Ok(None) };
    let bound = match bound {
        "start" => "window_start",
        "end" => "window_end",
        _ => return Ok(None),
    };
    let Some(kind) = Kind::named(kind) else { return Ok(None) };
    Ok(Some((window(kind, call, draft)?, bound)))
}

fn window(kind: Kind, call: &Function, draft: &Arc<Draft>) -> Result<Window, SqlFault> {
    let args = crate::sql::call::arguments(call)?;
    match &args[..] {
        [time, lengths @ ..] if !lengths.is_empty() => {
            is_event_time(time, draft)?;
            kind.window(lengths, &call.name)
        }
        _ => {
            let fault = SqlFault::new(format!("`{}` takes the event time and the lengths of the window", call.name));
            Err(fault.of(&call.name).hint(format!("write {}", kind.example())))
        }
    }
}

/// That a window is cut in the event time of its rows. Where there is none, the plan says so.
pub(super) fn is_event_time(time: &Sql, draft: &Arc<Draft>) -> Result<(), SqlFault> {
    let Some(name) = column_name(time) else {
        let fault = SqlFault::new(format!("`{time}` is no column of times")).of(time);
        return Err(fault.hint("a window is cut in the event time: name its column"));
    };
    match draft.event_time() {
        Some(own) if own != name.value => {
            let fault = SqlFault::new(format!("`{}` is not the event time of these rows, `{own}` is", name.value));
            Err(fault
                .at(name.span.start)
                .hint(format!("write `{own}`, or declare `{}` with `.event_time(…)` in a Rust cell", name.value)))
        }
        _ => Ok(()),
    }
}

/// The name of a column, whatever table stands before it; of `DESCRIPTOR(ts)` too.
pub(super) fn column_name(sql: &Sql) -> Option<&Ident> {
    match sql {
        Sql::Identifier(name) => Some(name),
        Sql::CompoundIdentifier(names) => names.last(),
        Sql::Function(call) if name_of(call) == "descriptor" => match crate::sql::call::arguments(call).ok()?[..] {
            [name] => column_name(name),
            _ => None,
        },
        _ => None,
    }
}

/// A length of time in milliseconds: an interval, or a text such as `'1h30m'`.
pub(super) fn milliseconds(sql: &Sql) -> Result<u64, SqlFault> {
    let text = match sql {
        Sql::Interval(interval) => constant::length(interval).map_err(|fault| fault.of(sql))?,
        other => super::from::text(other).map_err(|_| {
            let fault = SqlFault::new(format!("`{other}` is no length of time")).of(sql);
            fault.hint("write `INTERVAL '1' MINUTE`")
        })?,
    };
    parse_duration(&text).map_err(|message| SqlFault::new(message).of(sql))
}
