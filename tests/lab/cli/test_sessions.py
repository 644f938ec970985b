"""Kernels of the app's page: each ends once its page is gone for good, and not before."""

import asyncio
import types
from concurrent.futures import ThreadPoolExecutor

import pytest

from refocuslab.lab.cli import sessions


def after(monkeypatch, loading: float, grace: float, visit) -> bool:
    """Whether a kernel is there after a visit."""
    monkeypatch.setattr(sessions, "LOADING", loading)
    monkeypatch.setattr(sessions, "GRACE", grace)

    async def run() -> bool:
        kernels = sessions.Sessions()
        kernel = await kernels.start_kernel(kernel_name="python3")
        try:
            await visit(kernels, kernel)
            for _ in range(100):
                if kernel not in kernels:
                    return False
                await asyncio.sleep(0.05)
            return True
        finally:
            await kernels.shutdown_all(now=True)

    # A thread of its own: a browser that a test before opened keeps its event loop running in this one.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(lambda: asyncio.run(run())).result()


async def none(kernels, kernel) -> None:
    pass


async def short(kernels, kernel) -> None:
    kernels.notify_connect(kernel)
    kernels.notify_disconnect(kernel)


async def back(kernels, kernel) -> None:
    """Away for a moment, as after the machine slept."""
    kernels.notify_connect(kernel)
    await short(kernels, kernel)
    kernels.notify_disconnect(kernel)
    kernels.notify_connect(kernel)


async def twice(kernels, kernel) -> None:
    """Away twice, the second time for less than may be, but longer than the first wait lasts."""
    kernels.notify_connect(kernel)
    for _ in range(2):
        kernels.notify_disconnect(kernel)
        await asyncio.sleep(0.6)
        kernels.notify_connect(kernel)


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("visit", "loading", "grace", "lives"),
    [
        (none, 0.1, 60, False),
        (short, 60, 0.1, False),
        (short, 60, 60, True),
        (back, 0.1, 0.1, True),
        (twice, 60, 1, True),
    ],
)
def test_a_kernel_ends_when_its_page_is_gone_for_good(visit, loading, grace, lives, monkeypatch):
    assert after(monkeypatch, loading, grace, visit) is lives


def test_a_page_is_given_what_its_goodbye_must_show():
    seen = []

    class Handler:
        @property
        def xsrf_token(self) -> bytes:
            seen.append(True)
            return b"a token"

    assert sessions.greet(Handler(), notebook=types.SimpleNamespace(), cwd="") is None and seen
