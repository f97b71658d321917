//! The operators, one file each, behind one small trait. They do no I/O and read no clock.

use crate::{Batch, Message, Result};

/// What an operator emits is pushed here, in order.
pub type Output = Vec<Message>;

/// One step of a running pipeline. The runtime delivers messages in order; a barrier is answered with [`Operator::snapshot`].
pub trait Operator: Send {
    /// Rows have come.
    ///
    /// # Errors
    /// A failure that ends the pipeline; what concerns one value only is a null instead.
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()>;

    /// Event time has advanced. An operator that keeps no time passes the watermark on.
    ///
    /// # Errors
    /// As for [`Operator::on_batch`].
    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    /// A source partition has gone silent.
    ///
    /// # Errors
    /// As for [`Operator::on_batch`].
    fn on_idle(&mut self, partition: u32, out: &mut Output) -> Result<()> {
        out.push(Message::Idle(partition));
        Ok(())
    }

    /// The state as bytes, complete enough for [`Operator::restore`]; empty for a stateless operator.
    ///
    /// # Errors
    /// The state cannot be written.
    fn snapshot(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Takes up the state that [`Operator::snapshot`] gave, on a fresh operator of the same plan.
    ///
    /// # Errors
    /// The bytes are of another version or damaged.
    fn restore(&mut self, _state: &[u8]) -> Result<()> {
        Ok(())
    }
}
