"""refocuslab: sharp detail for a misfocused photo, from other, focused photos of the same object."""

from refocuslab.errors import Cancelled, RefocusError
from refocuslab.method import Method
from refocuslab.metrics import Score, score
from refocuslab.optics import Calibration, blur, calibrate, disk, disk_mtf, mtf
from refocuslab.patches import Neighborhood, PatchLibrary
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scene_folder import load_scene, save_scene, scene_names
from refocuslab.synthesis import Refocuser, Result, refocus

__version__ = "0.1.0"

__all__ = [
    "Calibration",
    "Cancelled",
    "FocusedPhoto",
    "Method",
    "Neighborhood",
    "PatchLibrary",
    "RefocusError",
    "Refocuser",
    "Result",
    "Scene",
    "Score",
    "blur",
    "calibrate",
    "disk",
    "disk_mtf",
    "load_scene",
    "mtf",
    "refocus",
    "save_scene",
    "scene_names",
    "score",
]
