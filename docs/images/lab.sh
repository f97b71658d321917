#!/usr/bin/env bash
# Takes the pictures of a live JupyterLab on a sandbox: lives in the quickstart as the tests do, and executes notebook 02 (with the flights) to
# photograph its cells. Takes no arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
folder=$root/target/keys
port=${HEADWATER_PORT:-19392}
python=$root/target/services/venv/bin/python
tests/services/fetch.sh flights python chromium
cargo build --workspace --exclude headwater-tests --locked
# Cells tell where they have written; no picture shall show whose folder that was.
place=${TMPDIR:-/tmp}/headwater-lab
rm -rf "$place" "$folder/brokers"
mkdir -p "$folder" "$place"
target/debug/headwater-kernel install --prefix "$folder/prefix"
export JUPYTER_PATH=$folder/prefix/share/jupyter PYTHONPATH=$root/tests/drivers HEADWATER_HISTORY=
cp target/services/flights/flights-3m.parquet "$folder/"
target/debug/headwater sandbox --listen "127.0.0.1:$port" --rows 50000 --write-brokers "$folder/brokers" > "$folder/sandbox.log" 2>&1 &
sandbox=$!
trap 'kill $sandbox 2> /dev/null || true' EXIT
until [ -s "$folder/brokers" ]; do
  kill -0 $sandbox || { cat "$folder/sandbox.log"; exit 1; }
  sleep 0.2
done
HEADWATER_BROKERS=$(cat "$folder/brokers")
export HEADWATER_BROKERS
for theme in light dark; do
  "$python" tests/drivers/lab.py notebooks/01-quickstart.ipynb "$place/$theme" --theme $theme --pictures docs/images --watch 'orders.watch()'
done
"$python" notebooks/execute.py notebooks/02-know-your-keys.ipynb "$folder"
"$python" docs/images/notebook.py "$folder/02-know-your-keys.ipynb" docs/images 'lab-keys=flights\.keys\("origin"\)' 'lab-drift=lit\("Chicago"\)'
# What untrusted notebooks show is compared, not kept.
for one in docs/images/lab-*-untrusted-*.png; do mv "$one" "$folder/"; done
