"""A real JupyterLab (or Voilà) on a port of its own, and a headless browser that looks at it."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOKEN = "browser-test"
FLAGS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--no-first-run",
]  # fmt: skip


def browser_path() -> str | None:
    """Where a Chromium is installed, if anywhere."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


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
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *(word.format(port=port) for word in command)],
            cwd=folder, env=environment, stdout=log, stderr=log)  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address + path, server, folder / "server.log")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()


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
        folder, "jupyterlab", "--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--ServerApp.root_dir=" + str(folder), "--IdentityProvider.token=" + TOKEN, "--no-browser", "--allow-root",
        "--LabApp.expose_app_in_browser=True", "--LabApp.app_settings_dir=" + str(settings),
        "--LabApp.workspaces_dir=" + str(folder / "workspaces"), "--LabApp.user_settings_dir=" + str(folder / "user"),
    )  # fmt: skip


def voila(folder: Path, notebook: str):
    """Voilà with one notebook, as served() gives it."""
    return served(
        folder, "voila", notebook, "--Voila.ip=127.0.0.1", "--port={port}", "--no-browser",
        "--Voila.log_level=INFO", path="/voila/static/voila.js",
    )  # fmt: skip


def open_notebook(page, address: str, notebook: str) -> None:
    """Open a notebook, wait for its kernel, and run all of its cells."""
    page.goto(f"{address}/lab/workspaces/test/tree/{notebook}?reset&token={TOKEN}")
    page.wait_for_function(
        """() => {
          const panel = window.jupyterapp?.shell.currentWidget;
          const session = panel?.sessionContext;
          return session?.isReady && session.session?.kernel?.status === 'idle' && panel.content.widgets.length > 0;
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
