#!/usr/bin/env bash
# Measures the kernel beside evcxr_jupyter and ipykernel, in turns in one run. Takes the profile of the build, `release` unless told
# otherwise, and rounds for the starts and for the cells (7 and 40). Installs the peers into target/peers-kernels, pinned; evcxr_jupyter
# is compiled from crates.io once, which takes a quarter of an hour on two cores. Without it (HEADWATER_BENCH_WITHOUT_EVCXR=1) its column
# is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
profile=${1:-release}
place=$target/peers-kernels
if ! cmp --silent tests/bench/kernels.txt "$place/venv/ready"; then
    rm -rf "$place/venv"
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r tests/bench/kernels.txt
    cp tests/bench/kernels.txt "$place/venv/ready"
fi
if [ -z "${HEADWATER_BENCH_WITHOUT_EVCXR:-}" ] && ! "$place/bin/evcxr_jupyter" --version 2> /dev/null | grep -q 0.22.0; then
    CARGO_TARGET_DIR=$target/peers-build cargo install evcxr_jupyter --version 0.22.0 --locked --root "$place"
fi
if [ "$profile" = release ]; then
    cargo build --release --workspace --exclude headwater-tests --locked
else
    cargo build --workspace --exclude headwater-tests --locked
fi
folder=$([ "$profile" = release ] && echo release || echo debug)
mkdir -p "$place/run"
exec "$place/venv/bin/python" tests/bench/kernels.py "$target/$folder/headwater-kernel" "$place/bin/evcxr_jupyter" "$place/run" "${2:-7}" "${3:-40}"
