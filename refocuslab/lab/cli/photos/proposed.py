"""Photos with nothing said of where to refocus: the mask that they propose, and what is made within it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from refocuslab.lab.cli.photos import plain
from refocuslab.lab.cli.photos.own_photos import Photos
from refocuslab.lab.terminal import command_line
from refocuslab.lab.widgets.texts import duration
from refocuslab.method import Method

if TYPE_CHECKING:
    from refocuslab.optics.light import LightKind
    from refocuslab.pictures.picture import Picture
    from refocuslab.proposal.proposal import MaskProposal
    from refocuslab.refocusing.refocuser import Refocuser
    from refocuslab.refocusing.result import Result
    from refocuslab.running.progress import Cancel, Step
    from refocuslab.scene import Scene

# Beside the name of the misfocused photo, where no output is named. It is lossless.
_BESIDE, _ENDING, _DEEP_ENDING = ".refocused", ".png", ".tif"


@dataclass(frozen=True)
class Task:
    """What is to be refocused.

    Attributes
    ----------
    scene : Scene
        The photos, masked by the proposal if there is one.
    like : Picture or None
        The misfocused photo's file, whose format the result may keep.
    proposal : MaskProposal or None
        Where to refocus, if the photos were to tell it.
    """

    scene: "Scene"
    like: "Picture | None" = None
    proposal: "MaskProposal | None" = None

    @classmethod
    def of(
        cls, source: Photos | str, method: Method, *, threads: int | None = None, step: "Step | None" = None
    ) -> "Task":
        """Read the photos or the scene, and propose a mask where nothing says where to refocus.

        Raises
        ------
        click.UsageError
            There is nothing to refocus.
        """
        from refocuslab.scenes.folder import load_scene

        if not isinstance(source, Photos):
            return cls(load_scene(source))
        scene, like = source.scene(method.light)
        if not source.proposes(like):
            return cls(scene, like)
        from refocuslab.proposal.proposal import propose_mask

        proposal = propose_mask(scene, light=method.light, threads=threads, step=step)
        if not proposal.mask.any():
            told = " ".join(map(str, proposal.advice)) or proposal.note
            raise click.UsageError(f"{told} Nothing was written{_instead(source, proposal)}")
        return cls(scene.replace(mask=proposal.mask), like, proposal)

    @property
    def to_come(self) -> "Scene":
        """The scene with the PSF that is not found again, as the work ahead depends on it."""
        known = self.proposal.psf if self.proposal and self.scene.psf is None else None
        return self.scene if known is None else self.scene.replace(psf=known.psf, varying=known.varying)

    def engine(self, threads: int | None = None) -> "Refocuser":
        """What refocuses it; the PSF that the proposal found is not found again."""
        from refocuslab.refocusing.refocuser import Refocuser

        known = self.proposal.psf if self.proposal and self.scene.psf is None else None
        return Refocuser(self.scene, threads=threads, psf_estimate=known)

    def refocused(
        self, engine: "Refocuser", method: Method, *, progress: Any = None, cancel: "Cancel | None" = None
    ) -> "Result":
        """The result, with a soft seam where a mask was proposed."""
        result = engine.refocus(method, progress=progress, cancel=cancel)
        if self.proposal is None:
            return result
        return replace(result, image=self.proposal.over(self.scene.misfocused, result.image))

    def lines(self, seconds: float, light: "LightKind") -> Iterator[str]:
        """What was found, with the light in which exposures were compared, and what it will cost."""
        if self.proposal is not None:
            yield from plain.fitting(self.proposal, light)
            yield f"{self.proposal.note} Outside, nothing is changed."
            if told := plain.unshown(self.proposal):
                yield told
            if self.proposal.psf is not None:
                yield self.proposal.psf.plain
        yield f"This takes about {duration(max(1, seconds))}."


def _instead(source: Photos, proposal: "MaskProposal") -> str:
    """What to do where nothing is to be refocused, after a comma: the remedy of the gravest cause."""
    grave = {doubt.about for doubt in proposal.advice if doubt.grave}
    if "swapped" in grave:
        first, *others = source.focused
        if others:
            return "; name the photo first that is out of focus."
        return f"; in the other order: {command_line('refocus', first, source.misfocused)}"
    if grave:
        return "; choose another photo."
    return "; --whole refocuses everything all the same."


def beside(source: Photos | str) -> str:
    """Where the picture goes if nobody says it: beside the misfocused photo; with 16 bits if that has them.

    Raises
    ------
    click.UsageError
        A scene has no place beside it.
    """
    if not isinstance(source, Photos):
        raise click.UsageError("Missing option '-o' / '--output' (or --forecast).")
    from pathlib import Path

    from refocuslab.pictures.reading import read_samples

    path = Path(source.misfocused)
    deep = read_samples(path).values.dtype.itemsize > 1
    return str(path.with_name(f"{path.stem}{_BESIDE}{_DEEP_ENDING if deep else _ENDING}"))
