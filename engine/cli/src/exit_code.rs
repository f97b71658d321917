//! The exit codes of the command: they are an interface, for scripts and supervisors.

/// All went well.
pub(crate) const OK: u8 = 0;
/// A fault of Headwater: please report it.
pub(crate) const INTERNAL: u8 = 1;
/// The command line, the job or its settings have to be changed. (clap uses the same.)
pub(crate) const USER: u8 = 2;
/// `headwater check` found a difference; a check of the pipeline failed in `headwater preview`, a contract or a comparison in
/// `headwater profile`.
pub(crate) const DIFFERENT: u8 = 3;
/// A broker, a disk or a file failed: trying again may help.
pub(crate) const EXTERNAL: u8 = 4;
/// A checkpoint is damaged or of another pipeline; an operator has to decide.
pub(crate) const CHECKPOINT: u8 = 5;
