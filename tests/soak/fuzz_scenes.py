"""Hostile scene files and figures: each gives what it should or a RefocusError, soon and in little memory.

A case is settled by the seed and its number: `run_case(seed, number)` is what `run` does once.
"""

import copy
import json
import os
import random
import re
import resource
import shutil
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.files.installed import data_folder
from refocuslab.lab.records import identity, made_from, provenance
from refocuslab.optics.psf import disk
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.writing import write_photo
from refocuslab.scenes.folder import load_scene
from refocuslab.scenes.saving import save_scene
from refocuslab.scenes.shipped import scene_names
from refocuslab.simulation.misfocus import point_light

# A case that takes longer, or needs more memory than what came before, has fallen: seconds, bytes.
LONGEST, MOST_MEMORY = 120, 3 * 2**30

OWN = """
name = "n"
title = "t"
description = "d"
light = "linear"
[misfocused]
photo = "u.png"
crop = { top = 1, left = 2, height = 28, width = 31 }
simulate = { diameter = 4, noise = 1.5, seed = 7 }
polygons = [[[4.5, 3.5], [19.5, 3.5], [19.5, 14.5], [4.5, 14.5]]]
holes = [[[8, 8], [12, 8], [10, 12]]]
[[focused]]
photo = "v.png"
view = { homography = [[0.9, 0.1, 2], [0, 1, -1], [0.001, 0, 1.0]], gain = [0.8, 1, 1.1], offset = [0, 0, 0] }
crop = { top = 0, left = 5, height = 20, width = 25 }
noise = { std = 2, seed = 9 }
[[focused]]
photo = "u.png"
mask = "mask.png"
[psf]
file = "psf.npy"
[calibration]
focused = "light_focused.png"
misfocused = "light_misfocused.png"
[truth]
photo = "u.png"
crop = { top = 1, left = 2, height = 28, width = 31 }
"""
PLAIN = """
[misfocused]
photo = "u.png"
mask = "mask.png"
[[focused]]
photo = "v.png"
same_mask = false
[psf]
diameter = 5
"""
LIT = PLAIN.replace(
    "[psf]\ndiameter = 5",
    '[calibration]\nfocused = "light_focused.png"\nmisfocused = "light_misfocused.png"',
)
BENCH = """
[bench]
subject = ["card"]
seed = 3
[bench.camera]
focal_length = 50
f_number = 2.0
focus_distance = 1540
pixel = 0.05
width = 40
height = 30
position = [0, 0, 0]
target = [0, 0, 1000]
breathing = true
exposure = 1.0
full_well = 20000
read_noise = 10
[[bench.focused]]
turn = -7
f_number = 4.0
exposure = 0.9
[bench.lamp]
towards = [-0.8, -0.9, -1.0]
radius = 6
ambient = 0.5
[[bench.plane]]
name = "wall"
centre = [0, 0, 1540]
size = [900, 900]
texture = { noise = 4, texel = 1.5 }
[[bench.box]]
name = "card"
centre = [0, 0, 1010]
size = [30, 20, 20]
yaw = 10
pitch = 1.0
texture = { photo = "v.png", crop = { top = 5, left = 0, height = 20, width = 20 }, tint = [1, 0.5, 1] }
sides = { photo = "skimage:coffee" }
"""

