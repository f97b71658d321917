"""Takes pictures of a notebook as JupyterLab shows it: a real server, a real browser, light and dark, trusted and not.

    jupyterlab.py NOTEBOOK FOLDER_OF_THE_PICTURES NAME=PATTERN…

NOTEBOOK has its outputs; nothing is executed. Each picture shows the cells whose code has the pattern.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import nbformat
import websocket
from nbformat.sign import NotebookNotary

WIDTH = 1180
# As high as a notebook may be: JupyterLab draws only the cells that are in sight.
HEIGHT = 16000
PATIENCE = 60
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# The cells with the pattern in their code, once their outputs and the pictures in them are there: where they lie on the page.
FIND = """(() => {
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
  if (cells.length < COUNT || cells.some(cell => cell.querySelector('.jp-OutputArea-output') === null && EXPECTED.has(cells.indexOf(cell)))) return null;
  if ([...document.querySelectorAll('.jp-OutputArea img')].some(image => !image.complete)) return null;
  const cell = cells[INDEX];
  const box = cell.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
})()"""
# A question of JupyterLab's (which kernel?) lies over the page and darkens it.
QUIET = "document.head.insertAdjacentHTML('beforeend', '<style>.jp-Dialog, .Toastify { display: none !important }</style>')"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(what, ready):
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            if found := ready():
                return found
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit(f"{what} did not come within {PATIENCE} s")


class Lab:
    """A JupyterLab server on a folder of its own, with settings and trust of its own."""

    def __init__(self, folder, theme):
        self.port = free_port()
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": THEMES[theme]}))
        places = {"JUPYTERLAB_SETTINGS_DIR": folder / "settings", "JUPYTER_DATA_DIR": folder / "data", "JUPYTER_RUNTIME_DIR": folder / "run"}
        places |= {"JUPYTER_CONFIG_DIR": folder / "config", "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces"}
        options = ["--no-browser", "--allow-root", f"--port={self.port}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
        options += ["--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1", "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        self.environment = {**os.environ, **{name: str(path) for name, path in places.items()}}
        command = [sys.executable, "-m", "jupyterlab", *options]
        self.log = open(folder / "lab.log", "w")
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)

    def __enter__(self):
        wait_for("JupyterLab", lambda: urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api").status == 200)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


class Browser:
    """A chromium that shares nothing with the user's, driven over its own protocol."""

    def __init__(self, profile):
        program = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
        if program is None:
            sys.exit("no chromium on the PATH; on Debian: apt install chromium")
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--remote-debugging-port=0"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-allow-origins=*"]
        command += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = wait_for("chromium", lambda: (pathlib.Path(profile) / "DevToolsActivePort").read_text().splitlines())[0]
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        page = next(page for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=PATIENCE)
        self.sent = 0

    def ask(self, method, **arguments):
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": arguments}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.sent:
            pass
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']}")
        return answer["result"]

    def value(self, script):
        return self.ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, url):
        self.ask("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1.25, mobile=False)
        self.ask("Page.navigate", url=url)

    def photograph(self, box, picture):
        x, y, width, height = box
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        taken = self.ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        picture.write_bytes(base64.b64decode(taken["data"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.terminate()
        self.process.wait(20)


def photograph(notebook, theme, trusted, pictures):
    """One server, one page, all pictures of it."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    expected = [at for at, cell in enumerate(cells) if cell.outputs]
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home)
        (folder / "notebooks").mkdir()
        copy = folder / "notebooks" / "notebook.ipynb"
        nbformat.write(notebook, copy)
        with Lab(folder, theme) as lab, Browser(folder / "profile") as browser:
            if trusted:
                NotebookNotary(data_dir=str(folder / "data")).sign(nbformat.read(copy, as_version=4))
            browser.open(f"http://127.0.0.1:{lab.port}/doc/tree/notebook.ipynb")
            for pattern, picture in pictures:
                index = next((at for at, cell in enumerate(cells) if re.search(pattern, cell.source, re.MULTILINE)), None)
                if index is None:
                    sys.exit(f"no cell has {pattern}")
                script = FIND.replace("COUNT", str(len(cells))).replace("INDEX", str(index)).replace("EXPECTED", f"new Set({expected})")
                wait_for("the notebook's page", lambda script=script: browser.value(script))
                browser.value(QUIET)
                time.sleep(1)
                browser.photograph(browser.value(script), picture)
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
