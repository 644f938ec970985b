"""Other draws of a scene's simulated noise: the same photos with the grain of another exposure."""

from dataclasses import replace

from refocuslab.checks import LARGEST_SEED
from refocuslab.scenes.tables import FocusedTable, MisfocusedTable, SceneTable

MOST_DRAWS = 10**6
# Seeds in scene.toml are small, and those of one scene differ from those of another: steps of this size lead
# from none of them to another.
_STEP = 10**6


def redrawn(seed: int, draw: int) -> int:
    """The seed of another draw; draw 0 is the seed itself."""
    return (seed + draw * _STEP) % (LARGEST_SEED + 1)


def photos_redrawn(table: SceneTable, draw: int) -> SceneTable:
    """A scene of photos whose noise has other seeds."""
    return replace(
        table,
        misfocused=_misfocused(table.misfocused, draw),
        focused=[_focused(one, draw) for one in table.focused],
    )


def _misfocused(table: MisfocusedTable, draw: int) -> MisfocusedTable:
    how = table.simulate
    return table if how is None else replace(table, simulate=replace(how, seed=redrawn(how.seed, draw)))


def _focused(table: FocusedTable, draw: int) -> FocusedTable:
    how = table.noise
    return table if how is None else replace(table, noise=replace(how, seed=redrawn(how.seed, draw)))
