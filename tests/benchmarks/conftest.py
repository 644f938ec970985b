"""The table that `make benchmark` prints, and writes to results/benchmarks.md."""

import os
from dataclasses import dataclass, field
from statistics import median

import pytest

from refocuslab.lab.records.machine import machine


@dataclass
class Table:
    """Rows of figures, each with the bar that it should reach, and what we dream of."""

    rows: list[tuple] = field(default_factory=list)

    def seconds(self, figure: str, scene: str, measured, bar: float, dream: float) -> None:
        """Several measurements of seconds: the median counts, the least is shown beside it."""
        measured = list(measured)
        text = f"{median(measured):.2f} s (least of {len(measured)}: {min(measured):.2f})"
        self.row(figure, scene, text, median(measured), bar, dream, unit="s")

    def row(self, figure: str, scene: str, text: str, value: float, bar: float, dream: float, *,
            unit: str, more_is_better: bool = False) -> None:  # fmt: skip
        """One figure; value is what is compared with bar and dream."""
        sign = -1 if more_is_better else 1
        reached = (
            "dream" if sign * value <= sign * dream else "bar" if sign * value <= sign * bar else "missed"
        )
        self.rows.append((figure, scene, f"{bar:g} {unit}", f"{dream:g} {unit}", text, reached))

    def text(self) -> str:
        here = machine()
        load = f"load average {os.getloadavg()[2]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
        packages = ", ".join(f"{name} {here['packages'][name]}" for name in ("numpy", "numba", "scipy"))
        lines = [
            f"{here['cpu']}, {here['cores']} cores, {here['system']}, Python {here['python']}, {load}.",
            f"{packages}.",
            "Warm, 300 x 300 pixels, all pixels, all patches, 20 candidates, 5 x 5, if nothing else is said.",
            "",
            "| figure | scene | bar | dream | measured | reached |",
            "|---|---|--:|--:|---|---|",
        ]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in self.rows]) + "\n"


def pytest_addoption(parser):
    parser.addoption("--large-side", type=int, default=2000, help="side of the large photo, pixels")


def pytest_configure(config):
    config.stash[KEY] = Table()


KEY = pytest.StashKey[Table]()


@pytest.fixture
def table(request) -> Table:
    return request.config.stash[KEY]


def pytest_terminal_summary(terminalreporter, config):
    text = config.stash[KEY].text()
    if config.stash[KEY].rows:
        folder = config.rootpath / "results"
        folder.mkdir(exist_ok=True)
        (folder / "benchmarks.md").write_text(text, encoding="utf-8")
        terminalreporter.write("\n" + text)
