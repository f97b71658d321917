#!/usr/bin/env bash
# Profiles 1,000,000 rows with Headwater, DuckDB and ydata-profiling, side by side. Takes no arguments; builds a release, installs the peers
# into target/peers.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
tests/services/fetch.sh flights
if [ ! -e "$target/peers/ready" ]; then
    python3 -m venv "$target/peers"
    "$target/peers/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
    "$target/peers/bin/pip" install --quiet --disable-pip-version-check ydata-profiling || echo "ydata-profiling does not install here: left out"
    touch "$target/peers/ready"
fi
cargo build --release --workspace --exclude headwater-tests --locked
mkdir -p "$target/tests"
exec "$target/peers/bin/python" tests/bench/peers.py "$target/release/headwater" "$target/services/flights/flights-3m.parquet" "$target/tests"
