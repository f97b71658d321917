//! Random schemas, expressions and plans, for the tests that compare what is written with what is read.

use proptest::collection::{hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::catalogue::{Callee, FunctionSpec, catalogue};
use crate::look::{
    DiffArgs, DriftArgs, KeysArgs, Other, PinArgs, PinnedKey, ShapeArgs, ShapeSort, Target, Versus, WatchArgs,
    WatchFrom,
};
use crate::request::{Request, Verb};
use crate::{
    Agg, AggFunction, BinaryOp, Branch, DataType, Envelope, Expr, Field, Format, Function, JoinBound, JoinKind,
    KeyPromise, Literal, Node, OnFailure, PLAN_VERSION, Plan, RateBound, Renamed, Sample, Schema, Sink, Source,
    SourceConnector, Step, StragglerLimit, UnaryOp, Window,
};

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_][a-z0-9_]{0,8}", "\\PC{1,6}", ".{1,4}"].prop_map(|name: String| name)
}

fn data_type() -> impl Strategy<Value = DataType> {
    let flat = select(vec![
        DataType::Boolean,
        DataType::Int32,
        DataType::Int64,
        DataType::Float64,
        DataType::String,
        DataType::Binary,
        DataType::Date,
        DataType::Timestamp,
    ]);
    flat.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|element| DataType::List(Box::new(element))),
            fields(inner).prop_map(DataType::Struct),
        ]
    })
}

fn fields(data_type: impl Strategy<Value = DataType>) -> impl Strategy<Value = Vec<Field>> {
    (hash_set(name(), 1..4), vec(data_type, 3)).prop_map(|(names, types)| {
        names.into_iter().zip(types).map(|(name, data_type)| Field { name, data_type }).collect()
    })
}

pub(crate) fn schema() -> impl Strategy<Value = Schema> {
    fields(data_type()).prop_map(Schema::new)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(Literal::Int),
        finite().prop_map(Literal::Float),
        any::<String>().prop_map(Literal::String),
        any::<i64>().prop_map(Literal::Timestamp),
    ]
}

pub(crate) const BINARY_OPS: [BinaryOp; 13] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::Div,
    BinaryOp::Mod,
    BinaryOp::Eq,
    BinaryOp::NotEq,
    BinaryOp::Lt,
    BinaryOp::LtEq,
    BinaryOp::Gt,
    BinaryOp::GtEq,
    BinaryOp::And,
    BinaryOp::Or,
];
pub(crate) const UNARY_OPS: [UnaryOp; 4] = [UnaryOp::Not, UnaryOp::Negate, UnaryOp::IsNull, UnaryOp::IsNotNull];

fn function() -> impl Strategy<Value = Function> {
    let function = |spec: &FunctionSpec| match spec.callee {
        Callee::Function(function) => Some(function),
        _ => None,
    };
    select(catalogue().filter_map(function).collect::<Vec<_>>())
}

pub(crate) fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![name().prop_map(Expr::Column), literal().prop_map(Expr::Literal)];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let one = inner.clone().prop_map(Box::new);
        let branch = (inner.clone(), inner.clone()).prop_map(|(when, then)| Branch { when, then });
        prop_oneof![
            (select(&BINARY_OPS[..]), one.clone(), one.clone()).prop_map(|(op, left, right)| Expr::Binary {
                op,
                left,
                right
            }),
            (select(&UNARY_OPS[..]), one.clone()).prop_map(|(op, input)| Expr::Unary { op, input }),
            (function(), vec(inner, 0..3)).prop_map(|(function, args)| Expr::Function { function, args }),
            (one.clone(), data_type()).prop_map(|(input, to)| Expr::Cast { input, to }),
            (vec(branch, 1..3), one.clone()).prop_map(|(branches, otherwise)| Expr::When { branches, otherwise }),
            (one, name()).prop_map(|(input, name)| Expr::Alias { input, name }),
        ]
    })
}

fn agg() -> impl Strategy<Value = Agg> {
    use AggFunction::{ApproxCountDistinct, Count, CountDistinct, First, Last, Max, Mean, Min, Sum};
    let plain = [Count, Sum, Min, Max, Mean, First, Last, CountDistinct, ApproxCountDistinct];
    let function = prop_oneof![
        select(plain.to_vec()),
        any::<f64>().prop_filter("finite", |q| q.is_finite()).prop_map(|q| AggFunction::ApproxQuantile { q }),
        any::<u32>().prop_map(|k| AggFunction::TopValues { k }),
        any::<u32>().prop_map(|limit| AggFunction::Collect { limit }),
    ];
    (function, option::of(expr()), name()).prop_map(|(function, input, name)| Agg { function, input, name })
}

fn source() -> impl Strategy<Value = Source> {
    let connector = prop_oneof![
        (name(), name()).prop_map(|(brokers, topic)| SourceConnector::Kafka { brokers, topic }),
        name().prop_map(|path| SourceConnector::Files { path }),
    ];
    let parts = [Envelope::Key, Envelope::Partition, Envelope::Offset, Envelope::Timestamp, Envelope::Headers];
    let formats = select(vec![Format::Json, Format::Csv, Format::Parquet]);
    (connector, option::of(formats), option::of(schema()), vec(select(parts.to_vec()), 0..3))
        .prop_map(|(connector, format, schema, envelope)| Source { connector, format, schema, envelope })
}

