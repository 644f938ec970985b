"""A real JupyterLab (or Voilà) on a port of its own, and a headless browser that looks at it."""

import base64
import contextlib
import io
import json
import os
import shutil
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import refocuslab as rl
from refocuslab.lab.cli.app_verb import NOT_FOR_VOILA
from refocuslab.lab.cli.serving import free_port, running
from refocuslab.lab.notebooks.notebook import cut

ROOT = Path(__file__).parents[2]
TOKEN = "browser-test"
CROP = 100
SHOTS = ROOT / "results"
# Not of the project's making: a server extension that is not there, and the fonts that Voilà's own page
# asks for on the web.
NOT_OURS = ("/lsp/status", "favicon", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "fonts.g")
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]


def browser_path() -> str | None:
    """Where a Chromium is installed, if anywhere."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextlib.contextmanager
def served(folder: Path, *command: str, path: str = "/api"):
    """Run a server in `folder`, with settings, caches and history of its own; gives its address."""
    port = free_port()
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "share"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    words = [sys.executable, "-m", *(word.format(port=port) for word in command)]
    with (
        (folder / "server.log").open("wb") as log,
        running(words, cwd=folder, env=environment, stdout=log, stderr=log) as server,
    ):
        address = f"http://127.0.0.1:{port}"
        wait_for(address + path, server, folder / "server.log")
        yield address


def wait_for(address: str, server, log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError(f"no answer from {address}:\n{log.read_text(errors='replace')[-2000:]}")


def jupyterlab(folder: Path, *, subshells: bool):
    """JupyterLab in `folder`, with or without comms over subshells, as served() gives it."""
    overrides = {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/apputils-extension:kernels-settings": {
            "commsOverSubshells": "perCommTarget" if subshells else "disabled"
        },
    }
    settings = folder / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(overrides))
    return served(
        folder,
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
        f"--LabApp.app_settings_dir={settings}",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        f"--LabApp.user_settings_dir={folder / 'user'}",
    )


def voila(folder: Path, notebook: str):
    """Voilà with one notebook, as served() gives it."""
    return served(
        folder,
        "voila",
        notebook,
        "--Voila.ip=127.0.0.1",
        "--port={port}",
        "--no-browser",
        "--Voila.log_level=INFO",
        *(f"--VoilaConfiguration.extension_denylist={name}" for name in NOT_FOR_VOILA),
        path="/voila/static/voila.js",
    )


def open_notebook(page, address: str, notebook: str) -> None:
    """Open a notebook, wait for its kernel, and run all of its cells."""
    page.goto(f"{address}/lab/workspaces/test/tree/{notebook}?reset&token={TOKEN}")
    page.wait_for_function(
        """() => {
          const panel = window.jupyterapp?.shell.currentWidget;
          const session = panel?.sessionContext;
          return session?.isReady && session.session?.kernel?.status === 'idle'
            && panel.content.widgets.length > 0;
        }""",
        timeout=90_000,
    )
    page.evaluate(
        """async () => {
          const panel = window.jupyterapp.shell.currentWidget;
          await panel.sessionContext.ready;
          await panel.sessionContext.session.kernel.info;
          window.jupyterapp.commands.execute('notebook:run-all-cells');
        }"""
    )


@pytest.fixture(scope="module")
def scene():
    return cut(rl.load_scene("motorcycle"), CROP)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: no tests in a browser")
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium found: no tests in a browser")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1800, "height": 1800})
    opened = context.new_page()
    opened.complaints = []
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))

    def hear(message) -> None:
        if message.type == "error":
            opened.complaints.append(f"{message.text} {message.location.get('url', '')}")

    opened.on("console", hear)
    yield opened
    context.close()


def workplace(folder: Path) -> Path:
    """A folder with notebook 09, cut down to a small picture, and a scene that holds no pixels."""
    book = json.loads((ROOT / "notebooks" / "09_explore.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        if "parameters" in cell["metadata"].get("tags", ()):
            cell["source"] = "".join(cell["source"]).replace("crop: int = 0", f"crop: int = {CROP}")
        cell["source"] = "".join(cell["source"])
    assert f"crop: int = {CROP}" in json.dumps(book)
    (folder / "explore.ipynb").write_text(json.dumps(book), encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=[True, False], ids=["subshells", "no subshells"])
def lab(request, tmp_path_factory, browser):
    folder = workplace(tmp_path_factory.mktemp("lab"))
    with jupyterlab(folder, subshells=request.param) as address:
        yield address


@pytest.fixture
def explorer(lab, page):
    open_notebook(page, lab, "explore.ipynb")
    return Driver(page)


class Driver:
    """The explorer as a person meets it."""

    def __init__(self, page):
        self.page = page
        self.root = page.locator(".rl-explorer").first
        self.settled(1)
        self.root.scroll_into_view_if_needed()
        self.view("side by side")

    def settled(self, made: int) -> None:
        """Wait until a picture was made, and nothing is under way."""
        self.page.wait_for_function(
            """made => {
              const status = document.querySelector('.rl-explorer .rl-status');
              return status && status.dataset.busy === 'false' && Number(status.dataset.made) >= made;
            }""",
            arg=made,
            timeout=20_000,
        )

    @property
    def made(self) -> int:
        return int(self.root.locator(".rl-status").get_attribute("data-made"))

    def control(self, name: str):
        return self.root.locator(f"[data-control={name}]")

    def move(self, name: str, key: str = "ArrowRight", times: int = 1) -> None:
        slider = self.control(name)
        slider.focus()
        for _ in range(times):
            slider.press(key)

    def pixels(self) -> np.ndarray:
        """The refocused picture as the canvas has it, (H, W, 3) uint8."""
        url = self.page.evaluate(
            """() => {
              const bitmap = document.querySelector('canvas[data-picture=refocused]').bitmap;
              const canvas = document.createElement('canvas');
              [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
              canvas.getContext('2d').drawImage(bitmap, 0, 0);
              return canvas.toDataURL('image/png');
            }"""
        )
        png = base64.b64decode(url.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def shows(self, image: np.ndarray) -> None:
        """Wait until the picture is this one: bytes and their decoding are separate steps."""
        for _ in range(100):
            if np.array_equal(self.pixels(), image):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("another picture is shown")

    def scores(self, psnr: str) -> None:
        """Wait until this is the PSNR beside the picture: it comes with a message of its own."""
        self.page.wait_for_function(
            "psnr => document.querySelector('.rl-explorer [data-score=PSNR]')?.innerText === psnr", arg=psnr
        )

    def click_pixel(self, y: int, x: int) -> None:
        canvas = self.root.locator("canvas[data-picture=refocused]")
        box = canvas.bounding_box()
        canvas.click(position={"x": (x + 0.5) * box["width"] / CROP, "y": (y + 0.5) * box["height"] / CROP})
        self.page.wait_for_selector(f".rl-why[data-pixel='{y},{x}']", timeout=20_000)

    def in_a_row(self, count: int) -> None:
        """Wait until this many pictures stand side by side. All are measured at once: while JupyterLab
        lays itself out anew they still move."""
        self.page.wait_for_function(
            """count => {
              const panes = [...document.querySelectorAll('.rl-explorer .rl-sides .rl-canvas')];
              const boxes = panes.map((pane) => pane.getBoundingClientRect());
              return boxes.length === count && boxes.every((box, i) =>
                Math.abs(box.top - boxes[0].top) < 1 && box.width > 50
                  && (!i || box.left > boxes[i - 1].left));
            }""",
            arg=count,
            timeout=20_000,
        )

    def in_rows(self, count: int) -> None:
        """Wait until this many rows of two pictures stand one above the other, each of some size."""
        self.page.wait_for_function(
            """count => {
              const panes = [...document.querySelectorAll('.rl-explorer .rl-sides .rl-canvas')];
              const boxes = panes.map((pane) => pane.getBoundingClientRect());
              const tops = new Set(boxes.map((box) => Math.round(box.top)));
              return boxes.length === 2 * count && tops.size === count
                && boxes.every((box) => box.width > 200);
            }""",
            arg=count,
            timeout=20_000,
        )

    def view(self, name: str) -> None:
        """Choose a view by its name."""
        self.root.get_by_role("radio", name=name).check()

    def dark(self) -> None:
        """Switch JupyterLab to its dark theme."""
        self.page.evaluate(
            "() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
        )
        self.page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")

    def photograph(self, name: str) -> None:
        """Keep a picture of the explorer in results/, to be looked at."""
        SHOTS.mkdir(exist_ok=True)
        self.root.screenshot(path=SHOTS / f"{name}.png")

    def no_complaints(self) -> None:
        ours = [one for one in self.page.complaints if not any(known in one for known in NOT_OURS)]
        assert not ours, "\n".join(ours)


@pytest.fixture
def voila_explorer(tmp_path, page):
    with voila(workplace(tmp_path), "explore.ipynb") as address:
        page.goto(address, timeout=90_000)
        yield Driver(page)


@pytest.fixture
def servers():
    """To start what a test needs with a notebook of its own."""
    return SimpleNamespace(
        jupyterlab=jupyterlab, voila=voila, open_notebook=open_notebook, driver=Driver, token=TOKEN
    )
