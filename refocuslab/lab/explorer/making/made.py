"""What a picture was made from, which can be forgotten and made again."""

from collections.abc import Callable

import refocuslab as rl


class Made:
    """What a picture was made from: tens of times as large as the picture, so an earlier one forgets it.

    Parameters
    ----------
    result : Result
        What was made.
    again : callable
        Makes the same again.
    """

    def __init__(self, result: rl.Result, again: Callable[[], rl.Result]) -> None:
        self._result: rl.Result | None = result
        self._again = again

    @property
    def there(self) -> bool:
        """Whether it is there, and need not be made again."""
        return self._result is not None

    @property
    def result(self) -> rl.Result:
        """What was made; made again if it was forgotten."""
        if self._result is None:
            self._result = self._again()
        return self._result

    def remember(self, result: rl.Result) -> None:
        """Take what was made again."""
        self._result = result

    def forget(self) -> None:
        """Free its memory."""
        self._result = None
