"""Where the links of a notebook lead from a page of it, which lies elsewhere than the notebook."""

import os
import re
from collections.abc import Callable, Collection
from pathlib import Path

from refocuslab.files.installed import PACKAGE
from refocuslab.lab.parameters.schema import NOTEBOOKS

# A link from one notebook to another, or to a place in it; and one to a file of the repository.
_TO_NOTEBOOK = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\((\d\d_\w+)\.ipynb(#[\w-]+)?\)")
_TO_FILE = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\(\.\./[^)]*\)")
# Where ``make docs`` builds the notebooks' pages of the site.
SITE = PACKAGE.parent / "results" / "site" / "notebooks"

# The address of the page of a notebook, and of a place in it ("#Symbols" or ""); None where there is none.
Address = Callable[[str, str], str | None]


def with_links(text: str, address: Address) -> str:
    """A text in Markdown whose links to notebooks lead to pages; where there is none, the text stays.

    Links to files of the repository, which lie beside no page, become text as well.

    Parameters
    ----------
    text : str
        The Markdown.
    address : callable
        Called with a notebook's name and a place in it.
    """

    def page(link: re.Match[str]) -> str:
        if link[2] not in NOTEBOOKS:
            return str(link[0])
        found = address(link[2], link[3] or "")
        return link[1] if found is None else f"[{link[1]}]({found})"

    return _TO_NOTEBOOK.sub(page, _TO_FILE.sub(r"\1", text))


def addresses(folder: Path, beside: Collection[str]) -> Address:
    """The addresses of notebooks as pages in a folder see them.

    Parameters
    ----------
    folder : Path
        Of the pages.
    beside : collection of str
        The notebooks whose pages lie there. Of the others the page of the site is meant, if it was built.
    """

    def address(name: str, place: str) -> str | None:
        if name in beside:
            return f"{name}.html{place}"
        page = SITE / f"{name}.html"
        if not page.is_file():
            return None
        try:
            return Path(os.path.relpath(page, folder)).as_posix() + place.lower()
        except ValueError:  # on another drive of Windows
            return page.absolute().as_uri() + place.lower()

    return address
