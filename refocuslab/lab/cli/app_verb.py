"""The verb ``app``: the page of one's own photos, served by Voilà to this machine only."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import click

from refocuslab.errors import RefocusError
from refocuslab.lab.cli.behavior import DONE, FAILED, Verb, fail
from refocuslab.lab.cli.serving import HOST, free_port, running
from refocuslab.lab.terminal import tell

# What asks before the page is left, and has to be there first.
GUARD = (Path(__file__).parents[1] / "own_photos" / "front" / "guard.js").read_text(encoding="utf-8")
# The cells of the page.
PAGE = (
    f'<script>\n{GUARD}</script>\n\n<h1 style="font-size: 20px; margin: 0">Refocus your own photos</h1>',
    "from refocuslab.lab.own_photos import OwnPhotos\n\nOwnPhotos()",
)
# What the page may load: only what this server sends. Voilà's own page names style sheets and fonts on the
# web, which it can do without.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws: blob: data:; frame-ancestors 'self'"
)
# What Voilà can only be told in Python: a function.
CONFIG = """from refocuslab.lab.cli.sessions import greet

c.VoilaConfiguration.prelaunch_hook = greet
"""
# Made for JupyterLab: in Voilà it can only log that JupyterLab is not there.
NOT_FOR_VOILA = ["jupyterlab-jupytext"]
# Seconds that the server may take to answer first, and between two looks.
_PATIENCE, _LOOK = 120.0, 0.1


@click.command(cls=Verb)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The port to listen at; by default one that is free."
)
def app(no_browser: bool, port: int | None) -> int:
    """Refocus your own photos in the browser.

    Drop two photos, correct what is to be refocused, save the picture. The page is served by this machine to
    itself, and to nobody without the address that is printed; Ctrl+C ends it, and nothing is kept.
    """
    with _served(free_port(port or 0)) as (server, address):
        tell(f"The page: {address}  (Ctrl+C ends it)")
        if not no_browser:
            webbrowser.open(address)
        try:
            code = server.wait()
        except KeyboardInterrupt:  # the way to end it
            return DONE
    return fail(["refocuslab: the server of the page has ended"], FAILED) if code else DONE


def settings(port: int, token: str) -> dict[str, dict[str, object]]:
    """How Voilà serves the page: to this machine, and to those who have the token.

    Parameters
    ----------
    port : int
        Where to listen.
    token : str
        Without which nothing is sent.
    """
    handlers: dict[str, object] = {"headers": {"Content-Security-Policy": POLICY}}
    # The cookie of the goodbye goes nowhere else, and with the browser's window.
    handlers["xsrf_cookie_kwargs"] = {"samesite": "Strict", "expires_days": None}
    # Within one machine a connection that ends is noticed at once, without asking after it.
    handlers["ws_ping_interval"] = 0
    server = {"ip": HOST, "port": port, "port_retries": 0, "token": token, "open_browser": False}
    server |= {"log_level": "ERROR", "tornado_settings": handlers}
    page: dict[str, object] = {"file_allowlist": [], "extension_denylist": NOT_FOR_VOILA}
    page["multi_kernel_manager_class"] = "refocuslab.lab.cli.sessions.Sessions"
    return {"Voila": server, "VoilaConfiguration": page}


@contextlib.contextmanager
def _served(port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server of the page, which answers, and its address; both end with the context."""
    with tempfile.TemporaryDirectory(prefix="refocuslab-app-", ignore_cleanup_errors=True) as place:
        page, token = Path(place) / "your-photos.ipynb", secrets.token_urlsafe(24)
        page.write_text(_notebook(), encoding="utf-8")
        # In a file that only its owner may read, as the folder says: a command line shows the token to all.
        (Path(place) / "voila.json").write_text(json.dumps(settings(port, token)), encoding="utf-8")
        # Beside the page it would stand for Voilà itself.
        told = Path(place) / "config" / "voila.py"
        told.parent.mkdir()
        told.write_text(CONFIG, encoding="utf-8")
        # What a kernel warns of, plain text over TCP, stays on this machine.
        quiet = Path(place) / "profile_default" / "ipython_kernel_config.json"
        quiet.parent.mkdir()
        quiet.write_text(json.dumps({"IPKernelApp": {"log_level": 40}}), encoding="utf-8")
        # History, connection files and what a photo is read from lie there too, and go with it.
        own = dict.fromkeys(("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TMPDIR"), place)
        paths = [str(told.parent), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
        own["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
        command = [sys.executable, "-m", "voila", page.name]
        with running(command, cwd=place, env=os.environ | own) as server:
            _wait_for(server, port)
            yield server, f"http://{HOST}:{port}/?token={token}"


def _notebook() -> str:
    """The page as a notebook."""
    about, code = PAGE
    cells = [
        {"cell_type": "markdown", "id": "about", "metadata": {}, "source": about},
        {
            "cell_type": "code", "id": "page", "metadata": {}, "source": code,
            "outputs": [], "execution_count": None,
        },
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


def _wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server listens.

    Raises
    ------
    RefocusError
        It ends before, or does not answer.
    """
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(_LOOK)
    raise RefocusError("--port", "must be one at which the server of the page can listen", port)
