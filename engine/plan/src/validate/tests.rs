//! Every mistake, as the user reads it.
