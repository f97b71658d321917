"""Takes the pictures of this folder: cells of the executed quickstart, rendered by chromium, light and dark.

    make.py FOLDER_OF_THE_DEMO FOLDER_OF_THE_PICTURES
"""

import pathlib
import re
import sys
import tempfile

import nbformat
from nbconvert import HTMLExporter

from chromium import chromium

WIDTH = 1100
# The picture, and how the code of its last cell begins; it shows that cell and the text above it.
PICTURES = {
    "rows": r"^orders$",
    "shape": r"^orders\.shape\(\)",
    "keys": r"^orders\.keys\(",
    "held-back": r"^per_minute$",
    "windows": r"^let revenue",
    "export": r"\.export\(",
}
# The page tells its own height in its title, so that the picture ends where the page does.
MEASURE = "<script>addEventListener('load', () => { document.title = 'height=' + Math.ceil(document.body.getBoundingClientRect().height) })</script>"
LAYOUT = "<style>body { margin: 0 !important; padding: 12px !important; } .jp-Notebook { padding: 0 !important; }</style>"


def photograph(page, picture):
    """One page, as high as it is, into one PNG."""
    url = page.resolve().as_uri()
    title = re.search(r"<title>height=(\d+)", chromium(f"--window-size={WIDTH},800", "--virtual-time-budget=5000", "--dump-dom", url))
    if title is None:
        sys.exit(f"{page} did not tell its height")
    size = f"--window-size={WIDTH},{title[1]}"
    chromium(size, "--force-device-scale-factor=1.25", "--virtual-time-budget=5000", f"--screenshot={picture.resolve()}", url)


def page_of(notebook, cells, theme):
    part = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    html, _ = HTMLExporter(theme=theme).from_notebook_node(part)
    # Where this was run is nobody's business.
    html = html.replace(str(pathlib.Path.cwd()), "/home/you/headwater")
    return html.replace("</head>", LAYOUT + MEASURE + "</head>", 1)


def chosen(notebook, pattern):
    """The cell whose code has the pattern, and the text above it."""
    for above, cell in zip([None, *notebook.cells], notebook.cells):
        if cell.cell_type == "code" and re.search(pattern, cell.source, re.MULTILINE):
            return [one for one in (above, cell) if one is not None]
    sys.exit(f"no cell has {pattern}")


def main():
    demo, out = map(pathlib.Path, sys.argv[1:3])
    executed = demo / "01-quickstart.ipynb"
    if not executed.is_file():
        sys.exit(f"{executed} is not there; `make demo` makes it")
    notebook = nbformat.read(executed, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        for theme in ("light", "dark"):
            parts = {name: chosen(notebook, pattern) for name, pattern in PICTURES.items()}
            for name, cells in parts.items():
                page = pathlib.Path(folder) / f"{name}-{theme}.html"
                page.write_text(page_of(notebook, cells, theme))
                picture = out / f"{name}-{theme}.png"
                photograph(page, picture)
                print(f"   {picture}  {picture.stat().st_size // 1024} KB", flush=True)


main()
