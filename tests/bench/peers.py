"""Profiles 1,000,000 rows with `headwater profile --all-rows`, DuckDB's SUMMARIZE and ydata-profiling, side by side.

usage: peers.py HEADWATER FLIGHTS_PARQUET FOLDER

Each contestant runs as a process of its own, on the same file, with as many threads as it takes by itself. The first two run ROUNDS times
in turns, so that whatever else the machine does meets both; ydata-profiling, which takes a minute, runs once. `seconds` is the whole
process, start of the interpreter included; `without start` is measured inside, after the imports (Python only); `CPU s` is what all
threads computed; `ratio` is the seconds by those of Headwater.
"""

import importlib.metadata
import os
import statistics
import subprocess
import sys
import time

ROUNDS = 9

FLIGHTS = """
copy (select "date", delay, distance, origin, destination,
             'v' || (power(hash(place) % 1000003 / 1000003.0, 4) * 400000)::bigint as visitor,
             exp(3 + (hash(place + 7) % 1000003) / 400000.0) as fare
      from (select *, row_number() over () as place from '{source}' limit 1000000) order by place)
to '{file}' (format parquet)
"""

# The same rows with 23 columns more: numbers, texts and times of few and of many different values, with nulls.
WIDE = """
copy (select * exclude place, {more} from (select *, row_number() over () as place from '{narrow}') order by place)
to '{file}' (format parquet)
"""
MORE = [
    "hash(place + {n}) % 1000 as count_{n}",
    "case when hash(place + {n}) % 10 > 0 then ln(1 + hash(place * {n}) % 100000) end as amount_{n}",
    "'code ' || (hash(place + {n}) % 500) as code_{n}",
    "\"date\" + to_seconds((hash(place + {n}) % 3600)::int) as seen_{n}",
    "case when hash(place + {n}) % 4 > 0 then md5((place * {n})::varchar) end as session_{n}",
]

DUCKDB = """
import duckdb, time
connection = duckdb.connect()
began = time.perf_counter()
rows = connection.execute("summarize select * from '{file}'").fetchall()
print(len(rows), time.perf_counter() - began)
"""

YDATA = """
import time
import duckdb
from ydata_profiling import ProfileReport
frame = duckdb.sql("select * from '{file}'").df()
began = time.perf_counter()
ProfileReport(frame, minimal=True, progress_bar=False).to_json()
print(len(frame.columns), time.perf_counter() - began)
"""


def run(command):
    """Seconds, CPU seconds, peak MiB, and the seconds that the last line of what was printed says (Python only)."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{command[:2]} failed:\n{output}")
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    inside = float(output.split()[-1]) if command[0] == sys.executable else None
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, inside


def median(runs, at):
    return statistics.median(run[at] for run in runs)


def compare(headwater, file, columns, with_ydata):
    python = [sys.executable, "-c"]
    ours = f"{version(headwater)} profile --all-rows"
    contestants = {
        ours: [headwater, "profile", file, "--all-rows"],
        f"DuckDB {importlib.metadata.version('duckdb')} SUMMARIZE": [*python, DUCKDB.format(file=file)],
    }
    seen = {name: [] for name in contestants}
    for command in contestants.values():
        run(command)  # the file is in the page cache for all
    for _ in range(ROUNDS):
        for name, command in contestants.items():
            seen[name].append(run(command))
    if with_ydata:
        name = f"ydata-profiling {importlib.metadata.version('ydata-profiling')} minimal"
        seen[name] = [run([*python, YDATA.format(file=file)])]
    size = os.path.getsize(file) / 2**20
    print(f"\n1,000,000 rows × {columns} columns, Parquet of {size:.0f} MiB, {os.cpu_count()} cores, median of {ROUNDS} rounds")
    print(f"{'':<40}{'seconds':>9}{'from – to':>16}{'without start':>15}{'CPU s':>8}{'peak MiB':>10}{'ratio':>8}")
    base = median(seen[ours], 0)
    for name, runs in seen.items():
        seconds = [run[0] for run in runs]
        span = f"{min(seconds):.2f} – {max(seconds):.2f}" if len(runs) > 1 else "one run"
        inside = "–" if runs[0][3] is None else f"{median(runs, 3):.3f}"
        print(
            f"{name:<40}{median(runs, 0):>9.3f}{span:>16}{inside:>15}{median(runs, 1):>8.2f}"
            f"{max(run[2] for run in runs):>10.0f}{median(runs, 0) / base:>8.2f}"
        )


def version(headwater):
    return subprocess.run([headwater, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def make(sql):
    """Lets DuckDB write a file, in a process of its own: the peak memory of a child is at least that of its parent when it was started."""
    subprocess.run([sys.executable, "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", sql], check=True)


def main():
    headwater, source, folder = sys.argv[1:]
    narrow, wide = (os.path.join(folder, f"flights-1m-{columns}.parquet") for columns in (7, 30))
    if not os.path.exists(narrow):
        make(FLIGHTS.format(source=source, file=narrow))
    if not os.path.exists(wide):
        more = ", ".join(MORE[n % len(MORE)].format(n=n) for n in range(1, 24))
        make(WIDE.format(more=more, narrow=narrow, file=wide))
    compare(headwater, narrow, 7, with_ydata=True)
    compare(headwater, wide, 30, with_ydata=False)


if __name__ == "__main__":
    main()
