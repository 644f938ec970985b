"""refocuslab: sharp detail for a misfocused photo, from other, focused photos of the same object."""

from refocuslab.bench import Bench, bench_scene, light_shots, pin_sharp, render
from refocuslab.bench_folder import load_bench
from refocuslab.camera import Camera
from refocuslab.consistency import Consistent, make_consistent
from refocuslab.deconvolution import richardson_lucy, total_variation, tune, wiener
from refocuslab.errors import Cancelled, RefocusError
from refocuslab.method import Method
from refocuslab.metrics import Score, score
from refocuslab.optics import Calibration, blur, calibrate, disk, disk_mtf, mtf
from refocuslab.patches import Neighborhood, PatchLibrary
from refocuslab.registration import Registration, register
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scene_folder import load_scene, save_scene, scene_names
from refocuslab.solids import Box, Lamp, Plane, Texture, noise_texture
from refocuslab.synthesis import Refocuser, Result, refocus

__version__ = "0.1.0"

__all__ = [
    "Bench",
    "Box",
    "Calibration",
    "Camera",
    "Cancelled",
    "Consistent",
    "FocusedPhoto",
    "Lamp",
    "Method",
    "Neighborhood",
    "PatchLibrary",
    "Plane",
    "RefocusError",
    "Refocuser",
    "Registration",
    "Result",
    "Scene",
    "Score",
    "Texture",
    "bench_scene",
    "blur",
    "calibrate",
    "disk",
    "disk_mtf",
    "light_shots",
    "load_bench",
    "load_scene",
    "make_consistent",
    "mtf",
    "noise_texture",
    "pin_sharp",
    "refocus",
    "register",
    "render",
    "richardson_lucy",
    "save_scene",
    "scene_names",
    "score",
    "total_variation",
    "tune",
    "wiener",
]
