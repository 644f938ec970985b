"""``refocuslab refocus U V`` with nothing else given: where, how, what is said, and what is written."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from PIL import Image
from skimage import data

import refocuslab as rl
from refocuslab.lab.cli import main
from refocuslab.lab.cli.photos.explained import explained
from refocuslab.lab.cli.photos.own_photos import Photos
from refocuslab.lab.cli.photos.proposed import Task, beside
from refocuslab.lab.records import provenance
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.pictures.reading import read_photo
from refocuslab.simulation.misfocus import add_noise

pytestmark = pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
SIDE = 150


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photos in a folder: one is misfocused in a disc, and was taken upside down."""
    folder = tmp_path_factory.mktemp("photos")
    sharp = data.coffee()[100 : 100 + SIDE, 200 : 200 + SIDE]
    rows, columns = np.indices(sharp.shape[:2])
    mask = (rows - 75) ** 2 + (columns - 75) ** 2 < 50**2
    light, psf = decode(sharp), rl.disk(7)
    cover = convolve(mask[..., None].astype(float), psf)
    misfocused = add_noise(encode(convolve(light * mask[..., None], psf) + (1 - cover) * light), 1.0, 3)
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "A camera", 3
    Image.fromarray(misfocused[::-1, ::-1]).save(folder / "u.png", exif=exif)
    Image.fromarray(add_noise(sharp, 1.0, 4)).save(folder / "v.png")
    tifffile.imwrite(folder / "deep.tif", misfocused.astype(np.uint16) * 257 + 5, photometric="rgb")
    return folder, misfocused, mask, cover[..., 0]