fn sink() -> impl Strategy<Value = Sink> {
    prop_oneof![
        (name(), name(), option::of(name())).prop_map(|(brokers, topic, key)| Sink::Kafka { brokers, topic, key }),
        (name(), name(), vec(name(), 0..3)).prop_map(|(brokers, topic, keys)| Sink::KafkaUpsert {
            brokers,
            topic,
            keys
        }),
        name().prop_map(|path| Sink::Files { path }),
        Just(Sink::Print),
    ]
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |number| number.is_finite())
}

fn bound() -> impl Strategy<Value = RateBound> {
    prop_oneof![finite().prop_map(RateBound::AtMost), finite().prop_map(RateBound::AtLeast)]
}

fn promise() -> impl Strategy<Value = KeyPromise> {
    let straggler = (any::<u32>(), finite()).prop_map(|(workers, factor)| StragglerLimit { workers, factor });
    (option::of(finite()), option::of(any::<u64>()), option::of(straggler)).prop_map(
        |(top_share_below, keys_at_least, straggler_below)| KeyPromise {
            top_share_below,
            keys_at_least,
            straggler_below,
        },
    )
}

fn window() -> impl Strategy<Value = Window> {
    let offset = prop_oneof![Just(0), any::<u64>()];
    (0..4, any::<u64>(), any::<u64>(), offset).prop_map(|(kind, size_ms, step, offset_ms)| match kind {
        0 => Window::Tumbling { size_ms, offset_ms },
        1 => Window::Hopping { size_ms, slide_ms: step, offset_ms },
        2 => Window::Cumulating { size_ms, step_ms: step, offset_ms },
        _ => Window::Session { gap_ms: size_ms },
    })
}

fn step() -> impl Strategy<Value = Step> {
    let renamed = (name(), name()).prop_map(|(from, to)| Renamed { from, to });
    let window = option::of(window());
    prop_oneof![
        expr().prop_map(|predicate| Step::Filter { predicate }),
        vec(expr(), 0..3).prop_map(|exprs| Step::Select { exprs }),
        vec(expr(), 0..3).prop_map(|exprs| Step::WithColumns { exprs }),
        vec(renamed, 0..3).prop_map(|columns| Step::Rename { columns }),
        vec(name(), 0..3).prop_map(|columns| Step::Drop { columns }),
        fields(data_type()).prop_map(|columns| Step::Cast { columns }),
        name().prop_map(|column| Step::Explode { column }),
        name().prop_map(|column| Step::Unnest { column }),
        (name(), any::<u64>(), option::of(any::<u64>()), option::of(prop_oneof![Just(3_600_000), any::<u64>()]))
            .prop_map(|(column, delay_ms, idle_after_ms, future_limit_ms)| Step::EventTime {
                column,
                delay_ms,
                idle_after_ms,
                future_limit_ms
            }),
        (name(), expr(), select(vec![OnFailure::DeadLetter, OnFailure::Keep, OnFailure::Stop]))
            .prop_map(|(name, predicate, on_failure)| Step::Expect { name, predicate, on_failure }),
        (name(), expr(), bound()).prop_map(|(name, predicate, bound)| Step::ExpectRate { name, predicate, bound }),
        (vec(expr(), 0..3), promise()).prop_map(|(keys, promise)| Step::ExpectKey { keys, promise }),
        (vec(expr(), 0..3), any::<u64>()).prop_map(|(keys, within_ms)| Step::Unique { keys, within_ms }),
        (any::<u32>(), expr(), any::<bool>(), vec(expr(), 0..3)).prop_map(|(n, by, largest, per)| Step::Top {
            n,
            by,
            largest,
            per
        }),
        (vec(expr(), 0..3), window, vec(agg(), 0..3), option::of(any::<u64>()))
            .prop_map(|(keys, window, aggs, expire_after_ms)| Step::Aggregate { keys, window, aggs, expire_after_ms }),
    ]
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let linear = (source(), vec(step(), 0..6), option::of(sink())).prop_map(|(source, steps, sink)| {
        Plan::linear([Step::Source(source)].into_iter().chain(steps).chain(sink.map(Step::Sink)))
    });
    prop_oneof![3 => linear, 1 => graph()]
}

fn join() -> impl Strategy<Value = Step> {
    let bound = prop_oneof![
        (option::of(any::<u64>()), any::<u64>())
            .prop_map(|(refresh_ms, memory)| JoinBound::Lookup { refresh_ms, memory }),
        any::<u64>().prop_map(|size_ms| JoinBound::Window { window: Window::Tumbling { size_ms, offset_ms: 0 } }),
        (any::<u64>(), any::<u64>()).prop_map(|(before_ms, after_ms)| JoinBound::Interval { before_ms, after_ms }),
    ];
    let kinds = select(vec![JoinKind::Inner, JoinKind::Left]);
    (kinds, vec(name(), 0..3), vec(name(), 0..3), name(), option::of(bound))
        .prop_map(|(kind, left_on, right_on, suffix, bound)| Step::Join { kind, left_on, right_on, suffix, bound })
}

