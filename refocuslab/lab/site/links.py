"""What is wrong with a built site: links that lead nowhere, and what a page would load from the web."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a page loads by itself, {element: attribute}; a link of an anchor is followed only by a person.
_LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}
# Links of pages to others, which load nothing.
_NO_LOAD = {"canonical", "next", "prev", "index", "search", "author", "copyright"}
_IN_STYLE = re.compile(r"(?:@import|url\()\s*['\"]?(?:https?:)?//[^'\")\s]+")


class _Page(HTMLParser):
    """The links, the places and the loaded files of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.ids |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in _LOADED and _LOADED[tag] in given and not _NO_LOAD & set(given.get("rel", "").split()):
            self.loaded.append(given[_LOADED[tag]])


def faults(site: Path) -> list[str]:
    """A line for each broken link within a site, and each thing that one of its pages loads from elsewhere.

    Parameters
    ----------
    site : Path
        A folder of HTML, with styles and pictures.
    """
    pages = {path.relative_to(site).as_posix(): _read(path) for path in sorted(site.rglob("*.html"))}
    found = [line for name, page in pages.items() for line in _of_page(site, name, page, pages)]
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.name} loads {match[0]}" for match in _IN_STYLE.finditer(text)]
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _of_page(site: Path, name: str, page: _Page, pages: dict[str, _Page]) -> Iterator[str]:
    for address in page.loaded:
        parts = urlsplit(address)
        if parts.scheme not in ("", "data") or parts.netloc:
            yield f"{name} loads {address}"
        elif not parts.scheme and not _target(site, name, parts.path).is_file():
            yield f"{name} loads {address}, which is not there"
    for address in page.links:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = _target(site, name, parts.path) if parts.path else site / name
        if target.is_dir() or not target.exists():
            yield f"{name} links to {address}, which is not there"
            continue
        other = pages.get(target.relative_to(site.resolve()).as_posix() if parts.path else name)
        if parts.fragment and other and unquote(parts.fragment) not in other.ids:
            yield f"{name} links to {address}, a place that is not there"


def _target(site: Path, name: str, path: str) -> Path:
    return (site / name).parent.joinpath(unquote(path)).resolve()
