from .consistency.consistent import Consistent, make_consistent
from .doubts import Doubt
from .errors import Cancelled, RefocusError, RefocusWarning
from .evaluation.deconvolution import richardson_lucy, total_variation, wiener
from .evaluation.metrics import Score, score
from .evaluation.tuning import tune
from .lens.psf_choice import PsfEstimate
from .method import Method
from .optics.blur import blur
from .optics.calibration import Calibration, calibrate
from .optics.psf import disk, disk_mtf, mtf
from .paper.patches import Neighborhood, PatchLibrary
from .pictures.reading import read_photo
from .proposal.proposal import MaskProposal, propose_mask
from .refocusing.refocuser import Refocuser, refocus
from .refocusing.result import Result
from .registration.psf_estimate import estimate_psf
from .registration.register import Registration, register
from .scene import FocusedPhoto, Scene
from .scenes.benches import load_bench
from .scenes.folder import load_scene
from .scenes.saving import save_scene
from .scenes.shipped import scene_names
from .simulation.bench import Bench, bench_scene, blur_map, light_shots, pin_sharp, render
from .simulation.camera import Camera
from .simulation.solids import Box, Lamp, Plane, Texture, noise_texture

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
    "MaskProposal",
    "Method",
    "Neighborhood",
    "PatchLibrary",
    "Plane",
    "PsfEstimate",
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
    "blur_map",
    "calibrate",
    "disk",
    "disk_mtf",
    "estimate_psf",
    "light_shots",
    "load_bench",
    "load_scene",
    "make_consistent",
    "mtf",
    "noise_texture",
    "pin_sharp",
    "propose_mask",
    "read_photo",
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
