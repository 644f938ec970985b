"""Sessions of the page of the app: the kernel of each, with all that it holds, ends when its page is gone."""

import asyncio
from typing import Any

import traitlets
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

# Seconds that a page may have no connection and still come back, as after this machine slept: the page tries
# again within a second, three, seven, fifteen and so on.
GRACE = 60.0
# Seconds that a page may take to connect first: its kernel imports, and compiles at worst.
LOADING = 600.0


class Sessions(AsyncMappingKernelManager):
    """Kernels that end with their pages.

    Voilà's own page says goodbye when it is left. This is for one that could not: whose browser was killed,
    or which was closed before it was there.
    """

    # {kernel: the wait for its page}.
    _waits: dict[str, asyncio.TimerHandle] = traitlets.Dict()  # type: ignore[assignment]

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        """Start a kernel, which ends if no page connects to it.

        Parameters
        ----------
        **options
            As for ``AsyncMappingKernelManager``.
        """
        kernel: str = await super().start_kernel(**options)
        self._look_after(LOADING, kernel)
        return kernel

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page is connected."""
        super().notify_connect(kernel_id)  # type: ignore[no-untyped-call]
        self._forget(kernel_id)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page is not connected any longer."""
        super().notify_disconnect(kernel_id)  # type: ignore[no-untyped-call]
        self._look_after(GRACE, kernel_id)

    def _look_after(self, seconds: float, kernel: str) -> None:
        self._forget(kernel)
        loop = asyncio.get_running_loop()
        self._waits[kernel] = loop.call_later(seconds, lambda: loop.create_task(self._end_if_left(kernel)))

    def _forget(self, kernel: str) -> None:
        if wait := self._waits.pop(kernel, None):
            wait.cancel()

    async def _end_if_left(self, kernel: str) -> None:
        kernels: Any = self  # whose base says nothing of types
        if kernel in kernels and not kernels.kernel_model(kernel)["connections"]:
            await kernels.shutdown_kernel(kernel)


def greet(handler: Any, **_: object) -> None:
    """Give a page the cookie that its goodbye must show: Voilà's server asks for it, and gives none.

    Parameters
    ----------
    handler : tornado.web.RequestHandler
        What answers the page.
    **_
        The notebook and its folder.
    """
    handler.xsrf_token  # noqa: B018 - to look at it sets the cookie
