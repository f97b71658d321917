#!/usr/bin/env bash
# The demo: builds the kernel and the command, executes the quickstart on a sandbox without a browser, then runs and checks
# the job that the notebook exported. Needs Rust, Python 3 and a C/C++ compiler. Everything it makes lies in target/demo and .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/target/demo
bin=$root/target/debug

step() { printf '\n== %s\n' "$*"; }
timed() { printf '   %s s\n' $((SECONDS - started)); started=$SECONDS; }
begun=$SECONDS started=$SECONDS
mkdir -p "$out"

step "Building the kernel and the command. From nothing, on two cores, cargo compiles for about a quarter of an hour."
make .venv/ready > "$out/python.log" 2>&1 &
python=$!
cargo build --workspace --exclude headwater-tests --locked
timed

step "Python environment .venv, with JupyterLab, and the kernel in it"
wait $python || { cat "$out/python.log"; exit 1; }
"$bin/headwater-kernel" install --prefix .venv
timed

step "Sandbox: a Kafka in this process, filled with orders"
rm -rf "$out/jobs" "$out/charts" "$out/brokers"
"$bin/headwater" sandbox --listen 127.0.0.1:0 --write-brokers "$out/brokers" > "$out/sandbox.log" 2>&1 &
sandbox=$!
trap 'kill $sandbox 2> /dev/null || true; wait $sandbox 2> /dev/null || true' EXIT
until [ -s "$out/brokers" ]; do
  kill -0 $sandbox 2> /dev/null || { cat "$out/sandbox.log"; exit 1; }
  sleep 0.1
done
HEADWATER_BROKERS=$(cat "$out/brokers")
export HEADWATER_BROKERS
echo "   brokers: $HEADWATER_BROKERS"
timed

step "Quickstart, executed by nbclient"
.venv/bin/python notebooks/execute.py notebooks/01-quickstart.ipynb "$out"
timed

step "The exported job, run until the end of the topic"
cd "$out"
"$bin/headwater" run jobs/city-revenue --until-end
timed

step "The same job on the recorded sample, compared with what the notebook showed"
"$bin/headwater" check jobs/city-revenue
timed

step "Done in $((SECONDS - begun)) s"
cat <<END
   notebook  $out/01-quickstart.ipynb
   as HTML   $out/01-quickstart.html
   charts    $(ls "$out"/charts/*.svg | sed '2,$s/^/             /')
   job       $out/jobs/city-revenue (README.md, job.toml, plan.json, sample, expected)
   go on     make lab, beside a \`target/debug/headwater sandbox\`
END