/// A step of a graph: it reads the end that has been open for longest, or the two oldest ends.
#[derive(Clone, Debug)]
enum Growth {
    Source(Source),
    One(Step),
    Two(Step),
    /// A second reader of the oldest end.
    Fork(Step),
}

fn graph() -> impl Strategy<Value = Plan> {
    let growth = prop_oneof![
        source().prop_map(Growth::Source),
        step().prop_map(Growth::One),
        Just(Growth::Two(Step::Union)),
        join().prop_map(Growth::Two),
        step().prop_map(Growth::Fork),
    ];
    (source(), vec(growth, 0..8), option::of(sink())).prop_map(|(first, growths, sink)| {
        let mut nodes: Vec<Node> = Vec::new();
        let mut add = |inputs: Vec<u32>, step: Step| {
            let id = nodes.len() as u32;
            nodes.push(Node { id, inputs, step });
            id
        };
        let mut open = vec![add(Vec::new(), Step::Source(first))];
        for growth in growths {
            match growth {
                Growth::Source(source) => open.push(add(Vec::new(), Step::Source(source))),
                Growth::One(step) => {
                    let input = open.remove(0);
                    open.push(add(vec![input], step));
                }
                Growth::Fork(step) => open.push(add(vec![open[0]], step)),
                Growth::Two(step) if open.len() > 1 => {
                    let inputs = open.drain(..2).collect();
                    open.push(add(inputs, step));
                }
                Growth::Two(_) => {}
            }
        }
        if open.len() > 1 {
            open = vec![add(open, Step::Union)];
        }
        if let Some(sink) = sink {
            add(open, Step::Sink(sink));
        }
        Plan { version: PLAN_VERSION, nodes }
    })
}

fn target() -> impl Strategy<Value = Target> {
    let flink = option::of(any::<u32>()).prop_map(|key_groups| Target::Flink { key_groups });
    prop_oneof![select(vec![Target::Headwater, Target::Kafka, Target::Librdkafka, Target::Spark]), flink]
}

fn other() -> impl Strategy<Value = Box<Other>> {
    let other = |plan| Other { plan, places: Vec::new(), problems: Vec::new(), samples: vec![Sample::default()] };
    plan().prop_map(move |plan| Box::new(other(plan)))
}

fn versus() -> impl Strategy<Value = Versus> {
    prop_oneof![name().prop_map(Versus::Baseline), other().prop_map(Versus::Stream)]
}

fn verb() -> impl Strategy<Value = Verb> {
    let sorts = vec![ShapeSort::Order, ShapeSort::Nonuniform, ShapeSort::Missing, ShapeSort::Drift, ShapeSort::Name];
    let shape = (select(sorts), vec(name(), 0..3), option::of(versus()), any::<bool>())
        .prop_map(|(sort, columns, versus, redact)| ShapeArgs { sort, columns, versus, redact });
    let keys = (vec(expr(), 0..3), option::of(any::<u32>()), target(), any::<bool>())
        .prop_map(|(exprs, parallelism, target, redact)| KeysArgs { exprs, parallelism, target, redact });
    let drift = (name(), option::of(name()), option::of(any::<u32>()))
        .prop_map(|(baseline, budget, window_rows)| DriftArgs { baseline, budget, window_rows });
    let key =
        (vec(expr(), 0..3), option::of(any::<u32>())).prop_map(|(exprs, parallelism)| PinnedKey { exprs, parallelism });
    let pin = (name(), vec(key, 0..3), any::<bool>()).prop_map(|(name, keys, redact)| PinArgs { name, keys, redact });
    let from = prop_oneof![
        Just(WatchFrom::Now),
        Just(WatchFrom::Earliest),
        any::<u64>().prop_map(|millis| WatchFrom::Ago { millis }),
        any::<i64>().prop_map(|millis| WatchFrom::At { millis }),
    ];
    let watch = (from, option::of(any::<u64>()), option::of(any::<u64>()), vec(expr(), 0..3))
        .prop_map(|(from, stop_after_ms, rows, keys)| WatchArgs { from, stop_after_ms, rows, keys });
    prop_oneof![
        Just(Verb::Preview),
        watch.prop_map(Verb::Watch),
        shape.prop_map(Verb::Shape),
        keys.prop_map(Verb::Keys),
        drift.prop_map(Verb::Drift),
        (other(), vec(name(), 0..3)).prop_map(|(previous, by)| Verb::Diff(DiffArgs { previous, by })),
        pin.prop_map(Verb::Pin),
    ]
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let request = |(verb, plan)| Request {
        verb,
        plan,
        places: Vec::new(),
        problems: Vec::new(),
        samples: vec![Sample::default()],
    };
    (verb(), plan()).prop_map(request)
}
