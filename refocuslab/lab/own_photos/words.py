"""What the page says, in plain words."""

from refocuslab.errors import RefocusError
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.lab.widgets.texts import duration, printable

# What a stage of the method does, as those call it who have not read the paper.
STAGES = {
    "PSF": "measuring the blur",
    "registration": "laying the photos over each other",
    "consistency": "refocusing",
    "assessment": "checking the result",
    "checking": "checking",
}
_LONGEST = 1000


def stage(name: str) -> str:
    """What a stage does."""
    return STAGES.get(name, name)


def of(error: Exception) -> str:
    """Why something is not possible, which tells a visitor nothing of the machine."""
    if isinstance(error, Unfit | RefocusError):
        return printable(str(error), _LONGEST)
    if isinstance(error, OSError):
        return f"A file cannot be read or written ({error.strerror or type(error).__name__})."
    return f"The work ended with an unexpected {type(error).__name__}; the log of the kernel tells more."


def how_long(seconds: float, memory: float) -> str:
    """A forecast: seconds, and bytes of memory."""
    time = "a few seconds" if seconds < 5 else f"about {duration(seconds)}"
    return f"It will take {time} on this machine, and {memory / 1e9:.1f} GB of memory."


def too_much(memory: float, available: float) -> str:
    """That the memory, in bytes, does not suffice."""
    there = f"It needs {memory / 1e9:.1f} GB of memory, and there are {available / 1e9:.1f} GB"
    return f"{there}: paint less, or give smaller photos."


__all__ = ["duration", "how_long", "of", "stage", "too_much"]