# What may stand in the place of a value of a scene.toml.
VALUES = re.split(r"\s+", r"""0 -0.0 1 -1 2 3
0.5 1.5 7 255 256 300 1000 1001 20000 30000 99999 1000000 2147483648 4294967296
9223372036854775807 9223372036854775808 18446744073709551616 340282366920938463463374607431768211456 1e-308
5e-324 1e-30 1e-9 1e-6 1e-3 49.9999 50.0 50.0000001 50.00000000001 1e3 1e5 1e7 1e12 1e20 1e100 1e308 -1e308
1.7976931348623157e308 1e309 inf -inf nan +inf 0x7fffffffffffffff 0o777 0b1 1_000 true false "" "a" "1"
"u.png" "mask.png" "v.png" "cut.png" "gone.png" "folder" "pipe" "out.png" "loop" "null" "../u.png" "./u.png"
"a/../../u.png" "/dev/zero" "scene.toml" "objects.npy" "complex.npy" "text.npy" "bool.npy" "huge.npy"
"cube.npy" "nan.npy" "big.npy" "cut.npy" "zip.npy" "even.npy" "skimage:coffee" "skimage:camera" "skimage:"
"skimage:binary_blobs" "skimage:../x" "skimage:__class__" "linear" "encoded" "card" "wall" "\u0000"
"\u001b[2J" "\n" "<script>" "u.png\u0000" 'x' 1979-05-27 07:32:00 1979-05-27T07:32:00Z [] [[]] [[[]]] [1]
[1,2] [1,2,3] [0,0,0] [nan,0,0] [inf,1,1] [1e308,1e308,1e308] [true,true,true] ["1","2","3"]
[[1,0,0],[0,1,0],[0,0,1]] [[1,0,0],[0,1,0],[0,0,-1]] [[-1,0,0],[0,-1,0],[0,0,-1]]
[[1,0,0],[0,1,0],[0.1,0,-1]] [[1e-300,0,0],[0,1e-300,0],[0,0,1e-300]] [[1,0,1e300],[0,1,0],[0,0,1]]
[[1,0,0],[0,1,0],[-0.05,0,1]] [[[0,0],[1e300,0],[0,1e300]]] [[[0,0],[5,0],[5,5]]]
[[["a","b"],["c","d"],["e","f"]]] [[[true,false],[true,true],[false,true]]] [[[0,0],[nan,1],[1,1]]] {} {a=1}
{top=0,left=0,height=1,width=1} {diameter=30000} {diameter=1000} {diameter=1} {noise=1} {noise=1,texel=1e-3}
{std=1e20} {photo="u.png"} {photo="v.png",texel=1e-3} {homography=[[1,0,0],[0,1,0],[0,0,1]]}""")  # fmt: skip
LONG = (
    "9" * 5000,
    "0x" + "f" * 5000,
    '"' + "a" * 300_000 + '"',
    "[" * 500 + "]" * 500,
    "{a=" * 500 + "1" + "}" * 500,
    "[" + "[[0,0],[5,1],[3,9]]," * 3000 + "]",
    "[[" + ",".join(f"[{i % 40},{i * 7 % 30}]" for i in range(30_000)) + "]]",
    ".".join("a" * 100_000),
    "1." + "0" * 390,
    '["card",' * 2 + "]",
)
LINES = (
    "[misfocused]",
    "[[focused]]",
    "[psf]",
    "[calibration]",
    "[truth]",
    "[bench]",
    "[bench.camera]",
    "[[bench.box]]",
    "[[bench.focused]]",
    "[bench.lamp]",
    "diameter = 5",
    'file = "psf.npy"',
    "a.b.c = 1",
    ".".join(["a"] * 100) + " = 1",
    "[[focused]]\n" * 2000,
    "[[bench.focused]]\n" * 500,
    '[[focused]]\nphoto = "skimage:coffee"\n' * 1200,
    "\x00",
    "[[bench.plane]]\nname = 'p'\ncentre = [0, 0, 900]\nsize = [9, 9]\ntexture = { noise = 4 }\n",
)
JSON = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2.5,
    1e308,
    float("inf"),
    float("nan"),
    10**400,
    2**63,
    99_999_999_999,
    "",
    "a",
    "1",
    "../../x",
    "/dev/zero",
    "..",
    ".",
    "figure1.png",
    "coffee",
    "motorcycle",
    "x" * 10_000,
    "\x00",
    "\x1b[2J",
    "<b>",
    "\ud800",
    [],
    {},
    [[]],
    [1],
    ["coffee"],
    ["a"] * 2000,
    list(range(300)),
    {"a": 1},
    {"kind": "point"},
    {str(i): i for i in range(300)},
    "2",
    "02_image_scene",
    "09_explore",
    "notebook",
    "point",
    "sweep",
    "photos",
)


def run(seconds: float, seed: int) -> dict:
    """Cases until the time is over: how many came out how, and a line for each that fell."""
    counts, failures, number, end = Counter(), [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        outcome, why = run_case(seed, number)
        counts[outcome] += 1
        if why:
            failures.append(f"fuzz_scenes.run_case({seed}, {number}): {why}")
        number += 1
    return {"counts": dict(counts), "failures": failures}


def run_case(seed: int, number: int) -> tuple[str, str]:
    """How one case came out, and why it fell, or nothing."""
    chance = random.Random(f"{seed} {number}")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    kind, work = ("figure", _figure) if chance.random() < 0.5 else ("scene", _scene)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RefocusWarning)
        try:
            outcome, why = work(chance, Path(folder)), ""
        except RefocusError as error:
            outcome, why = "refused", "" if len(f"{error}".splitlines()) == 1 else f"not one line: {error}"
        except Exception:
            outcome, why = "fell", " | ".join(traceback.format_exc().splitlines()[-4:])
    taken = time.monotonic() - start
    more = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    if not why and taken > LONGEST:
        outcome, why = "slow", f"{taken:.0f} s"
    if not why and more > MOST_MEMORY:
        outcome, why = "large", f"{more / 2**20:.0f} MB more"
    return f"{kind} {outcome}", why


