#!/usr/bin/env bash
# Installs the wheel into an environment of its own, with nothing but jupyter_client beside it, and runs cells. Takes the wheel; the
# environment with jupyter_client is made in target/wheel.
set -euo pipefail
cd "$(dirname "$0")/../.."
wheel=$(realpath "$1")
target=${CARGO_TARGET_DIR:-target}
place=$target/wheel/try
rm -rf "$place"
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r tests/wheel/requirements.txt
"$place/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index "$wheel"
# Neither the environment's programs nor anybody's kernelspecs are to be found but by Jupyter itself.
place=$(realpath "$place")
env -u JUPYTER_PATH JUPYTER_DATA_DIR="$place/nobody" HEADWATER_HISTORY= HEADWATER_TEMPLATES="$place/templates" \
    "$place/bin/python" tests/wheel/try.py "$place"
"$place/bin/headwater" --version
"$place/bin/headwater-kernel" doctor || { echo "the doctor finds something broken"; exit 1; }
"$place/bin/pip" uninstall --quiet --yes headwater-kernel
left=$(find "$place/bin" "$place/share" -name '*headwater*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo "The wheel works: $(basename "$wheel"), $(du -h "$wheel" | cut -f1)"
