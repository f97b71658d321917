"""Executes a notebook without a browser: cell by cell with nbclient, then writes it with its outputs, as HTML, and its charts as SVG.

    execute.py NOTEBOOK FOLDER [--keep-going]

Cells run in FOLDER. Ends with 1 at the first cell that fails; --keep-going shows the failure in its place and goes on.
"""

import argparse
import base64
import pathlib
import re
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

SVG = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")


def first_words(cell):
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("//")]
    return lines[0][:80] if lines else ""


class Narrator:
    """Prints each code cell as it ends, with the time it took."""

    def __init__(self, notebook):
        self.total = sum(cell.cell_type == "code" for cell in notebook.cells)
        self.done = 0
        self.began = 0.0

    def start(self, cell, cell_index):
        self.began = time.monotonic()

    def end(self, cell, cell_index, execute_reply):
        self.done += 1
        took = time.monotonic() - self.began
        print(f"   cell {self.done} of {self.total}  {took:6.2f} s  {first_words(cell)}", flush=True)


def charts(notebook):
    """Every chart in the outputs, in order. They are images inside the HTML: JupyterLab's sanitizer leaves no other SVG."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for encoded in SVG.findall(output.get("data", {}).get("text/html", "")):
                yield base64.b64decode(encoded).decode()


def write(notebook, name, folder):
    nbformat.write(notebook, folder / f"{name}.ipynb")
    for theme, ending in (("light", ""), ("dark", "-dark")):
        html, _ = HTMLExporter(theme=theme).from_notebook_node(notebook, {"metadata": {"name": name}})
        (folder / f"{name}{ending}.html").write_text(html)
    (folder / "charts").mkdir(exist_ok=True)
    for number, svg in enumerate(charts(notebook), start=1):
        (folder / "charts" / f"{number}.svg").write_text(svg)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("notebook", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--keep-going", action="store_true")
    options = arguments.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(options.notebook, as_version=4)
    narrator = Narrator(notebook)
    client = NotebookClient(
        notebook,
        timeout=120,
        allow_errors=options.keep_going,
        resources={"metadata": {"path": str(options.folder)}},
        on_cell_start=narrator.start,
        on_cell_executed=narrator.end,
    )
    failed = None
    try:
        client.execute()
    except CellExecutionError as error:
        failed = error
    write(notebook, options.notebook.stem, options.folder)
    if failed:
        sys.exit(f"a cell failed:\n{failed}")


main()
