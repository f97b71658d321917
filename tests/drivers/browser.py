"""JupyterLab in a browser, as a user has it: a server with settings, trust and workspaces of its own, and chromium driven by Playwright."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from playwright.sync_api import expect, sync_playwright

# Seconds; for whatever has to come at last, on a machine that is busy with other things.
PATIENCE = 120
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# A question of JupyterLab's (which kernel? news?) lies over the page and darkens it.
QUIET = ".Toastify { display: none !important }"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Lab:
    """The server. What lies in `folder`/notebooks can be opened; kernels are found by JUPYTER_PATH."""

    def __init__(self, folder, theme="light"):
        self.folder, self.notebooks, self.port = folder, folder / "notebooks", free_port()
        self.notebooks.mkdir(parents=True, exist_ok=True)
        self.settings("apputils-extension/themes", {"theme": THEMES[theme]})
        self.settings("apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
        # All cells of a notebook are on the page, not only those in sight.
        self.settings("notebook-extension/tracker", {"windowingMode": "none"})
        # What asks whether it is ready must not be asked again before it could answer.
        self.settings("completer-extension/manager", {"providerTimeout": 10_000})
        names = {"LAB_SETTINGS": "settings", "_DATA": "data", "_RUNTIME": "run", "_CONFIG": "config", "LAB_WORKSPACES": "workspaces"}
        places = {f"JUPYTER{name}_DIR": str(folder / place) for name, place in names.items()}
        options = ["--no-browser", "--allow-root", f"--port={self.port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
        options += [f"--ServerApp.root_dir={self.notebooks}", "--LabApp.news_url=None"]
        # It never outlives who started it.
        self.command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "jupyterlab", *options]
        self.environment = {**os.environ, **places}

    def settings(self, plugin, values):
        file = self.folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def __enter__(self):
        with open(self.folder / "lab.log", "w") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)
        limit = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api")
                return self
            except OSError:
                if time.monotonic() > limit or self.process.poll() is not None:
                    sys.exit(f"JupyterLab does not answer:\n{(self.folder / 'lab.log').read_text()}")
                time.sleep(0.2)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            # It waits for a kernel that it was just starting.
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def chromium(width, height):
    """A page of this size in a chromium that shares nothing with the user's and reaches nothing but this machine."""
    program = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if program is None:
        sys.exit("no chromium on the PATH; on Debian: apt install chromium")
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    options += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.25)
        page.set_default_timeout(PATIENCE * 1000)
        expect.set_options(timeout=PATIENCE * 1000)
        yield page
        browser.close()


class Notebook:
    """An open notebook."""

    def __init__(self, lab, page, name, count):
        self.page = page
        page.goto(f"http://127.0.0.1:{lab.port}/lab/tree/{name}?reset")
        page.add_style_tag(content=QUIET)
        self.panel = page.locator(".jp-NotebookPanel")
        self.cells = self.panel.locator(".jp-CodeCell")
        expect(self.cells).to_have_count(count)

    def outputs(self, index):
        return self.cells.nth(index).locator(".jp-OutputArea-child")

    def prompt(self, index):
        return self.cells.nth(index).locator(".jp-InputPrompt")

    def editor(self, index):
        return self.cells.nth(index).locator(".cm-content")

    def menu(self, *names):
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def button(self, command):
        self.panel.locator(f'.jp-Toolbar [data-command="notebook:{command}"]').first.click()

    def until_idle(self):
        expect(self.page.locator("#jp-bottom-panel")).to_contain_text("| Idle")

    def until_run(self, *indices):
        """Waits until each of these cells has its number."""
        for index in indices:
            expect(self.prompt(index)).to_have_text(re.compile(r"^\[\d+\]:$"))

    def append(self):
        """A new cell at the end; its index."""
        index = self.cells.count()
        self.panel.locator(".jp-Notebook-footer").click()
        expect(self.cells).to_have_count(index + 1)
        return index

    def write(self, index, text):
        """Types a text in the place of what a cell has."""
        self.editor(index).click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def start(self, index, code):
        """Lets a cell run. Code comes as if pasted: typed, brackets would close themselves."""
        self.write(index, "")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")

    def run(self, index, code):
        """Runs a cell to its end; gives what it shows as text."""
        self.start(index, code)
        self.until_run(index)
        self.until_idle()
        return "\n".join(self.outputs(index).all_inner_texts())
