#!/usr/bin/env bash
# Fetches the real parts that the tests run against, each once, into target/services: Apache Kafka's jars (Maven Central),
# the flights of 2001 (npm) and a Python environment with the notebook clients and DuckDB (PyPI, hashes checked). A browser is the
# system's: one that is missing is installed where that is allowed, which is as root on Debian.
# Says what it does; running it again fetches only what is missing or has changed.
#   fetch.sh [kafka] [flights] [python] [chromium]      everything when nothing is named
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
into=${CARGO_TARGET_DIR:-$root/target}/services
mkdir -p "$into"

say() { printf '  services: %s\n' "$*"; }

need() { # need COMMAND WHAT_FOR
  command -v "$1" >/dev/null || { say "\`$1\` is not on the PATH; it is needed to $2"; exit 1; }
}

# once NAME INPUTS… : runs fetch_NAME unless the stamp of a former run names the same inputs.
once() {
  local name=$1 stamp=$into/$1.stamp started=$SECONDS
  shift
  local inputs
  inputs=$(cat "$@" | cksum)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$inputs" ]; then
    say "$name is there"
    return
  fi
  rm -rf "$stamp"
  "fetch_$name"
  printf '%s' "$inputs" > "$stamp"
  say "$name fetched in $((SECONDS - started)) s"
}

fetch_kafka() {
  need mvn "fetch Apache Kafka from Maven Central (Debian: maven)"
  need java "run Apache Kafka (Debian: openjdk-17-jre-headless)"
  say "Apache Kafka 4.3.0 from Maven Central (46 jars, 44 MB) …"
  rm -rf "$into/kafka"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$into/kafka/libs" -DincludeScope=runtime
}

fetch_flights() {
  need npm "fetch the flights of 2001 (Debian: npm)"
  say "three million flights of 2001, npm vega-datasets 3.2.1 …"
  rm -rf "$into/flights" "$into/flights.tmp"
  mkdir -p "$into/flights.tmp"
  (cd "$into/flights.tmp" && npm pack --silent vega-datasets@3.2.1 > /dev/null)
  tar -xzf "$into"/flights.tmp/vega-datasets-3.2.1.tgz -C "$into/flights.tmp" package/data/flights-3m.parquet
  mkdir "$into/flights"
  mv "$into/flights.tmp/package/data/flights-3m.parquet" "$into/flights/"
  rm -rf "$into/flights.tmp"
}

fetch_python() {
  need python3 "drive notebooks and ask DuckDB"
  say "Python packages from PyPI …"
  rm -rf "$into/venv"
  python3 -m venv "$into/venv"
  "$into/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$root/tests/requirements.txt"
}

have_chromium() {
  local installer="apt-get install --yes --no-install-recommends chromium"
  command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    say "no chromium on the PATH; it is needed to see notebooks in JupyterLab (Debian: sudo $installer)"
    exit 1
  fi
  say "chromium from Debian …"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive $installer; } > "$into/chromium.log" 2>&1; then
    tail -5 "$into/chromium.log"
    say "chromium does not install ($installer); it is needed to see notebooks in JupyterLab; all of it: $into/chromium.log"
    exit 1
  fi
}

wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(kafka flights python chromium)
for one in "${wanted[@]}"; do
  case $one in
    kafka) once kafka "$here/pom.xml" ;;
    flights) once flights "$0" ;;
    python) once python "$root/tests/requirements.txt" ;;
    chromium) have_chromium ;;
    *) say "unknown: $one (kafka, flights, python, chromium)"; exit 2 ;;
  esac
done
