"""The tables of a ``scene.toml``: which keys each may have. data/README.md tells what they mean."""

from refocuslab.files.toml_tables import NEEDED, checked

_MASKED_PHOTO = {
    "photo": (str, NEEDED),
    "crop": (dict, None),
    "mask": (str, None),
    "polygons": (list, None),
    "holes": (list, None),
}
_TEXTS = {"name": (str, None), "title": (str, ""), "description": (str, "")}
# Every key of every table: the type of its value, and the value that stands in for it.
KEYS = {
    "scene": {
        **_TEXTS,
        "light": (str, "linear"),
        "misfocused": (dict, NEEDED),
        "focused": (list, NEEDED),
        "psf": (dict, None),
        "calibration": (dict, None),
        "truth": (dict, None),
    },
    "scene of a bench": {**_TEXTS, "bench": (dict, NEEDED)},
    "misfocused": {**_MASKED_PHOTO, "simulate": (dict, None)},
    "focused": {**_MASKED_PHOTO, "same_mask": (bool, False), "view": (dict, None), "noise": (dict, None)},
    "truth": {"photo": (str, NEEDED), "crop": (dict, None)},
    "psf": {"diameter": (int, None), "file": (str, None)},
    "calibration": {"focused": (str, NEEDED), "misfocused": (str, NEEDED)},
    "crop": dict.fromkeys(("top", "left", "height", "width"), (int, NEEDED)),
    "simulate": {"diameter": (int, NEEDED), "noise": (float, 0.0), "seed": (int, 0)},
    "view": {"homography": (list, NEEDED), "gain": (list, None), "offset": (list, None)},
    "noise": {"std": (float, NEEDED), "seed": (int, 0)},
}


def read_table(table, kind: str) -> dict:
    return checked(table, KEYS[kind])
