#!/usr/bin/env bash
# Measures the figures of the README on this machine: a release build, real Kafka, DuckDB as the peer. Takes no arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/services/fetch.sh
cargo build --release --workspace --locked
exec target/release/bench
