//! Looks at a stream that are not its rows: the shape of its data, the skew of its keys, what became of it since a baseline, what an edit changed,
//! what comes from now on, and the tapes that looks are made from.

mod diff;
mod drift;
mod keys;
mod shape;
mod tapes;
mod target;
mod watch;

pub use diff::{Diff, DiffArgs};
pub use drift::{Drift, DriftArgs, PinArgs, Pinned, PinnedKey};
pub use keys::{Keys, KeysArgs};
pub use shape::{Other, Shape, ShapeArgs, ShapeSort, Versus};
pub use tapes::{Tapes, tapes};
pub use target::Target;
pub use watch::{Watch, WatchArgs, WatchFrom};