def command(*words):
    return CliRunner().invoke(main.main, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(photos):
    folder = photos[0]
    return command("refocus", folder / "u.png", folder / "v.png", "--explain")


@pytest.mark.seconds
def test_it_writes_beside_the_input_upright_and_leaves_what_is_sharp(photos, made):
    folder, misfocused, mask, cover = photos
    assert made.exit_code == 0, made.output
    out = folder / "u.refocused.png"
    told, page = made.stdout.splitlines()[-2:]
    assert told == str(out) and page.endswith(str(folder / "u.refocused.html"))
    image = read_photo(out)
    changed = (image != misfocused).any(axis=2)
    assert changed[cover == 0].mean() < 0.005
    assert changed[mask].mean() > 0.7
    with Image.open(out) as file:
        assert file.getexif()[0x0110] == "A camera"
        assert file.getexif().get(0x0112, 1) == 1


@pytest.mark.seconds
def test_it_says_how_photos_fit_what_it_refocuses_and_what_that_costs(made):
    first, second, third, fourth, *_ = made.stdout.splitlines()
    assert first.startswith("The focused photo fits. ") and "of their detail is alike" in first
    assert "is softer in" in second and "Outside, nothing is changed." in second
    assert "a disk 7 pixels across" in third
    assert fourth.startswith("This takes about ")


@pytest.mark.seconds
def test_what_is_said_is_said_once_and_without_words_of_the_field(made):
    verdict, seconds, *_ = made.stdout.splitlines()[4:]
    assert re.fullmatch(
        r"Blurred again, the result looks like .* within \d+\.\d of 255 gray levels\.", verdict
    )
    assert re.fullmatch(r"Made in \d+ s\.", seconds)
    told = made.stdout + made.stderr
    for word in (
        "PSF",
        "note:",
        "features",
        "correlates",
        "similarity",
        "registration",
        "consistency",
        "RMS",
    ):
        assert word not in told, told
    assert "refocusing" in made.stderr or "checking the result" in made.stderr


@pytest.mark.seconds
def test_that_there_is_nothing_to_refocus_is_said_once(photos):
    twice = command("refocus", photos[0] / "v.png", photos[0] / "v.png")
    assert twice.exit_code != 0 and twice.output.count("softer than the focused one") == 1
    assert "give a focused photo that is sharper" in twice.output and "--whole" in twice.output


@pytest.mark.seconds
def test_the_picture_is_that_of_the_package_and_is_remade_to_the_byte(photos, made):
    folder = photos[0]
    photos = [rl.FocusedPhoto(read_photo(folder / "v.png"))]
    scene = rl.Scene(read_photo(folder / "u.png"), None, photos, name="u")
    proposal = rl.propose_mask(scene)
    result = rl.Refocuser(scene.replace(mask=proposal.mask)).refocus(rl.Method.consistent())
    wanted = proposal.over(scene.misfocused, result.image)
    assert np.array_equal(read_photo(folder / "u.refocused.png"), wanted)
    task = Task(scene.replace(mask=proposal.mask), None, proposal)
    measured = rl.score(wanted, result.with_psf(task.scene))
    page = explained(task, replace(result, image=wanted), measured.reblur_rms)
    assert (folder / "u.refocused.html").read_bytes() == page
    assert provenance.read(folder / "u.refocused.png")["identity"]["method"]["consistency"] is True
    again = command("remake", folder / "u.refocused.png", "-o", folder / "again.png")
    assert (again.exit_code, "the same bytes" in again.stdout) == (0, True), again.output


@pytest.mark.seconds
def test_the_page_shows_the_steps(photos, made):
    folder, misfocused, mask, _ = photos
    page = (folder / "u.refocused.html").read_text(encoding="utf-8")
    pictures = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB")).astype(int)
        for one in re.findall(r'src="data:image/(?:jpeg|png);base64,([^"]*)"', page)
    ]
    after, before, under, over, off, psf, marked, basis = pictures
    for image, wanted in ((before, misfocused), (under, misfocused), (over, read_photo(folder / "v.png"))):
        assert np.abs(image - wanted).mean() < 3  # JPEG, and the noise of either
    assert np.abs(after - read_photo(folder / "u.refocused.png")).mean() < 3
    side = psf.shape[0] // (7 + 6)  # of a pixel, and there are three around the disk
    assert psf.max() == 255 and psf.shape[0] == 13 * side >= 480
    assert abs((psf[..., 0] > 127).sum() / side**2 / (np.pi * 3.5**2) - 1) < 0.02
    bright = np.abs(marked - misfocused).mean(axis=2) < 10
    assert (bright & mask).sum() / (bright | mask).sum() > 0.8
    assert abs(basis[:20, :20] - 96).max() < 8 and abs(basis[75, 75] - 96).max() > 20
    # In cividis what does not differ is dark blue.
    assert off[..., 2].mean() > 60 and off[..., 0].mean() < 60
    assert "a disk 7 pixels across" in page and "a focused photo in its place, " in page
    assert "How the photo “u” was refocused" in page
    assert next(line for line in made.stdout.splitlines() if line.startswith("Blurred again")) in page


@pytest.mark.seconds
def test_a_page_tells_of_a_given_mask_and_psf_too(photos, tmp_path):
    folder, _, mask, _ = photos
    Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ["--mask", tmp_path / "mask.png", "--diameter", 7, "--paper", "-p", "search", "coherent"]
    made = command(
        "refocus", folder / "u.png", folder / "v.png", *words, "-o", tmp_path / "out.jpg", "--explain"
    )
    assert made.exit_code == 0, made.output
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert (
        "The blur (PSF) was used as given." in page
        and "Where to refocus was given: 35% of the picture." in page
    )
    assert "does not lay photos over each other" in page and "How sure its choice is" in page


def test_a_page_is_refused_before_any_work(photos, tmp_path):
    folder = photos[0]
    (tmp_path / "out.html").mkdir()
    names = folder / "u.png", folder / "v.png"
    made = command("refocus", *names, "-o", tmp_path / "out.png", "--explain")
    assert made.exit_code == 2 and made.stderr.startswith("refocuslab: --explain must be that of a file")
    made = command("refocus", *names, "--forecast", "--explain")
    assert made.exit_code == 2 and "--forecast makes none" in made.stderr


