"""Masks painted by hand, and scenes that come and go: each is one more scene that can be chosen."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import refocuslab as rl
from refocuslab.lab.escaping import file_stem
from refocuslab.lab.explorer.maker import Maker
from refocuslab.lab.explorer.making.scenes import own_name
from refocuslab.lab.measures.cropping import cut
from refocuslab.lab.widgets import scene_files
from refocuslab.lab.widgets.arriving import Incoming, Unfit
from refocuslab.lab.widgets.texts import brief
from refocuslab.lab.widgets.worker import Turn, Worker

NOTHING = "Nothing is painted: paint what is to be refocused first."


class Painted(Maker):
    """A Maker with scenes that are added while one looks.

    Parameters
    ----------
    *args, **options
        As for Maker.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._sending = Worker(self._failed)
        self._scene_files = scene_files.arriving()
        super().__init__(*args, **options)

    def add_scene(self, scene: rl.Scene, name: str = "", doubts: Iterable[rl.Doubt] = ()) -> str:
        """Offer one more scene, and show it; returns the name that it is chosen by.

        Parameters
        ----------
        scene : Scene
            The scene; it is cut down as the others are.
        name : str
            What it is called; by default its title or name.
        doubts : iterable of Doubt
            What is doubted about its photos.
        """
        called = name or scene.title.strip() or own_name(scene)
        return self._offer(cut(scene, self.session.crop), brief(called), doubts)

    def use_mask(self) -> str:
        """Refocus within the mask as it is painted; returns the name of the scene that has it.

        Raises
        ------
        Unfit
            Nothing is painted.
        """
        with self._changing:
            outcome = self._shown()
            painted = self.painted_scene()
            if painted is outcome.scene:
                return outcome.settings.scene
            name = outcome.called.partition(", mask painted")[0]
            self.painting_of(painted, anew=True)
            return self._offer(painted, f"{name}, mask painted")

    def painted_scene(self) -> rl.Scene:
        """The scene of the picture shown, with the mask as it is painted.

        Raises
        ------
        Unfit
            Nothing is painted.
        """
        scene = self._shown().scene
        mask = self.painting_of(scene).mask
        if not mask.any():
            raise Unfit(NOTHING)
        return scene if (mask == scene.mask).all() else scene.replace(mask=mask)

    def save_scene(self, folder: str | Path) -> Path:
        """Write the scene, with the mask as it is painted, as ``rl.save_scene`` does."""
        return rl.save_scene(self._named(self.painted_scene()), folder)

    def _open(self, files: list[Incoming]) -> None:
        """Show the scene that files hold, when it is read."""

        def work(turn: Turn) -> None:
            scene, doubts = scene_files.opened(files, turn)
            if not turn.is_set():
                self.add_scene(scene, doubts=doubts)

        with self._changing:
            self.error, self._objection = None, ""
            self.status = self._status() | {"busy": True, "stage": "reading the scene"}
            self._worker.submit(work)

    def _offer(self, scene: rl.Scene, name: str, doubts: Iterable[rl.Doubt] = ()) -> str:
        """Offer a scene on the form, as it is, and show it."""
        with self._changing, self.hold_sync():
            called = self.session.offered.add(scene, name, doubts, but=self.settings.scene)
            self.form = self._form()
            self.set(scene=called)
        return called

    def _named(self, scene: rl.Scene) -> rl.Scene:
        """The scene under the title that the page has for it."""
        called = self._shown().called
        if scene is not self._shown().scene and "mask painted" not in called:
            called = f"{called}, mask painted"
        return scene if scene.title else scene.replace(title=called)

    def _download(self) -> None:
        scene = self._named(self.painted_scene())
        short = file_stem(scene.name or scene.title, "scene")
        self._sending.submit(lambda _: self.give(f"{short}.zip", scene_files.packed(scene, short)))
