"""Starts, cells, interrupts, completions and memory of three kernels, in turns in one run, as jupyter_client sees them.

Takes the headwater-kernel, the evcxr_jupyter (which may be missing), a folder to work in, and the rounds of starts and of cells. Prints a
table in Markdown: medians, in brackets the 95th percentile, and for the peers their time over ours.
"""

import json
import os
import pathlib
import queue
import socket
import statistics
import sys
import time

import psutil
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

OURS, EVCXR, PYTHON = "headwater", "evcxr_jupyter", "ipykernel"
# After the first result kernels do things on their own; cells are measured after that.
QUIET = 5.0
LIMIT = 120


class Kernel:
    """A kernel that runs, and a client of it."""

    def __init__(self, name, specs, folder):
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
        self.begun = time.perf_counter()
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LIMIT)
        self.info = time.perf_counter() - self.begun

    def run(self, code, after=None):
        """Seconds from the request to idle, and the reply's status. Calls `after` once the cell is busy."""
        begun = time.perf_counter()
        asked = self.client.execute(code)
        while True:
            message = self.client.get_iopub_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") != asked or message["msg_type"] != "status":
                continue
            if message["content"]["execution_state"] == "idle":
                break
            if after:
                after()
        took = time.perf_counter() - begun
        while (reply := self.client.get_shell_msg(timeout=LIMIT))["parent_header"].get("msg_id") != asked:
            pass
        return took, reply["content"]["status"]

    def well(self, code):
        took, status = self.run(code)
        assert status == "ok", f"{self.manager.kernel_name}: {status}: {code}"
        return took

    def completes(self, code):
        begun = time.perf_counter()
        asked = self.client.complete(code, len(code))
        while (reply := self.client.get_shell_msg(timeout=LIMIT))["parent_header"].get("msg_id") != asked:
            pass
        took = time.perf_counter() - begun
        return took, reply["content"]["matches"]

    def interrupt(self, code, wait):
        """Seconds from the interrupt to idle, for a cell that has run for `wait` seconds."""
        import threading

        at = []

        def press():
            at.append(time.perf_counter())
            self.manager.interrupt_kernel()

        timer = threading.Timer(wait, press)
        timer.start()
        self.run(code)
        return time.perf_counter() - at[0]

    def memory(self):
        """Mebibytes that the kernel and all it has started hold in memory."""
        kernel = psutil.Process(self.manager.provisioner.pid)
        family = [kernel, *kernel.children(recursive=True)]
        return sum(process.memory_info().rss for process in family) / 2**20

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


