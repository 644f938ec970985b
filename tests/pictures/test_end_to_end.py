"""Photos whose files say the same in different ways give the same result."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data

from refocuslab.lab.cli.main import main
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.reading import read_photo
from refocuslab.simulation.misfocus import misfocus

HEIGHT, WIDTH = 96, 112


def refocus(folder, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(main, ["refocus", *arguments])


@pytest.fixture(scope="module")
def photos(tmp_path_factory, by_hand):
    """A misfocused photo, its mask, and the focused photo as plain sRGB and in two other ways."""
    folder = tmp_path_factory.mktemp("photos")
    sharp = data.coffee()[100 : 100 + HEIGHT, 200 : 200 + WIDTH]
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[30:70, 30:80] = True
    Image.fromarray(misfocus(sharp, 5)).save(folder / "misfocused.png")
    write_mask(folder / "mask.png", mask)
    Image.fromarray(sharp).save(folder / "sharp.png")
    # The same picture with values that stand for linear light, at 16 bits.
    values = sharp / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]])
    icc = by_hand.icc_rgb(xyz, by_hand.icc_curve(1.0))
    tags = [(34675, 7, icc)]
    linear = np.rint(65535 * light).astype(np.uint16)
    (folder / "linear.tif").write_bytes(by_hand.tiff(linear, photometric=2, planar=2, tags=tags))
    # And turned, with the mask as what is opaque.
    turned = np.ascontiguousarray(sharp[::-1])
    exif = Image.Exif()
    exif[0x0112] = 4
    Image.fromarray(turned).save(folder / "turned.png", exif=exif)
    cut_out = np.dstack([sharp, np.where(mask, 255, 0).astype(np.uint8)])
    Image.fromarray(cut_out).save(folder / "mask_by_alpha.png")
    return folder


@pytest.mark.seconds
def test_files_that_say_the_same_give_the_same_result(photos):
    results = []
    for focused, mask in (("sharp", "mask.png"), ("linear", "mask.png"), ("turned", "mask_by_alpha.png")):
        ending = "tif" if focused == "linear" else "png"
        arguments = ["misfocused.png", f"{focused}.{ending}", "--mask", mask, "--diameter", "5"]
        answer = refocus(photos, *arguments, "-o", f"result_{focused}.png")
        assert answer.exit_code == 0, answer.output
        results.append(read_photo(photos / f"result_{focused}.png"))
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])


def test_what_cannot_be_read_is_refused_before_any_work(photos, by_hand, without_rawpy):
    (photos / "a.nef").write_bytes(by_hand.tiff(data.coffee()[:20, :20], photometric=2))
    arguments = ["misfocused.png", "a.nef", "--mask", "mask.png", "--diameter", "5", "-o", "new.png"]
    answer = refocus(photos, *arguments)
    assert answer.exit_code == 2
    assert "it is camera raw" in answer.stderr and "develop it first" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (photos / "new.png").exists()
