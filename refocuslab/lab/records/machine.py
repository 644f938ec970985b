"""The machine and the versions that seconds, and the last decimals of what is measured, depend on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

# What draws, measures and runs; a package that is not installed is left out.
PACKAGES = (
    *("refocuslab", "numpy", "scipy", "numba", "scikit-image"),
    *("matplotlib", "pydantic", "papermill", "nbclient", "ipykernel", "jupyterlab"),
)


def machine() -> dict[str, Any]:
    """This machine: its cpu, cores (those that this process may use), system, python and packages.

    Returns
    -------
    dict
        Plain JSON types; ``packages`` is {name: version}.
    """
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "cpu": _cpu_model(),
        "cores": _cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions,
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
