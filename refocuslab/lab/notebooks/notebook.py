"""What every notebook does besides its subject: load scenes, run methods, keep scores, figures, claims.

A notebook opens a ``Study`` with its own parameters, and closes it at the end. With a results folder, each
figure is saved there when it is made, and the record of all measurements when the study is closed.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from IPython.display import HTML, Markdown, display
from matplotlib.figure import Figure
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.evidence.judgment import judgments
from refocuslab.lab.evidence.population import measured
from refocuslab.lab.evidence.statements import WHY
from refocuslab.lab.figures import layout
from refocuslab.lab.measures.cropping import cut
from refocuslab.lab.pages.evidence import in_words, whole_sentence
from refocuslab.lab.parameters import validation
from refocuslab.lab.records import changed, notebook_record
from refocuslab.lab.records.notebook_record import Claim
from refocuslab.lab.records.report import row_texts
from refocuslab.paper.order_of_assignment import known_offsets


class Study:
    """The frame of a notebook: ``Study("02_image_scene", globals())`` after its parameters cell.

    Parameters
    ----------
    notebook : str
        Its name.
    namespace : mapping of str to value
        What holds its parameters; other names are ignored.

    Attributes
    ----------
    notebook : str
        Its name.
    parameters : dict
        All its parameters, validated.

    Raises
    ------
    RefocusError
        There is no such notebook, or a parameter breaks its rule.
    """

    def __init__(self, notebook: str, namespace: Mapping[str, Any]) -> None:
        self.notebook = validation.notebook_name(notebook)
        self.parameters = validation.current(self.notebook, namespace)
        self._results = self.parameters["results"]
        self._figures: list[dict[str, str]] = []
        self._rows: list[dict[str, Any]] = []
        self._shown = 0  # of the rows, in tables
        self._claims: list[Claim] = []
        self._doubted: set[tuple[str, str]] = set()

    def scene(self, name: str) -> rl.Scene:
        """A scene by its name or folder, cut down to ``crop`` pixels where the notebook asks for it."""
        loaded = rl.load_scene(name)
        validation.check_truth(self.notebook, "scene", loaded.truth is not None, name)
        return cut(loaded, self.parameters.get("crop", 0))

    def method(self, preset: Callable[..., rl.Method], **changes: Any) -> rl.Method:
        """A preset like ``Method.scanline_texture`` with the notebook's parameters, and with ``changes``."""
        names = ("neighborhood", "candidates", "lambda_image", "lambda_texture", "search", "light")
        shared = {name: self.parameters[name] for name in names if name in self.parameters}
        if preset == rl.Method.image_scene:
            shared.pop("lambda_texture", None)
        return preset(**shared | changes)

    def refocus(self, scene: rl.Scene, method: rl.Method) -> rl.Result:
        """``refocus`` on as many threads as the notebook asks for; a doubt is shown once for each scene."""
        # A Refocuser does not warn: a warning would show a path of this machine.
        refocuser = rl.Refocuser(scene, threads=self.parameters["threads"] or None)
        result = refocuser.refocus(method)
        # A notebook that tries a scene in many ways would say the same each time, with other numbers.
        doubts = {(scene.name, doubt.about): doubt.text for doubt in result.doubts}
        new = [text for key, text in doubts.items() if key not in self._doubted]
        self._doubted |= doubts.keys()
        if new:
            name = f"{escape(scene.name)}: " if scene.name else ""
            display(HTML(f"<p><em>Doubtful. {name}{' '.join(map(escape, new))}</em></p>"))
        return result

    def score(
        self,
        figure: str,
        variant: str,
        scene: rl.Scene,
        result: rl.Result | NDArray[np.uint8],
        *,
        seconds: float | None = None,
    ) -> rl.Score:
        """Score a result or a photo, and keep it as a row of the results.

        Parameters
        ----------
        figure, variant : str
            As in ``notebook_record.Row``.
        scene : Scene
            The scene that was refocused.
        result : Result or ndarray of uint8, (H, W, 3)
            What was made of it.
        seconds : float or None
            What a photo took; a result has its own.
        """
        if isinstance(result, rl.Result):
            image, seconds = result.image, sum(result.seconds.values())
        else:
            image = result
        scored = rl.score(image, scene, light=self.parameters["light"])
        self.measured(figure, variant, scene, seconds=seconds, **asdict(scored))
        return scored

    def measured(
        self,
        figure: str,
        variant: str,
        scene: rl.Scene,
        *,
        psnr: float | None = None,
        ssim: float | None = None,
        reblur_rms: float | None = None,
        seconds: float | None = None,
    ) -> None:
        """Keep a measurement as a row of the results; its numbers as in ``notebook_record.Row``."""
        row = {"figure": figure, "variant": variant, "scene": scene.name or "unnamed"}
        measures = {"psnr": psnr, "ssim": ssim, "reblur_rms": reblur_rms, "seconds": seconds}
        self._rows.append(row | measures)

    def table(self) -> Markdown:
        """The scores since the last table, without seconds, which differ from run to run (results.json)."""
        lines = [
            "| figure | variant | scene | PSNR, dB | SSIM | reblur RMS |",
            "|---|---|---|--:|--:|--:|",
        ]
        for row in self._rows[self._shown :]:
            cells = map(in_markdown, row_texts(row)[:6])
            lines.append(f"| {' | '.join(cells)} |")
        self._shown = len(self._rows)
        return Markdown("\n".join(lines))

    def figure(self, name: str, figure: Figure, caption: str, *, number: str = "") -> None:
        """Show a figure with its caption; with a results folder, save it there as <name>.png.

        Parameters
        ----------
        name : str
            The file's name, without its ending.
        figure : Figure
            What to show.
        caption : str
            A sentence or two.
        number : str
            The paper's number, or a word; by default what follows "figure" in ``name``.
        """
        number = number or name.removeprefix("figure")
        if told := changed.in_words(self.notebook, self.parameters, number):
            layout.add_note(figure, f"With {told}")
        if self._results:
            file = f"{name}.png"
            Path(self._results).mkdir(parents=True, exist_ok=True)
            write_whole(Path(self._results, file), layout.png(figure))
            self._figures.append({"figure": number, "file": file, "caption": caption})
        # Pages made of a notebook have a picture's alternative text; JupyterLab 4.6 only has the caption.
        title = f"Figure {number}. " if number[:1].isdigit() else ""
        display(layout.show(figure), Markdown(f"<small>{title}{in_markdown(caption)}</small>"))

    def timed(self, name: str, draw: Callable[[], Figure], caption: str, *, number: str) -> None:
        """A figure of seconds: only with a results folder, as no two runs agree on it.

        Parameters
        ----------
        name : str
            As for ``figure``.
        draw : callable
            Draws it.
        caption, number : str
            As for ``figure``.
        """
        if self._results:
            self.figure(name, draw(), caption, number=number)
            return
        text = f"*{caption}* `make figures` draws it, in the results folder: seconds are the machine's."
        display(Markdown(text))

    def claim(self, claim: Claim) -> Markdown:
        """Keep a claim with its verdict, and show it, with what all scenes say."""
        self._claims.append(claim)
        measured = f"{in_markdown(claim.measure)}: {in_markdown(claim.value)}"
        told = changed.in_words(self.notebook, self.parameters)
        verdict = f"Verdict here: **{claim.verdict}**{f', with {in_markdown(told)}' if told else ''}."
        if part := changed.part(self.notebook, self.parameters):
            verdict = f"Not judged: {part}."
        return Markdown(
            f"**Claim {claim.number} (§{claim.section}).** {in_markdown(claim.statement)}\n\n"
            f"Measured: {measured}.\n\n{verdict}{_on_all_scenes(claim.number)}"
        )

    def close(self) -> None:
        """Check the record of all that was measured; with a results folder, write it there."""
        notebook_record.record(
            self._results,
            self.notebook,
            self.parameters,
            figures=self._figures,
            rows=self._rows,
            claims=self._claims,
        )