def _scene(chance: random.Random, folder: Path) -> str:
    names = [name for name in scene_names() if not name.startswith("bench") or chance.random() < 0.3]
    text = chance.choice([OWN, OWN, PLAIN, LIT, BENCH, BENCH, chance.choice(names)])
    if text in names:
        text = (data_folder() / text / "scene.toml").read_text("utf-8")
        text = re.sub(r"(width|height) = 300\n", r"\1 = 40\n", text)  # of a bench: it is rendered
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        text = chance.choice([_value, _value, _value, _value, _line, _line, _key])(chance, text)
    content = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.2:
        content = _bytes(chance, content)
    own = _pictures(chance, folder / "scene")
    (own / "scene.toml").write_bytes(content)
    identity.scene_files(str(own))
    scene = load_scene(own)
    for array in (scene.misfocused, scene.psf, *(photo.image for photo in scene.focused)):
        assert np.isfinite(array).all()
    if chance.random() < 0.2:
        assert load_scene(save_scene(scene, folder / "saved")) == scene
    return "loaded"


def _value(chance: random.Random, text: str) -> str:
    """Another value in the place of a number, a text, a truth value, a list or a table."""
    rule = chance.choice(
        [
            *[r"-?\b\d[\d.]*\b"] * 2,
            r'"[^"\n]*"',
            r"\b(?:true|false)\b",
            r"(?<== )\[[^=]*?\](?=\n|\s*[,}])",
            r"(?<== )\{[^\n]*\}(?=\n)",
            r"(?<== )[^\n]+",
        ]
    )
    found = list(re.finditer(rule, text))
    if not found:
        return text
    one = chance.choice(found)
    new = chance.choice(LONG) if chance.random() < 0.05 else chance.choice(VALUES)
    return text[: one.start()] + new + text[one.end() :]


def _line(chance: random.Random, text: str) -> str:
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    how = chance.randrange(4)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(other, lines[at])
    elif how == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, chance.choice(LINES))
    return "\n".join(lines)


def _key(chance: random.Random, text: str) -> str:
    keys = list(re.finditer(r"\b[a-z_]+\b(?= =)", text))
    if not keys:
        return text
    one, other = chance.choice(keys), chance.choice(keys)
    return text[: one.start()] + chance.choice([other[0], '"\\u0000"', "a.b", "photo"]) + text[one.end() :]


def _bytes(chance: random.Random, content: bytes) -> bytes:
    content = bytearray(content)
    for _ in range(chance.choice([1, 2, 8])):
        at = chance.randrange(len(content) + 1)
        how = chance.randrange(4)
        if how == 0:
            content[at : at + 1] = bytes([chance.randrange(256)])
        elif how == 1:
            content[at:at] = bytes(
                [chance.choice(b"[]{}=\"'\\#.,\n\r\t \x00\xff0123456789eE_+-")]
            ) * chance.choice([1, 3, 600])
        elif how == 2:
            del content[at : at + chance.choice([1, 5, 50])]
        else:
            del content[at:]
    return bytes(content)