def install(folder, headwater, evcxr):
    """Kernelspecs of all three in a folder of their own."""
    argv = {
        OURS: [headwater, "run", "--connection-file", "{connection_file}"],
        EVCXR: [evcxr, "--control_file", "{connection_file}"],
        PYTHON: [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    }
    if not pathlib.Path(evcxr).is_file():
        print(f"There is no {evcxr}: its column is missing.")
        del argv[EVCXR]
    for name, line in argv.items():
        place = folder / "kernels" / name
        place.mkdir(parents=True, exist_ok=True)
        mode = "signal" if name == PYTHON else "message"
        spec = {"argv": line, "display_name": name, "language": "any", "interrupt_mode": mode}
        (place / "kernel.json").write_text(json.dumps(spec))
    return list(argv), KernelSpecManager(kernel_dirs=[str(folder / "kernels")])


def cells(name, orders):
    """What is prepared, and the cells to measure by what they are called; `#` is a number that is new each time."""
    if name == PYTHON:
        return "def scale(of): return of * 2\ntext = 'a b'\nkept = 7", {
            "a cell: `let` of a number": "x = #",
            "a cell: a function call, printed": "print(scale(#))",
        }
    prepared = "fn scale(of: i64) -> i64 { of * 2 }\nlet text = String::from(\"a b\");\nlet kept = 7;"
    rust = {
        "a cell: `let` of a number": "let x = #;",
        "a cell: a function call, printed": 'println!("{}", scale(#));',
    }
    if name == EVCXR:
        return prepared, rust
    return prepared + f'\nlet orders = files("{orders}").json();', rust | {
        "a cell: `let` of a pipeline": 'let paid = orders.filter(col("amount").gt(#)).select([col("city"), col("amount")]);',
        "a cell: preview of 20,000 rows": "orders",
    }


def starts(names, specs, folder, rounds, rows):
    for _ in range(rounds):
        for name in names:
            kernel = Kernel(name, specs, folder)
            rows["start to kernel info"][name].append(kernel.info)
            kernel.well("1 + 1")
            rows["start to first result"][name].append(time.perf_counter() - kernel.begun)
            kernel.end()


def measure_cells(kernels, orders, rounds, rows):
    measured = {}
    for name, kernel in kernels.items():
        prepared, measured[name] = cells(name, orders)
        kernel.well(prepared)
        if name == OURS:
            try:
                kernel.well("%%sql bench\nSELECT city, amount FROM orders WHERE amount > 1")
                measured[name]["a cell: `%%sql`, with its rows"] = "%%sql bench\nSELECT city, amount FROM orders WHERE amount > #"
            except AssertionError:
                pass
    time.sleep(QUIET)
    for cell in dict.fromkeys(cell for cells in measured.values() for cell in cells):
        for number in range(rounds + 1):
            for name, kernel in kernels.items():
                if cell in measured[name]:
                    took = kernel.well(measured[name][cell].replace("#", str(number)))
                    # The first of its kind may meet what the others do not.
                    if number:
                        rows[cell][name].append(took)


def measure_completions(kernels, rounds, rows):
    for number in range(rounds + 1):
        for name, kernel in kernels.items():
            took, matches = kernel.completes("text.spl")
            assert any("split" in match for match in matches), (name, matches)
            if number:
                rows["completion of `text.spl`"][name].append(took)


def measure_interrupts(kernels, rounds, rows):
    kept = {name: True for name in kernels}
    loops = {PYTHON: "while True: pass"}
    for _ in range(rounds):
        for name, kernel in kernels.items():
            kernel.run("kept = 7" if name == PYTHON else "let kept = 7;")
            took = kernel.interrupt(loops.get(name, "loop { std::hint::spin_loop(); }"), 2.0)
            rows["interrupt of an endless loop"][name].append(took)
            kept[name] &= kernel.run("kept")[1] == "ok"
    print("After an interrupt of a loop the variables are", {name: "kept" if it else "lost" for name, it in kept.items()})
    # Takes connections and never says a word: a look waits for seconds.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ours = kernels[OURS]
        for _ in range(rounds):
            ours.well("let kept = 7;")
            took = ours.interrupt(f'kafka("127.0.0.1:{silent.getsockname()[1]}", "orders").json()', 2.0)
            rows["interrupt of a look (variables are kept)"][OURS].append(took)
            ours.well("kept")


def shown(row, name, measured, unit):
    times = measured[row].get(name)
    if not times:
        return "–"
    median = statistics.median(times)
    if unit == "MiB":
        text = f"{median:.0f} MiB"
    else:
        worst = sorted(times)[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
        text = f"{median * 1000:.0f} ms ({worst * 1000:.0f})" if median < 10 else f"{median:.1f} s ({worst:.1f})"
    ours = measured[row].get(OURS)
    if name != OURS and ours:
        text += f", {median / statistics.median(ours):.2g}x"
    return text


class Rows(dict):
    def __missing__(self, row):
        self[row] = Row()
        return self[row]


class Row(dict):
    def __missing__(self, name):
        self[name] = []
        return self[name]


def main():
    headwater, evcxr, folder, start_rounds, cell_rounds = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    os.environ["HEADWATER_HISTORY"] = ""
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    names, specs = install(folder, str(pathlib.Path(headwater).resolve()), str(pathlib.Path(evcxr).resolve()))
    orders = folder / "orders.json"
    orders.write_text("".join(json.dumps({"city": f"c{row % 50}", "amount": row % 997}) + "\n" for row in range(20_000)))
    rows = Rows()
    print("Load of the machine before:", *(f"{load:.1f}" for load in os.getloadavg()))
    # What the first session ever compiles is measured by itself.
    first = Kernel(OURS, specs, folder)
    first.well("1 + 1")
    print(f"The very first session: result after {time.perf_counter() - first.begun:.1f} s")
    first.end()
    starts(names, specs, folder, int(start_rounds), rows)
    kernels = {name: Kernel(name, specs, folder) for name in names}
    try:
        measure_cells(kernels, orders, int(cell_rounds), rows)
        measure_completions(kernels, int(cell_rounds), rows)
        for name, kernel in kernels.items():
            rows["memory of all processes"][name].append(kernel.memory())
        measure_interrupts(kernels, max(3, int(start_rounds) // 2), rows)
    except queue.Empty:
        sys.exit("a kernel did not answer in time")
    finally:
        for kernel in kernels.values():
            kernel.end()
    print("Load of the machine after:", *(f"{load:.1f}" for load in os.getloadavg()), end="\n\n")
    print("| median (95th percentile) |", " | ".join(names), "|")
    print("|---|" + "---|" * len(names))
    for row in rows:
        unit = "MiB" if row.startswith("memory") else "s"
        print(f"| {row} |", " | ".join(shown(row, name, rows, unit) for name in names), "|")


main()
