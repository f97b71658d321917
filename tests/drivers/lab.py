"""Lives in a copy of the quickstart as a user does, in JupyterLab in a browser, and tells what was seen: one JSON object.

    lab.py NOTEBOOK FOLDER [--pictures FOLDER] [--theme light|dark]

Runs all cells, completes a column, reads a tooltip, interrupts a watch, goes on with the variables, restarts and runs all again. The
server's things lie in FOLDER; what went wrong is photographed there.
"""

import argparse
import json
import pathlib
import shutil
import time

import nbformat
from browser import Lab, Notebook, chromium
from playwright.sync_api import expect

# Those in sight: some lie in parts that are unfolded first.
CHART = 'img[src^="data:image/svg+xml"]:visible'
# A wide screen, on which a table and what hangs over it have room.
SIZE = (1280, 900)


class Life:
    """One notebook from opening to restart, with one more cell at its end for what comes to mind. Each step gives what was seen."""

    def __init__(self, notebook, cells, pictures):
        self.notebook, self.page, self.cells, self.pictures = notebook, notebook.page, cells, pictures
        self.scratch = cells

    def photograph(self, name):
        if self.pictures:
            self.page.screenshot(path=self.pictures(name))

    def shown(self):
        """What the cells of the notebook show together."""
        outputs = self.notebook.panel.locator(".jp-OutputArea-output")
        charts = outputs.locator(CHART)
        drawn = charts.evaluate_all("all => all.filter(one => one.complete && one.naturalWidth > 0).length")
        rows = outputs.locator("table tr").count()
        return {"rows": rows, "charts": charts.count(), "charts_drawn": drawn, "errors": outputs.locator(".jp-RenderedText[data-mime-type*=error]").count()}

    def run_all(self):
        self.notebook.until_idle()
        self.notebook.menu("Run", "Run All Cells")
        return self.see_all()

    def see_all(self):
        self.notebook.until_run(*range(self.cells))
        self.notebook.until_idle()
        if self.notebook.cells.count() == self.cells:
            self.notebook.append()
        self.notebook.panel.locator(CHART).first.wait_for()
        seen = self.shown()
        self.notebook.cells.nth(1).scroll_into_view_if_needed()
        self.photograph("quickstart")
        return seen

    def complete(self):
        """Column names, once inside `col("…")`: all of them, and the one that begins so."""
        at = self.scratch
        self.notebook.write(at, 'orders.filter(col("')
        self.page.keyboard.press("Tab")
        names = self.page.locator(".jp-Completer-item .jp-Completer-match")
        names.first.wait_for()
        offered = names.all_inner_texts()
        self.photograph("complete")
        self.page.keyboard.press("Escape")
        self.notebook.write(at, 'orders.filter(col("am')
        self.page.keyboard.press("Tab")
        names.first.wait_for()
        self.page.keyboard.press("Enter")
        expect(self.notebook.editor(at)).to_contain_text('col("amount')
        return {"offered": offered, "typed": self.notebook.editor(at).inner_text()}

    def tooltip(self):
        self.notebook.write(self.scratch, 'orders.filter(col("amount')
        self.page.keyboard.press("Shift+Tab")
        tooltip = self.page.locator(".jp-Tooltip")
        tooltip.wait_for()
        self.photograph("tooltip")
        said = tooltip.inner_text()
        self.page.keyboard.press("Escape")
        return said

    def interrupt(self, watch):
        """Something that goes on for ever is stopped by the button; the variables of before are still there."""
        at = self.scratch
        self.notebook.start(at, watch)
        expect(self.notebook.prompt(at)).to_have_text("[*]:")
        expect(self.notebook.outputs(at).first).to_contain_text("watching")
        # Long enough for something to come.
        time.sleep(3)
        self.photograph("watch")
        shown = "\n".join(self.notebook.outputs(at).all_inner_texts())
        began = time.monotonic()
        self.notebook.button("interrupt-kernel")
        self.notebook.until_run(at)
        seconds = time.monotonic() - began
        said = "\n".join(self.notebook.outputs(at).all_inner_texts())
        return {"shown": shown, "seconds": seconds, "said": said, "after": self.notebook.run(at, "brokers.is_empty()")}

    def restart(self):
        self.notebook.button("restart-run-all")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        # The new kernel counts from one, and the cell that ran last before is its last.
        expect(self.notebook.prompt(self.scratch)).to_have_text(f"[{self.cells + 1}]:")
        return self.see_all()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("notebook", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--watch", required=True, help="code that runs until it is interrupted")
    arguments.add_argument("--pictures", type=pathlib.Path)
    arguments.add_argument("--theme", default="light")
    options = arguments.parse_args()
    pictures = options.pictures and (lambda name: options.pictures / f"lab-{name}-{options.theme}.png")
    cells = sum(cell.cell_type == "code" for cell in nbformat.read(options.notebook, as_version=4).cells)
    lab = Lab(options.folder, options.theme)
    shutil.copy(options.notebook, lab.notebooks / "quickstart.ipynb")
    seen, began = {}, time.monotonic()
    with lab, chromium(*SIZE) as page:
        try:
            life = Life(Notebook(lab, page, "quickstart.ipynb", cells), cells, pictures)
            for name, step in {
                "all": life.run_all,
                "complete": life.complete,
                "tooltip": life.tooltip,
                "interrupted": lambda: life.interrupt(options.watch),
                "again": life.restart,
            }.items():
                seen[name] = step()
                seen.setdefault("seconds", {})[name] = round(time.monotonic() - began, 1)
        except BaseException:
            page.screenshot(path=options.folder / "failed.png")
            raise
    print(json.dumps(seen))


main()