def _on_all_scenes(number: int) -> str:
    judged = judgments(measured().found).get(number)
    if not judged:
        return ""
    why = f" {WHY[number]}" if number in WHY else ""
    return f"\n\nOn all scenes: **{in_words(judged)}**. {in_markdown(whole_sentence(judged) + why)}"


def typical_neighborhoods(result: rl.Result, count: int = 3) -> NDArray[np.bool_]:
    """Causal neighborhoods met in a result's order, as unlike each other as can be (Figure 1).

    They are chosen among the windows that lie within the photo and have between a quarter and three quarters
    of their pixels known. The first is that with the share nearest to a half, each further one that whose
    least number of differences to those before it is largest.

    Parameters
    ----------
    result : Result
        Of any method.
    count : int
        Of the neighborhoods.

    Returns
    -------
    ndarray of bool, (count, size^2)
        Which pixels of each are known.
    """
    mask = result.order >= 0
    neighborhood = result.library.neighborhood
    known = known_offsets(result.order[mask], mask, neighborhood, order=result.method.order, first_pass=True)
    y, x = np.nonzero(mask)
    rows, columns = y[:, None] + neighborhood.offsets[:, 0], x[:, None] + neighborhood.offsets[:, 1]
    within = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    share = known.mean(axis=1)
    typical = known[within.all(axis=1) & (share > 0.25) & (share < 0.75)]
    if not len(typical):
        typical = known
    chosen = [typical[np.argmin(np.abs(typical.mean(axis=1) - 0.5))]]
    while len(chosen) < count:
        unlike = np.min([(typical != one).sum(axis=1) for one in chosen], axis=0)
        chosen.append(typical[np.argmax(unlike)])
    return np.array(chosen)
