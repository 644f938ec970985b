"""The site: sources put together from ``docs/``, the notebooks and the program, built, checked, published.

``python -m refocuslab.lab.site.build results/site`` does it, which ``make docs`` calls.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.evidence.population import measured
from refocuslab.lab.folders import destinations
from refocuslab.lab.folders.whole_folders import draft
from refocuslab.lab.pages import formulas
from refocuslab.lab.site import lecturer, made_pages, pictures, reference
from refocuslab.lab.site.links import faults
from refocuslab.lab.site.notebook_facts import all_facts, thumbnail
from refocuslab.lab.site.notebook_pages import write_notebook
from refocuslab.lab.sliders.page import sliders_page

ROOT = PACKAGE.parent
# What tells that a folder holds a site.
SITE = "searchindex.js"
# What Sphinx and the theme leave in a site that no page uses: notes for itself, templates, source maps.
_NO_PART = (".buildinfo", "webpack-macros.html", "*.js.map", "*.css.map")
# Texts of the repository that pages include, in part or whole.
INCLUDED = ("CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "course/README.md", "course/rubric.md")


def build(output: Path, results: Path) -> list[str]:
    """Build the site; it takes the place of ``output`` only if nothing is wrong with it.

    Parameters
    ----------
    output : Path
        Folder of the site.
    results : Path
        Where ``make figures`` writes, for the seconds of the notebooks.

    Returns
    -------
    list of str
        A line for each fault: a warning of Sphinx, a broken link, what a page would load from the web.
    """
    if not (ROOT / "docs" / "conf.py").is_file():
        raise RefocusError("docs", "must lie beside the package: the site is built in a clone", ROOT.name)
    destinations.check_folder(str(output))
    if output.is_dir() and any(output.iterdir()) and not (output / SITE).is_file():
        raise RefocusError(
            "output", "must be empty, or the site of an earlier build, which is replaced", output
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    with draft(output.parent, output.name) as staging:
        source, site = staging / "source", staging / "site"
        gather(source, results)
        found = _sphinx(source, site)
        if not found:
            (site / "sliders.html").write_text(sliders_page(), encoding="utf-8")
            found = faults(site)
        if not found:
            _put(site, output)
    return found


def gather(source: Path, results: Path) -> None:
    """Put the sources of the site into a folder: those of ``docs/``, and those that are made."""
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("__pycache__"))
    for name in INCLUDED:
        (source / "included" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / "included" / name)
    style = source / "_static" / "site.css"
    style.write_text(
        style.read_text(encoding="utf-8").replace("FONTS;", f"{formulas.FONTS};"), encoding="utf-8"
    )
    facts, evidence = all_facts(results), measured()
    made, notebooks = source / "made", source / "notebooks"
    static = source / "_static" / "made"
    for folder in (made, notebooks, static):
        folder.mkdir()
    pictures.copy_figures(facts, made)
    numbers = pictures.make_pictures(made)
    for name in ("before", "after"):
        shutil.move(made / f"{name}.png", static)
    for one in facts:
        write_notebook(one, evidence, notebooks)
        (static / f"{one.name}.jpg").write_bytes(thumbnail(one.notebook))
    pages = made_pages.parts(facts, evidence, results) | {
        f"reference/{name}": text for name, text in reference.chapters().items()
    }
    pages |= lecturer.pages(ROOT / "course")
    pages |= {
        "reference/scene-toml": reference.scene_tables(),
        "reference/parameters": reference.parameters(),
    }
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    (source / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")


def _sphinx(source: Path, site: Path) -> list[str]:
    """Run Sphinx; its warnings."""
    # The seed of hashes: an order of a set must not show in a page.
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "0"}
    options = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(source.parent / "trees")]
    answer = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(source), str(site)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not answer.returncode:
        for pattern in _NO_PART:
            for path in site.rglob(pattern):
                path.unlink()
        return []
    told = (answer.stderr or answer.stdout).replace(str(source), "docs")
    return told.splitlines() or [f"sphinx ended with {answer.returncode}"]


def _put(site: Path, output: Path) -> None:
    """Let the new site take the place of the old one."""
    old = output.with_name(f".{output.name}-old")
    if output.exists():
        output.rename(old)
    site.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Build the site from the command line; the exit code."""
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("output", type=Path, help="folder of the site")
    parser.add_argument("--results", type=Path, default=Path("results"), help="where make figures writes")
    chosen = parser.parse_args(arguments)
    try:
        found = build(chosen.output, chosen.results)
    except RefocusError as error:
        found = [str(error)]
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"The page to look at: {chosen.output / 'index.html'}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
