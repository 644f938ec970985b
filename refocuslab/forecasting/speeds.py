"""What a unit of work costs on this machine: measured once, kept until the program changes."""

import contextlib
import json
import math
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import write_whole
from refocuslab.forecasting.work import Part, Stages
from refocuslab.running.cache_folder import of_the_user
from refocuslab.running.kernels import stamp

# Speeds grow with the library relative to so many patches.
REFERENCE = 65_536
# Rates of one thread of a server's processor of 2025: where this machine has not been measured they divide a
# bar among the stages, and are no forecast.
TYPICAL = {
    "PSF, each": (1.0, 0.0),
    "PSF, a pixel": (3e-5, 0.0),
    "registration, each": (0.4, 0.0),
    "registration, a pixel": (3e-5, 0.0),
    "consistent: registration, each": (0.4, 0.0),
    "consistent: registration, a pixel": (3e-5, 0.0),
    "consistent: consistency, each": (0.3, 0.0),
    "consistent: consistency, a pixel": (1.5e-4, 0.0),
    "tree": (2.2e-9, 0.0),
    "library": (4.4e-9, 0.0),
    "order": (1.7e-8, 0.0),
    "candidates: exact": (3.4e-8, 0.23),
    "candidates: coherent": (3.6e-8, 0.14),
    "candidates: linear": (7e-8, 0.0),
    "candidates: linear, a patch": (3.1e-11, 0.0),
    "texture: exact": (7.4e-8, 0.1),
    "texture: scanline": (2e-7, 0.1),
    "texture: arbitrary": (8.6e-7, 0.5),
    "texture: coherent": (1.6e-8, 0.26),
    "texture: linear": (1.8e-7, 0.0),
    "texture: linear, a patch": (3e-11, 0.0),
    "assessment, each": (0.002, 0.0),
    "assessment, a pixel": (8.8e-7, 0.0),
}
# Environment variable: another folder to keep speeds in.
PLACE = "REFOCUSLAB_CACHE_DIR"
# Files of speeds that a folder holds: one for each version, machine and number of threads.
_MOST = 16


class Rate(NamedTuple):
    """What a unit of one kind of work costs.

    Attributes
    ----------
    seconds : float
        For a unit, with a library of 65,536 patches.
    growth : float
        A unit costs (patches / 65,536)^growth times that.
    """

    seconds: float
    growth: float = 0.0


@dataclass
class Speeds:
    """The rates that are known of this machine, for one number of threads.

    Attributes
    ----------
    threads : int
        How many threads the work is shared by.
    rates : dict of str to Rate
        By the names that ``work`` gives them.
    """

    threads: int
    rates: dict[str, Rate] = field(default_factory=dict)

    def knows(self, parts: Iterable[Part]) -> bool:
        """Whether all these parts can be told."""
        return all(part.rate in self.rates for part in parts)

    def seconds(self, stages: Stages, patches: int) -> dict[str, float]:
        """The seconds of each stage; its parts must be known.

        Parameters
        ----------
        stages : dict of str to tuple of Part
            Of ``work``.
        patches : int
            Of the library.
        """
        return {stage: sum(self._of(part, patches) for part in parts) for stage, parts in stages.items()}

    def _of(self, part: Part, patches: int) -> float:
        rate = self.rates[part.rate]
        return rate.seconds * part.units * math.pow(patches / REFERENCE, rate.growth)


def kept(threads: int) -> Speeds:
    """What was measured by this very program, on this machine, with so many threads; maybe nothing."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, IndexError):
        path = _path(threads)
        rows = json.loads(path.read_text(encoding="utf-8")) if path else {}
        rates = {str(name): Rate(float(row[0]), float(row[1])) for name, row in rows.items()}
        if all(math.isfinite(number) for rate in rates.values() for number in rate):
            return Speeds(threads, rates)
    return Speeds(threads)


def keep(speeds: Speeds) -> None:
    """Keep them for later runs, where a folder can; the oldest of other versions of the program go."""
    with contextlib.suppress(OSError, RefocusError):
        if path := _path(speeds.threads):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(speeds.rates, indent=1).encode())
            files = sorted(path.parent.glob("speeds-*.json"), key=lambda file: file.stat().st_mtime)
            for old in files[:-_MOST]:
                old.unlink(missing_ok=True)


def _path(threads: int) -> Path | None:
    given = os.environ.get(PLACE)
    folder = Path(given) if given else of_the_user("refocuslab")
    # A home may be shared by several machines.
    machine = f"{platform.node()}-{platform.machine()}".replace(os.sep, "-")
    return folder / f"speeds-{machine}-{threads}-{_version()}.json" if folder else None


def _version() -> str:
    return stamp()[:16]
