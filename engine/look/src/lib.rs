//! A plan and its tape in, a report out: the one way from a sample to its shape, keys and drift, for the notebook and the command.
