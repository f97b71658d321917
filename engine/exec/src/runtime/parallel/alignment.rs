//! What several channels into one task say together: one watermark, and a barrier once it has come through all of them.

/// The state of the channels into a task.
#[derive(Debug)]
pub(crate) struct Alignment {
    channels: Vec<Channel>,
    watermark: Option<i64>,
    idle: bool,
}

#[derive(Clone, Debug, Default)]
struct Channel {
    watermark: Option<i64>,
    /// All partitions behind it are silent, so it holds no watermark back.
    idle: bool,
    /// A barrier has come through; nothing more is read until it has come through all others.
    at_barrier: Option<u64>,
    /// Nothing comes any more.
    ended: bool,
}

/// What follows from what a channel said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// All of them wake or fall silent together.
    pub(crate) idle: Option<bool>,
    /// The watermark of all of them has advanced.
    pub(crate) watermark: Option<i64>,
}

impl Alignment {
    /// So many channels, of which nothing has come yet.
    pub(crate) fn new(channels: usize) -> Self {
        Alignment { channels: vec![Channel::default(); channels], watermark: None, idle: false }
    }

    /// A channel's own watermark.
    pub(crate) fn watermark(&mut self, channel: usize, watermark: i64) -> Change {
        let own = &mut self.channels[channel].watermark;
        *own = (*own).max(Some(watermark));
        self.change()
    }

    /// A channel has fallen silent, or wakes.
    pub(crate) fn idle(&mut self, channel: usize, idle: bool) -> Change {
        self.channels[channel].idle = idle;
        self.change()
    }

    /// A barrier has come through a channel; whether it has come through all.
    pub(crate) fn barrier(&mut self, channel: usize, epoch: u64) -> bool {
        self.channels[channel].at_barrier = Some(epoch);
        let all = self.channels.iter().all(|channel| channel.ended || channel.at_barrier == Some(epoch));
        if all {
            self.channels.iter_mut().for_each(|channel| channel.at_barrier = None);
        }
        all
    }

    /// A channel has ended; whether all have.
    pub(crate) fn end(&mut self, channel: usize) -> bool {
        self.channels[channel].ended = true;
        self.channels.iter().all(|channel| channel.ended)
    }

    /// Whether a channel is to be read: it has not ended, and waits for no other to reach its barrier.
    pub(crate) fn is_open(&self, channel: usize) -> bool {
        let channel = &self.channels[channel];
        !channel.ended && channel.at_barrier.is_none()
    }

    /// The minimum over the channels that are not silent; when all are, the one that is furthest counts.
    fn change(&mut self) -> Change {
        let all_idle = self.channels.iter().all(|channel| channel.idle);
        let watermarks = || self.channels.iter().filter(|channel| all_idle || !channel.idle).map(|own| own.watermark);
        let reached = if all_idle { watermarks().max() } else { watermarks().min() };
        let mut change = Change::default();
        if all_idle != self.idle {
            self.idle = all_idle;
            change.idle = Some(all_idle);
        }
        if let Some(reached) = reached.flatten()
            && self.watermark.is_none_or(|before| reached > before)
        {
            self.watermark = Some(reached);
            change.watermark = Some(reached);
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(watermark: i64) -> Change {
        Change { idle: None, watermark: Some(watermark) }
    }

    #[test]
    fn the_slowest_channel_holds_the_watermark_back() {
        let mut three = Alignment::new(3);
        assert_eq!(three.watermark(0, 50), Change::default());
        assert_eq!(three.watermark(1, 40), Change::default());
        assert_eq!(three.watermark(2, 45), moved(40));
        assert_eq!(three.watermark(1, 60), moved(45));
        assert_eq!(three.watermark(1, 55), Change::default(), "no watermark goes back");
    }

    #[test]
    fn a_silent_channel_holds_nothing_back_until_it_wakes() {
        let mut two = Alignment::new(2);
        two.watermark(0, 100);
        assert_eq!(two.idle(1, true), moved(100));
        assert_eq!(two.idle(1, false), Change::default());
        assert_eq!(two.watermark(0, 200), Change::default());
        assert_eq!(two.watermark(1, 150), moved(150));
        assert_eq!(two.idle(0, true), Change::default());
        assert_eq!(two.idle(1, true), Change { idle: Some(true), watermark: Some(200) }, "nobody is waited for");
        assert_eq!(two.idle(0, false).idle, Some(false));
    }

    #[test]
    fn behind_a_barrier_a_channel_waits_for_the_others() {
        let mut two = Alignment::new(2);
        assert!(!two.barrier(1, 7));
        assert!(two.is_open(0) && !two.is_open(1));
        assert!(two.barrier(0, 7));
        assert!(two.is_open(0) && two.is_open(1));
        assert!(!two.end(0));
        assert!(two.barrier(1, 8), "what has ended is waited for no more");
        assert!(two.end(1));
    }
}
