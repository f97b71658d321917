#!/usr/bin/env bash
# Takes the pictures of a live JupyterLab: executes notebook 02 on the flights and on a sandbox, then photographs its cells. Takes no arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=target/keys
port=${HEADWATER_PORT:-19392}
tests/services/fetch.sh flights
cargo build --workspace --exclude headwater-tests --locked
target/debug/headwater-kernel install --prefix .venv
mkdir -p $folder
cp target/services/flights/flights-3m.parquet $folder/
rm -f $folder/brokers
target/debug/headwater sandbox --listen "127.0.0.1:$port" --rate 0 --rows 50000 --write-brokers $folder/brokers > $folder/sandbox.log 2>&1 &
sandbox=$!
trap 'kill $sandbox 2> /dev/null || true' EXIT
until [ -s $folder/brokers ]; do
  kill -0 $sandbox || { cat $folder/sandbox.log; exit 1; }
  sleep 0.2
done
HEADWATER_BROKERS=$(cat $folder/brokers) .venv/bin/python notebooks/execute.py notebooks/02-know-your-keys.ipynb $folder
PATH=$PWD/.venv/bin:$PATH .venv/bin/python docs/images/jupyterlab.py $folder/02-know-your-keys.ipynb docs/images \
  'lab-keys=flights\.keys\("origin"\)' 'lab-drift=lit\("Chicago"\)'
# What untrusted notebooks show is compared, not kept.
for one in docs/images/lab-*-untrusted-*.png; do mv "$one" $folder/; done
