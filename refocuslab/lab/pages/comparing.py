"""Two pictures in one place on a page: a blink from one to the other, and a line that wipes over both."""

import base64
import json
from dataclasses import dataclass

from refocuslab.lab.escaping import in_html


@dataclass(frozen=True)
class Shown:
    """A picture within a page.

    Attributes
    ----------
    file : bytes
        A JPEG or PNG file.
    size : (int, int)
        Its width and height in pixels.
    name : str
        What the page calls it.
    alt : str
        What it shows, for whoever does not see it.
    """

    file: bytes
    size: tuple[int, int]
    name: str
    alt: str

    @property
    def img(self) -> str:
        """The element, with the file in it."""
        kind = "png" if self.file.startswith(b"\x89PNG") else "jpeg"
        data = base64.b64encode(self.file).decode("ascii")
        width, height = self.size
        return (
            f'<img src="data:image/{kind};base64,{data}" width="{width}" height="{height}" '
            f'alt="{in_html(self.alt)}">'
        )

    @property
    def limits(self) -> str:
        """Style of what holds it: as high as the window at most, and no more than twice its own size."""
        width, height = self.size
        return f"max-width: min({2 * width}px, calc(88vh * {width / height:.4f}))"


# A photo stays for so many milliseconds: less than three changes a second, which may harm.
_STAYS = 700
STYLE = """
.stack { display: grid; position: relative; margin: 0 auto; background: #60646b; }
.stack img { grid-area: 1 / 1; width: 100%; height: auto; max-height: none; }
.one img { width: 100%; max-width: 52rem; height: auto; max-height: none; margin: 0 auto; }
.scripted .blink .stack img:not(.seen) { visibility: hidden; }
.wipe { --share: 50%; }
.wipe .stack img + img { clip-path: inset(0 calc(100% - var(--share)) 0 0); }
.wipe .stack::after { content: ""; position: absolute; top: 0; bottom: 0; left: var(--share); width: 2px;
  margin-left: -1px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .55); pointer-events: none; }
.wipe input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; touch-action: pan-y; z-index: 1; }
.wipe .stack:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
.corner { position: absolute; top: .5rem; padding: .05rem .6rem; border-radius: 99px; font-size: .85rem;
  background: rgb(0 0 0 / .65); color: #fff; pointer-events: none; }
.corner.left { left: .5rem; } .corner.right { right: .5rem; }
figure button { font: inherit; color: var(--accent); background: none; border: 1px solid currentColor;
  border-radius: 99px; padding: .15rem .9rem; margin: 0 .5rem .4rem 0; cursor: pointer; }
figure button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
html:not(.scripted) .stack { display: block; } html:not(.scripted) .stack > :not(img) { display: none; }
html:not(.scripted) .wipe .stack img + img { clip-path: none; }
html:not(.scripted) .wipe .stack::after, html:not(.scripted) figure button { display: none; }
"""
SCRIPT = f"""
document.documentElement.classList.add('scripted');
for (const figure of document.querySelectorAll('.blink')) {{
  const photos = [...figure.querySelectorAll('.stack img')];
  const [play, other] = figure.querySelectorAll('button');
  const told = figure.querySelector('.corner');
  const names = JSON.parse(figure.dataset.names);
  let turn = 0, timer = 0;
  const show = (next) => {{
    turn = next % 2;
    photos.forEach((photo, i) => {{
      photo.classList.toggle('seen', i === turn);
      photo.ariaHidden = i === turn ? null : 'true';
    }});
    told.textContent = names[turn];
  }};
  const stop = () => {{ clearInterval(timer); timer = 0; play.setAttribute('aria-pressed', 'false'); }};
  play.addEventListener('click', () => {{
    if (timer) return stop();
    timer = setInterval(() => show(turn + 1), {_STAYS});
    play.setAttribute('aria-pressed', 'true');
  }});
  other.addEventListener('click', () => {{ stop(); show(turn + 1); }});
  show(0);
}}
for (const figure of document.querySelectorAll('.wipe')) {{
  const line = figure.querySelector('input');
  const move = () => figure.style.setProperty('--share', `${{line.value}}%`);
  line.addEventListener('input', move);
  move();
}}
"""


def alone(picture: Shown, caption: str) -> str:
    """One picture with a caption.

    Parameters
    ----------
    picture : Shown
        The picture.
    caption : str
        HTML below it.
    """
    return (
        f'<figure><div class="one" style="{picture.limits}; margin: 0 auto">{picture.img}</div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def blink(first: Shown, second: Shown, caption: str) -> str:
    """Two pictures that change places, by themselves or at a key; both where no script may run.

    Parameters
    ----------
    first, second : Shown
        Pictures of one size.
    caption : str
        HTML below them.
    """
    names = in_html(json.dumps([first.name, second.name]))
    return (
        f'<figure class="blink" data-names="{names}"><div class="stack" style="{first.limits}">'
        f'{first.img}{second.img}<span class="corner left">{in_html(first.name)}</span></div>'
        '<figcaption><button type="button" aria-pressed="false">Blink</button>'
        f'<button type="button">Show the other</button><br>{caption}</figcaption></figure>'
    )


def wipe(before: Shown, after: Shown, caption: str) -> str:
    """Two pictures and a line: left of it stands the first. Pointer and arrow keys move it.

    Parameters
    ----------
    before, after : Shown
        Pictures of one size.
    caption : str
        HTML below them.
    """
    label = in_html(f"Line between {before.name} on the left and {after.name} on the right, in percent")
    return (
        f'<figure class="wipe"><div class="stack" style="{before.limits}">{after.img}{before.img}'
        f'<span class="corner left">{in_html(before.name)}</span>'
        f'<span class="corner right">{in_html(after.name)}</span>'
        f'<input type="range" min="0" max="100" value="50" step="1" aria-label="{label}"></div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