def _pictures(chance: random.Random, folder: Path) -> Path:
    """A folder with all that a scene may name, good and bad."""
    folder.mkdir()
    chosen = np.random.default_rng(chance.randrange(2**32))
    for name, shape in (("u", (30, 34, 3)), ("v", (30, 40, 3))):
        write_photo(folder / f"{name}.png", chosen.integers(0, 256, shape, dtype=np.uint8))
    mask = np.zeros((30, 34), bool)
    mask[4:15, 5:20] = True
    write_mask(folder / "mask.png", mask)
    for name, shot in point_light(7)._asdict().items():
        write_photo(folder / f"light_{name}.png", shot)
    (folder / "cut.png").write_bytes((folder / "u.png").read_bytes()[:999])
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    for name, to in (("out.png", "../out.png"), ("loop", "loop"), ("null", os.devnull)):
        (folder / name).symlink_to(to)
    shutil.copy(folder / "u.png", folder.parent / "out.png")
    arrays = {
        "psf": disk(3),
        "complex": disk(3) + 0j,
        "text": np.array([["1"]]),
        "bool": np.ones((1, 1), bool),
        "cube": np.ones((1, 1, 1)),
        "nan": np.full((3, 3), np.nan),
        "even": np.ones((2, 2)) / 4,
        "objects": np.array([[None]]),
        "big": np.full((3, 3), 1e308),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=True)
    psf = (folder / "psf.npy").read_bytes()
    (folder / "cut.npy").write_bytes(_bytes(chance, psf) if chance.random() < 0.5 else psf[:99])
    (folder / "huge.npy").write_bytes(psf.replace(b"(3, 3)", b"(9999999, 9999999)", 1))
    (folder / "zip.npy").write_bytes(b"PK\x03\x04" + psf)
    return folder


METHOD = {"neighborhood": 5, "candidates": 20, "order": "confidence", "passes": 1, "lambda_image": 0.01}
PROGRAM = {"source": "0" * 16, "libraries": {"numpy": "1.0"}}
TOLD = (
    {
        "kind": "notebook",
        "notebook": "02_image_scene",
        "figure": "figure2.png",
        "parameters": {"crop": 40},
        "identity": {"kind": "notebook", "scenes": {"scene": "0" * 16}, "program": PROGRAM},
    },
    {
        "kind": "point",
        "scene": "coffee",
        "identity": {"kind": "point", "method": METHOD, "crop": 40, "scene": "0" * 16, "program": PROGRAM},
    },
    {
        "kind": "sweep",
        "notebook": "04_confidence_order",
        "axes": {"candidates": [5, 20]},
        "fixed": {"scene": "coffee", "crop": 40},
        "figure": "sheet-1-coffee.png",
        "identity": {"points": ["0" * 16] * 4, "program": PROGRAM},
    },
    {
        "kind": "photos",
        "identity": {"kind": "photos", "files": ["0" * 64] * 2, "method": METHOD, "program": PROGRAM},
        "photos": {
            "misfocused": "u.png",
            "focused": ["v.png"],
            "mask": "",
            "same_mask": False,
            "diameter": 3,
            "light": [],
        },
    },
)


def _figure(chance: random.Random, folder: Path) -> str:
    """A picture that says what it was made from, read and held against the schema."""
    told = json.loads(json.dumps(chance.choice(TOLD)))
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        _replace(chance, told)
    text = json.dumps(told)
    if chance.random() < 0.1:
        text = text.replace(
            "{", chance.choice(['{"a":' * 5000, "[" * 100_000, '{"n":' + "9" * 5000 + ","]), 1
        )
    text = text.encode()
    if chance.random() < 0.2:
        text = _bytes(chance, text)
    path = folder / "figure.png"
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(path)
    png = provenance.stamped(path.read_bytes(), {})
    png = png.replace(provenance.KEYWORD + b"\0{}", provenance.KEYWORD + b"\0" + text)
    at = png.index(b"tEXt") - 4
    length = chance.choice([0, 2**31, 2**32 - 1, 5]) if chance.random() < 0.05 else len(text) + 11
    png = png[:at] + length.to_bytes(4, "big") + png[at + 4 :]
    path.write_bytes(_bytes(chance, png) if chance.random() < 0.1 else png)
    found = made_from.checked(provenance.read(path))
    assert found["kind"] in made_from.KINDS
    assert os.sep not in found.get("figure", "")
    return "taken"


def _replace(chance: random.Random, told) -> None:
    """Another value, or another key, somewhere in it."""
    while True:
        keys = list(told) if isinstance(told, dict) else list(range(len(told)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(told[key], dict | list) and chance.random() < 0.7:
            told = told[key]
            continue
        how = chance.random()
        if isinstance(told, dict) and how < 0.1:
            del told[key]
        elif isinstance(told, dict) and how < 0.2:
            told[chance.choice(["", "a", "../x", "scene", "figure", "x" * 500, "\x00"])] = copy.deepcopy(
                chance.choice(JSON)
            )
        else:
            told[key] = copy.deepcopy(chance.choice(JSON))
        return
