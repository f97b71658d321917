//! Which keys a lane has: what it takes of a checkpoint that was written in another number of lanes.

use polars::prelude::Series;

use super::lane_of;
use crate::Result;
use crate::key_bytes::each_key;

/// The keys of one lane among so many, as the exchange in front of a keyed operator gives them to it; or all keys.
#[derive(Clone, Copy, Debug)]
pub struct Share(Option<(usize, usize)>);

impl Share {
    /// Every key: the state is of this very lane.
    pub const ALL: Share = Share(None);

    /// The keys of `lane`, counted from 0, of so many.
    pub fn of(lane: usize, lanes: usize) -> Share {
        Share(Some((lane, lanes.max(1))))
    }

    /// Whether it is all keys.
    pub(crate) fn is_all(self) -> bool {
        self.0.is_none()
    }

    /// Of every row with these key columns whether its key is among them. There are `height` rows, also where no column is the key.
    ///
    /// # Errors
    /// A column cannot be read: a fault of Headwater.
    pub(crate) fn holds(self, keys: &[Series], height: usize) -> Result<Vec<bool>> {
        let Some((lane, lanes)) = self.0 else { return Ok(vec![true; height]) };
        if keys.is_empty() {
            return Ok(vec![lane_of(None, lanes) == lane; height]);
        }
        let mut holds = Vec::with_capacity(height);
        each_key(keys, |key| holds.push(lane_of(key, lanes) == lane))?;
        Ok(holds)
    }

    /// Whether the lane reads partition `partition` of a source of so many.
    pub(crate) fn reads(self, partition: usize, partitions: usize) -> bool {
        self.0.is_none_or(|(lane, lanes)| partition % lanes.min(partitions).max(1) == lane)
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::NamedFrom;

    use super::*;

    #[test]
    fn every_key_and_every_partition_is_of_one_lane() {
        let keys =
            [Series::new("k".into(), [Some("a"), None, Some("b"), Some("")]), Series::new("n".into(), [1, 2, 3, 4])];
        for columns in [&keys[..], &keys[..1], &[]] {
            let shares: Vec<Vec<bool>> = (0..3).map(|lane| Share::of(lane, 3).holds(columns, 4).unwrap()).collect();
            for row in 0..4 {
                assert_eq!(shares.iter().filter(|share| share[row]).count(), 1, "{columns:?}, row {row}");
            }
            assert_eq!(Share::ALL.holds(columns, 4).unwrap(), [true; 4]);
        }
        for partition in 0..2 {
            assert_eq!((0..3).filter(|lane| Share::of(*lane, 3).reads(partition, 2)).collect::<Vec<_>>(), [partition]);
        }
    }
}
