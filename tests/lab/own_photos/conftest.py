"""What the tests of one's own photos share: a pair of photos, a page's messages, a proposal that is known."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data

import refocuslab as rl
from refocuslab.lab.own_photos import OwnPhotos, making
from refocuslab.lens.psf_choice import PsfEstimate

TIMEOUT = 120
SIDE = 72


def encoded(image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format=kind, **options)
    return file.getvalue()


@pytest.fixture(scope="session")
def pair() -> SimpleNamespace:
    """U, misfocused in a soft disk, and V, all in focus, of one thing."""
    sharp = np.ascontiguousarray(data.astronaut()[30 : 30 + SIDE, 190 : 190 + SIDE])
    y, x = np.mgrid[:SIDE, :SIDE]
    inside = np.hypot(y - 36, x - 34) < 22
    soft = gaussian_filter(inside.astype(float), 1.5)[..., None]
    misfocused = np.rint(soft * rl.blur(sharp, rl.disk(5)) + (1 - soft) * sharp).astype(np.uint8)
    return SimpleNamespace(u=misfocused, v=sharp, mask=inside)


@pytest.fixture
def known(monkeypatch, pair):
    """Proposes the true mask at once: what a proposal is worth, other tests tell."""
    asked = []

    def propose(scene, **options):
        asked.append(scene)
        options["step"](0.5)
        mask = pair.mask if scene.mask.shape == pair.mask.shape else np.ones_like(scene.mask)
        match = SimpleNamespace(note="Nothing moved.", trusted=True)
        registration = SimpleNamespace(scene=scene, matches=[match])
        psf = known_psf()
        advice = (rl.Doubt("exposure", "It is darker."), rl.Doubt("scene", "Another thing.", grave=True))
        told = SimpleNamespace(
            mask=mask, alpha=mask.astype(np.float32), registration=registration, psf=None, advice=(),
            note="They fit.",
        )  # fmt: skip
        options["early"](told)
        return SimpleNamespace(**vars(told) | {"psf": psf, "advice": advice})

    monkeypatch.setattr(rl, "propose_mask", propose)
    # To measure the machine takes long.
    monkeypatch.setattr(making, "forecast", lambda *_, **__: SimpleNamespace(seconds=77.0))
    return asked


def known_psf() -> PsfEstimate:
    return PsfEstimate(rl.disk(5), "whole disk", {"diameter": 5.0}, {"whole disk": 1.0}, 50.0, (5.0, 5.0))


class Visitor:
    """A page, without a browser: sends messages, and keeps what is sent to it."""

    def __init__(self) -> None:
        self.widget, self.sent = OwnPhotos(threads=1), []
        self.widget.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def say(self, message, buffers=()) -> None:
        self.widget._handle_custom_msg(message, list(buffers))

    def upload(self, number: int, content: bytes, role: str = "misfocused", name: str = "a.png") -> None:
        self.say({"kind": "upload", "id": number, "role": role, "name": name, "size": len(content)})
        for at in range(0, len(content), 5000):
            self.say({"kind": "piece", "id": number, "at": at}, [content[at : at + 5000]])

    def both(self, pair, **names) -> None:
        self.upload(1, encoded(pair.u), name=names.get("u", "a.png"))
        self.upload(2, encoded(pair.v), "focused", names.get("v", "b.png"))
        self.widget.settle(TIMEOUT)

    def saved(self, what: str) -> tuple[str, bytes]:
        self.sent.clear()
        self.say({"kind": "save", "what": what})
        self.widget.settle(TIMEOUT)
        files = [(told, buffers) for told, buffers in self.sent if told["kind"] == "file"]
        content = b"".join(buffers[0] for _, buffers in files)
        assert [told["at"] for told, _ in files] == sorted(told["at"] for told, _ in files)
        assert all(told["size"] == len(content) for told, _ in files)
        return files[0][0]["name"], content

    @property
    def roles(self) -> dict[int, str]:
        return {photo["id"]: photo["role"] for photo in self.widget.photos}

    @property
    def error(self) -> str:
        return self.widget.status["error"]


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()
