"""The README's table of what lies beyond the paper, from what notebook 8 recorded."""

from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.records.report import Report

# The methods, as the head of the table calls them.
COLUMNS = (
    "misfocused",
    "best deconvolution",
    "the paper's best",
    "flow-warped photo, pasted in",
    "`Method.consistent()`",
)
_ROWS = "Beyond"  # the figure of the rows in notebook 8


def markdown(report: Report) -> str:
    """PSNR and SSIM of every scene as a table in Markdown, the best bold; empty if none was recorded."""
    from refocuslab.lab.measures.all_methods import BEST, CONSISTENT, DECONVOLUTIONS, NOTHING, PASTED

    scenes: dict[str, dict[str, tuple[float, float | None]]] = {}
    for row in report["rows"]:
        if row["figure"] == _ROWS:
            scenes.setdefault(row["scene"], {})[row["variant"]] = float(row["psnr"]), row["ssim"]
    lines = [f"| scene | {' | '.join(COLUMNS)} |", "|---|" + "--:|" * len(COLUMNS)]
    for scene, found in scenes.items():
        psnrs = {name: found[name][0] for name in DECONVOLUTIONS}
        opponent = max(psnrs, key=psnrs.__getitem__)
        shown = [found[name] for name in (NOTHING, opponent, BEST, PASTED, CONSISTENT)]
        best = max(psnr for psnr, _ in shown)
        told = [f"{psnr:.1f}" + (f", {ssim:.3f}" if ssim is not None else "") for psnr, ssim in shown]
        cells = [f"**{text}**" if psnr == best else text for text, (psnr, _) in zip(told, shown, strict=True)]
        lines.append(f"| {in_markdown(scene)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n" if scenes else ""
