//! The command `headwater`.
mod orders;
fn main() {}
