"""The scenes that can be chosen: given ones, shipped ones, and those that come while one looks."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.files.toml_files import read_toml
from refocuslab.lab.measures.cropping import cut
from refocuslab.lab.widgets.loading import Loading
from refocuslab.lab.widgets.texts import brief, printable, without_folders
from refocuslab.running.progress import Cancel

# Scenes that are added while one looks, at most, and the MB that they may hold together; the oldest go first.
MOST_ADDED, MEGABYTES = 12, 2000
# A scene by object, name or folder.
Source = rl.Scene | str | Path


class Scenes:
    """Scenes by the names that they are chosen by.

    Parameters
    ----------
    scenes : mapping of str to Scene, str or Path, or None
        Scenes, names or folders.
    shipped : bool
        Whether the shipped scenes can be chosen as well. No other scene is ever read.
    crop : int
        Side of the centered square that they are cut down to, in pixels; 0 for all.
    """

    def __init__(self, scenes: Mapping[str, Source] | None, *, shipped: bool, crop: int) -> None:
        self._sources: dict[str, Source] = dict(scenes or {})
        for name in rl.scene_names() if shipped else ():
            self._sources.setdefault(name, name)
        self._crop = crop
        self._titles = {name: titled(name, source) for name, source in self._sources.items()}
        self._added: dict[str, tuple[Doubt, ...]] = {}
        self._used = set(self._sources)  # no name is given twice
        self._loading: dict[str, Loading] = {}

    def titles(self) -> dict[str, str]:
        """What the page calls each scene, by name."""
        return dict(self._titles)

    def given(self, name: str) -> bool:
        """Whether the scene came as an object, which cannot be loaded by its name."""
        return isinstance(self._sources.get(name), rl.Scene) or name in self._used - set(self._sources)

    def add(self, scene: rl.Scene, name: str, doubts: Iterable[Doubt] = (), *, but: str = "") -> str:
        """Offer one more scene, as it is.

        Parameters
        ----------
        scene : Scene
            Not cut down.
        name : str
            What it is called; numbered if there is one of that name.
        doubts : iterable of Doubt
            What is doubted about its photos.
        but : str
            The scene in use, which stays.

        Returns
        -------
        str
            The name that it is chosen by.
        """
        called, number = name, 2
        while called in self._used:
            called, number = f"{name} ({number})", number + 1
        self._used.add(called)
        self._sources[called], self._titles[called] = scene, printable(called)
        self._added[called] = tuple(doubts)
        for old in [one for one in self._added if one not in (called, but)]:
            if len(self._added) > MOST_ADDED or self._megabytes() > MEGABYTES:
                del self._sources[old], self._titles[old], self._added[old]
        return called

    def load(self, name: str, cancel: Cancel | None = None) -> tuple[rl.Scene, tuple[Doubt, ...]]:
        """A scene, cut down, and what is doubted about its photos.

        Raises
        ------
        RefocusError
            No scene has this name, or it cannot be read.
        Cancelled
            ``cancel`` was set while its files were read.
        """
        if name not in self._sources:
            rule = f"must be one of {', '.join(self._titles.values())}"
            raise RefocusError("scene", rule, brief(name))
        added = self._sources[name]
        if name in self._added and isinstance(added, rl.Scene):
            return added, self._added[name]
        # One thread waits for a file that never ends, however often the scene is asked for.
        if name not in self._loading:
            self._loading[name] = Loading(self._sources[name])
        self._loading[name].until_done(cancel)
        scene, doubts = self._loading.pop(name).outcome()
        return cut(scene, self._crop), doubts

    def told(self, error: RefocusError) -> str:
        """An error in words for the page: without the folders that the scenes lie in."""
        folders = [data_folder(), *(s for s in self._sources.values() if not isinstance(s, rl.Scene))]
        return without_folders(str(error), folders)

    def _megabytes(self) -> float:
        """What the added scenes hold together; photos that several share count once."""
        arrays: dict[int, int] = {}
        for name in self._added:
            scene = self._sources[name]
            assert isinstance(scene, rl.Scene)  # as it was added
            photos = [focused.image for focused in scene.focused]
            arrays |= {id(one): one.nbytes for one in (scene.misfocused, scene.mask, *photos)}
        return sum(arrays.values()) / 1e6


def own_name(scene: Source) -> str:
    """The name that a scene is chosen by.

    Raises
    ------
    RefocusError
        A folder's name is no Unicode, which a page cannot show.
    """
    if isinstance(scene, rl.Scene):
        return printable(scene.name.strip()) or "own scene"
    name = os.fspath(scene)
    try:
        name.encode()
    except UnicodeEncodeError:
        rule = "must have a name in Unicode to be shown on a page (or load the folder, and give the Scene)"
        raise RefocusError("scene", rule, brief(name)) from None
    return name


def named(scenes: Iterable[Source]) -> dict[str, Source]:
    """The scenes by the names that they are chosen by; different scenes of one name are numbered."""
    sources: dict[str, Source] = {}
    for scene in scenes:
        name, number = own_name(scene), 2
        while name in sources and isinstance(scene, rl.Scene) and sources[name] is not scene:
            name, number = f"{own_name(scene)} ({number})", number + 1
        sources.setdefault(name, scene)
    return sources


def titled(name: str, source: Source) -> str:
    """What a page calls a scene: its title; if it has none, its name or that of its folder.

    A shipped one is called by its name, as everywhere.
    """
    if isinstance(source, rl.Scene):
        return printable(source.title.strip() or name)
    if name in rl.scene_names():
        return name
    try:
        title = read_toml(Path(source) / "scene.toml").get("title")
    except (RefocusError, OSError):
        title = None  # what is wrong is told when it is chosen
    if isinstance(title, str) and title.strip():
        return printable(title.strip())
    return printable(name if os.path.basename(name) == name else os.path.basename(os.path.abspath(name)))