@pytest.mark.seconds
def test_sixteen_bits_are_written_with_sixteen(photos):
    folder = photos[0]
    made = command("refocus", folder / "deep.tif", folder / "v.png", "--paper", "-p", "search", "coherent")
    assert made.exit_code == 0, made.output
    deep = tifffile.imread(folder / "deep.refocused.tif")
    assert deep.dtype == np.uint16
    given = tifffile.imread(folder / "deep.tif")
    assert (deep == given).all(axis=2)[photos[3] == 0].mean() > 0.995


def test_a_mask_whole_or_transparency_says_where_instead(photos, tmp_path):
    folder, misfocused, mask, _ = photos
    names = str(folder / "u.png"), (str(folder / "v.png"),)
    whole = Task.of(Photos(*names, whole=True), rl.Method())
    assert whole.proposal is None and whole.scene.mask.all()
    alpha = np.where(mask, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack([misfocused, alpha])).save(tmp_path / "cut.png")
    cut = Task.of(Photos(str(tmp_path / "cut.png"), names[1]), rl.Method())
    assert cut.proposal is None and np.array_equal(cut.scene.mask, mask)
    Image.fromarray(alpha).save(tmp_path / "mask.png")
    masked = Task.of(Photos(*names, mask=str(tmp_path / "mask.png")), rl.Method())
    assert masked.proposal is None and np.array_equal(masked.scene.mask, mask)


@pytest.mark.seconds
def test_where_nothing_is_softer_nothing_is_written(photos):
    folder = photos[0]
    made = command("refocus", folder / "v.png", folder / "v.png", "-o", folder / "none.png")
    assert made.exit_code == 2
    assert "--whole refocuses everything" in made.stderr
    assert not (folder / "none.png").exists()


@pytest.mark.seconds
def test_the_remedy_is_that_of_the_cause(photos, tmp_path):
    folder = photos[0]
    u, v, other = folder / "u.png", folder / "v.png", tmp_path / "my other.png"
    Image.fromarray(data.astronaut()[:SIDE, :SIDE]).save(other)
    strange = command("refocus", u, other)
    assert (strange.exit_code, "Nothing was written; choose another photo." in strange.stderr) == (2, True)
    blurred = tmp_path / "my blurred.png"
    Image.fromarray(rl.blur(read_photo(v), rl.disk(7))).save(blurred)
    swapped = command("refocus", v, blurred)
    assert swapped.exit_code == 2
    (line,) = [line for line in swapped.stderr.splitlines() if "Nothing was written" in line]
    assert line.endswith(f"; in the other order: refocuslab refocus '{blurred}' {v}")
    several = command("refocus", v, blurred, blurred)
    assert several.stderr.rstrip().endswith("; name the photo first that is out of focus.")
    for made in (strange, swapped, several):
        assert "--whole" not in made.output


def test_the_ending_beside_the_input_is_lossless(photos):
    folder = photos[0]
    assert beside(Photos(str(folder / "u.png"), (str(folder / "v.png"),))).endswith("u.refocused.png")
    assert beside(Photos(str(folder / "deep.tif"), (str(folder / "v.png"),))).endswith("deep.refocused.tif")


def test_help_tells_what_each_choice_means(photos):
    told = command("refocus", "--help").stdout
    assert "side of the square neighborhood, pixels, odd, 3 to 11" in told
    headings = re.findall(r"^(\S.*):$", told, re.MULTILINE)
    assert [heading.split()[0] for heading in headings] == ["Options", "Options", "For", "Choices"]
    order = ["--output", "--explain", "--mask", "--help", "few need", "--diameter", "For exp", "--consistent"]
    places = [told.index(word) for word in [*order, "Choices of the paper's", "and of the others only light"]]
    assert places == sorted(places)
    assert told.count("PHOTOS...|FOLDER") == 1
