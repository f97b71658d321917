//! What is asked for, understood before anything is read.

use std::path::PathBuf;

use headwater::prelude::col;
use headwater::{Expr, ShapeSort, Target};
use headwater_look::{KeyOptions, ShapeOptions};
use headwater_profile::{AlarmBudget, Baseline, DriftOptions, KeyContract, Placement};

use crate::exit_code;
use crate::failure::Failure;
use crate::profile::args::Profile;

/// Everything that the command asks of the source.
pub(crate) struct Asked {
    /// How the shape is told.
    pub(crate) shape: ShapeOptions,
    /// The keys, each of one expression or several.
    pub(crate) keys: Vec<Vec<Expr>>,
    /// How keys are forecast.
    pub(crate) options: KeyOptions,
    /// What is promised of each key.
    pub(crate) contract: Option<KeyContract>,
    /// What the source is compared with.
    pub(crate) baseline: Option<Baseline>,
    /// How.
    pub(crate) drift: DriftOptions,
    /// Where a new baseline goes.
    pub(crate) pin: Option<PathBuf>,
    /// Everything is read instead of a sample.
    pub(crate) all_rows: bool,
}

impl Asked {
    /// Understands the arguments.
    pub(crate) fn of(args: &Profile) -> Result<Asked, Failure> {
        let target = Target::parse(&args.target).map_err(|mistake| of_mistake("--target", mistake))?;
        let sort = ShapeSort::parse(&args.output.sort).map_err(|mistake| of_mistake("--sort", mistake))?;
        if args.parallelism == Some(0) {
            return Err(Failure::new(exit_code::USER, "--parallelism: 0 workers do nothing").hint("give at least 1"));
        }
        let keys: Vec<Vec<Expr>> = args.key.iter().map(|text| key(text)).collect::<Result<_, _>>()?;
        if args.pin.is_some() {
            pinnable(&keys)?;
        }
        let baseline = args.vs.as_deref().map(Baseline::open).transpose();
        let budget = args.budget.as_deref().map(AlarmBudget::parse).transpose();
        let wrong = |message: String| Failure::new(exit_code::USER, message);
        Ok(Asked {
            shape: ShapeOptions { sort, columns: args.output.columns.clone(), redact: args.output.redact },
            keys,
            options: KeyOptions {
                parallelism: args.parallelism,
                target: placement(target),
                redact: args.output.redact,
            },
            contract: contract(args),
            baseline: baseline.map_err(|error| wrong(error.to_string()))?,
            drift: DriftOptions {
                budget: budget.map_err(|message| wrong(format!("--budget: {message}")))?.unwrap_or_default(),
                ..DriftOptions::default()
            },
            pin: args.pin.clone(),
            all_rows: args.sample.all_rows,
        })
    }
}

/// `city,product` as columns, `lower(city), product` as SQL expressions. A name with a hyphen in it is a name.
fn key(text: &str) -> Result<Vec<Expr>, Failure> {
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(Failure::new(exit_code::USER, format!("--key: `{text}` leaves a column without a name"))
            .hint("name columns, several with commas: `--key city,product`"));
    }
    let plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if names.iter().all(|name| plain(name)) {
        return Ok(names.into_iter().map(col).collect());
    }
    headwater::sql::parse_list(text).map_err(|mistake| of_mistake("--key", mistake))
}

/// A baseline remembers the columns of a key, so that it can be watched where nothing is computed.
fn pinnable(keys: &[Vec<Expr>]) -> Result<(), Failure> {
    match keys.iter().flatten().find(|expr| !matches!(expr, Expr::Column(_))) {
        Some(expr) => Err(Failure::new(exit_code::USER, format!("--pin: the key `{expr}` is no column"))
            .hint("pin keys of columns, or compute the column in a notebook and pin it there")),
        None => Ok(()),
    }
}

fn contract(args: &Profile) -> Option<KeyContract> {
    let own = &args.contract;
    let contract = KeyContract {
        key: String::new(),
        top_share_below: own.top_share_below,
        keys_at_least: own.keys_at_least,
        straggler_below: own.straggler_below,
    };
    (contract != KeyContract::default()).then_some(contract)
}

/// The placement of a target.
fn placement(target: Target) -> Placement {
    match target {
        Target::Headwater => Placement::Headwater,
        Target::Kafka => Placement::KafkaMurmur2,
        Target::Librdkafka => Placement::KafkaCrc32,
        Target::Flink { key_groups } => Placement::FlinkKeyGroups(key_groups),
        Target::Spark => Placement::SparkShuffle,
    }
}

fn of_mistake(option: &str, mistake: headwater::Mistake) -> Failure {
    let failure = Failure::new(exit_code::USER, format!("{option}: {}", mistake.message));
    match mistake.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
