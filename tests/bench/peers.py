"""Profiles 1,000,000 flights of seven columns with `headwater profile --all-rows`, DuckDB's SUMMARIZE and ydata-profiling, side by side.

usage: peers.py HEADWATER FLIGHTS_PARQUET FOLDER

Each contestant runs as a process of its own, in turn, ROUNDS times; time and peak memory are those of the whole process, start of the
interpreter included. `work` is the time without the start and the imports, measured inside (Python only). ydata-profiling runs once.
"""

import importlib.util
import os
import statistics
import subprocess
import sys
import time

ROUNDS = 5

MAKE = """
copy (select "date", delay, distance, origin, destination,
             'v' || (power(hash(place) % 1000003 / 1000003.0, 4) * 400000)::bigint as visitor,
             exp(3 + (hash(place + 7) % 1000003) / 400000.0) as fare
      from (select *, row_number() over () as place from '{source}' limit 1000000) order by place)
to '{file}' (format parquet)
"""

DUCKDB = """
import duckdb, time
connection = duckdb.connect()
began = time.perf_counter()
rows = connection.execute("summarize select * from '{file}'").fetchall()
assert len(rows) == 7
print(time.perf_counter() - began)
"""

YDATA = """
import time
import duckdb
from ydata_profiling import ProfileReport
frame = duckdb.sql("select * from '{file}'").df()
began = time.perf_counter()
ProfileReport(frame, minimal=True, progress_bar=False).to_json()
print(time.perf_counter() - began)
"""


def run(command):
    """Seconds, peak MiB, and the last line of what the command printed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{command[:2]} failed:\n{errors}")
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    return seconds, usage.ru_maxrss / unit, output.strip().splitlines()[-1]


def main():
    headwater, source, folder = sys.argv[1:]
    file = os.path.join(folder, "flights-1m.parquet")
    if not os.path.exists(file):
        import duckdb

        duckdb.sql(MAKE.format(source=source, file=file))
    contestants = {
        "headwater profile --all-rows": [headwater, "profile", file, "--all-rows"],
        "DuckDB SUMMARIZE": [sys.executable, "-c", DUCKDB.format(file=file)],
    }
    seen = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, command in contestants.items():
            seen[name].append(run(command))
    if importlib.util.find_spec("ydata_profiling"):
        seen["ydata-profiling minimal"] = [run([sys.executable, "-c", YDATA.format(file=file)])]
    else:
        print("ydata-profiling is not installed: left out")
    print(f"1,000,000 rows × 7 columns, {os.cpu_count()} cores, median of {ROUNDS}")
    print(f"{'':<32}{'seconds':>10}{'work':>10}{'peak MiB':>10}")
    for name, runs in seen.items():
        seconds, memory = statistics.median(r[0] for r in runs), max(r[1] for r in runs)
        inside = [float(r[2]) for r in runs] if not name.startswith("headwater") else []
        work = f"{statistics.median(inside):.3f}" if inside else "–"
        print(f"{name:<32}{seconds:>10.3f}{work:>10}{memory:>10.0f}")


if __name__ == "__main__":
    main()
