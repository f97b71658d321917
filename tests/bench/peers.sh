#!/usr/bin/env bash
# Profiles 1,000,000 rows with Headwater, DuckDB and ydata-profiling, side by side. Takes no arguments; builds a release, installs the peers
# into target/peers, pinned with their hashes.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
tests/services/fetch.sh flights
if ! cmp --silent tests/bench/requirements.txt "$target/peers/ready"; then
    rm -rf "$target/peers"
    python3 -m venv "$target/peers"
    "$target/peers/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r tests/bench/requirements.txt
    cp tests/bench/requirements.txt "$target/peers/ready"
fi
cargo build --release --workspace --exclude headwater-tests --bin headwater --locked
mkdir -p "$target/tests"
exec "$target/peers/bin/python" tests/bench/peers.py "$target/release/headwater" "$target/services/flights/flights-3m.parquet" "$target/tests"
