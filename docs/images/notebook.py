"""Takes pictures of a notebook as JupyterLab shows it: a real server, a real browser, light and dark, trusted and not.

    notebook.py NOTEBOOK FOLDER_OF_THE_PICTURES NAME=PATTERN…

NOTEBOOK has its outputs; nothing is executed. Each picture shows the cell whose code has the pattern. `browser.py` is of tests/drivers.
"""

import pathlib
import re
import sys
import tempfile
import time

import nbformat
from browser import THEMES, Lab, Notebook, chromium
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect

WIDTH = 1180
# As high as a notebook may be, so that nothing scrolls.
HEIGHT = 16000
# Whatever asks or tells something lies over the page.
QUIET = ".jp-Dialog, .jp-SidePanel, .jp-SideBar { display: none !important }"


def photograph(notebook, theme, trusted, pictures):
    """One server, one page, all pictures of it."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as home:
        lab = Lab(pathlib.Path(home), theme)
        copy = lab.notebooks / "notebook.ipynb"
        nbformat.write(notebook, copy)
        if trusted:
            (lab.folder / "data").mkdir(exist_ok=True)
            NotebookNotary(data_dir=str(lab.folder / "data")).sign(nbformat.read(copy, as_version=4))
        with lab, chromium(WIDTH, HEIGHT) as page:
            shown = Notebook(lab, page, "notebook.ipynb", len(cells))
            page.add_style_tag(content=QUIET)
            for at, cell in enumerate(cells):
                expect(shown.outputs(at)).to_have_count(len(cell.outputs))
            page.wait_for_function("[...document.querySelectorAll('.jp-OutputArea img')].every(image => image.complete)")
            time.sleep(1)
            for pattern, picture in pictures:
                index = next((at for at, cell in enumerate(cells) if re.search(pattern, cell.source, re.MULTILINE)), None)
                if index is None:
                    sys.exit(f"no cell has {pattern}")
                shown.cells.nth(index).screenshot(path=picture)
                print(f"   {picture}  {picture.stat().st_size // 1024} KB", flush=True)


def main():
    source, out = map(pathlib.Path, sys.argv[1:3])
    wanted = [one.split("=", 1) for one in sys.argv[3:]]
    if not source.is_file():
        sys.exit(f"{source} is not there; `make demo` or `make images` makes it")
    notebook = nbformat.read(source, as_version=4)
    out.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for trusted in (True, False):
            kind = "" if trusted else "-untrusted"
            photograph(notebook, theme, trusted, [(pattern, out / f"{name}{kind}-{theme}.png") for name, pattern in wanted])


main()
