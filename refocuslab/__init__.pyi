from .bench import Bench, bench_scene, light_shots, pin_sharp, render
from .bench_folder import load_bench
from .camera import Camera
from .consistency import Consistent, make_consistent
from .deconvolution import richardson_lucy, total_variation, tune, wiener
from .doubts import Doubt
from .errors import Cancelled, RefocusError, RefocusWarning
from .method import Method
from .metrics import Score, score
from .optics import Calibration, blur, calibrate, disk, disk_mtf, mtf
from .patches import Neighborhood, PatchLibrary
from .registration import Registration, register
from .resources import scene_names
from .scene import FocusedPhoto, Scene
from .scene_folder import load_scene, save_scene
from .solids import Box, Lamp, Plane, Texture, noise_texture
from .synthesis import Refocuser, Result, refocus

__version__: str

__all__ = [
    "Bench",
    "Box",
    "Calibration",
    "Camera",
    "Cancelled",
    "Consistent",
    "Doubt",
    "FocusedPhoto",
    "Lamp",
    "Method",
    "Neighborhood",
    "PatchLibrary",
    "Plane",
    "RefocusError",
    "RefocusWarning",
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
