//! The parts of the kernel that do not speak ZeroMQ: the service that cells send their plans to, and what a user sees of the answers.

pub mod assist;
pub mod display;
pub mod jobs;
pub mod magics;
pub mod pipelines;
pub mod service;
pub mod settings;
