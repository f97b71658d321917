//! What is known of the partitions that a sample is from.

/// One partition of a topic.
#[derive(Debug, Clone, Copy)]
pub struct PartitionSpan {
    /// Its number.
    pub partition: u32,
    /// How many records the log holds for it (high − low watermark).
    pub records: u64,
}
