"""Scenes from a browser: what is opened equals what was saved, and what is hostile is refused in words."""

import io
import threading
import zipfile

import pytest

import refocuslab as rl
from refocuslab.lab.widgets import scene_files
from refocuslab.lab.widgets.arriving import Incoming, Unfit

NEVER = threading.Event()


def incoming(name: str, content: bytes) -> Incoming:
    return Incoming(hash(name) % 10**6, name, len(content), "", bytearray(content))


def zipped(**files: bytes) -> bytes:
    return zipped_of(files)


def zipped_of(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, one in files.items():
            pack.writestr(name, one)
    return content.getvalue()


def opened(*files: Incoming) -> rl.Scene:
    return scene_files.opened(files, NEVER)[0]


@pytest.fixture
def folder(a_scene, tmp_path) -> dict[str, bytes]:
    """The files of a scene's folder."""
    saved = rl.save_scene(a_scene("cup", title="My cup"), tmp_path / "cup")
    return {path.name: path.read_bytes() for path in saved.iterdir()}


def test_a_zip_file_is_the_scene_again_and_the_same_each_time(a_scene, tmp_path):
    scene = a_scene("cup", title="My cup")
    packed = scene_files.packed(scene, "my-cup")
    assert opened(incoming("any name.zip", packed)) == scene
    assert scene_files.packed(scene, "my-cup") == packed
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    assert rl.load_scene(tmp_path / "my-cup") == scene


def test_the_files_of_a_folder_are_the_scene(a_scene, folder):
    assert opened(*(incoming(name, content) for name, content in folder.items())) == a_scene(
        "cup", title="My cup"
    )


@pytest.mark.parametrize("top", ["", "deep/in/", "folder/"])
def test_a_scene_lies_anywhere_in_a_zip_file(a_scene, folder, top):
    files = {top + name: content for name, content in folder.items()} | {"__MACOSX/junk": b"x"}
    if not top:
        del files["__MACOSX/junk"]
    assert opened(incoming("a.zip", zipped_of(files))) == a_scene("cup", title="My cup")


def test_doubts_about_its_photos_come_with_it(a_scene, folder, monkeypatch):
    import warnings

    inner = rl.load_scene

    def doubtful(path):
        warnings.warn(f"{path}/misfocused.png: it is dark", rl.RefocusWarning, stacklevel=1)
        return inner(path)

    monkeypatch.setattr(rl, "load_scene", doubtful)
    _, (doubt,) = scene_files.opened([incoming("a.zip", zipped_of(folder))], NEVER)
    assert doubt.text == "scene/misfocused.png: it is dark"


def test_what_is_no_scene_is_refused_in_words(folder):
    whole = zipped_of(folder)
    cases = [
        (whole[: len(whole) // 2], "there is no scene.toml"),
        (b"just some text", "Choose a ZIP file of a scene's folder, or all files in it"),
        (zipped_of({"a.png": b"x"}), "“a.zip” is no scene: there is no scene.toml in it."),
        (zipped_of({"scene.toml": b"[misfocused"}), "This scene cannot be opened: "),
        (zipped_of({"scene.toml": folder["scene.toml"]}), "This scene cannot be opened: scene.toml: "),
    ]
    for content, says in cases:
        with pytest.raises(Unfit) as told:
            opened(incoming("a.zip", content))
        assert says in str(told.value) and "refocuslab-" not in str(told.value)
    damaged = bytearray(whole)
    damaged[200:260] = bytes(60)
    with pytest.raises(Unfit):
        opened(incoming("a.zip", bytes(damaged)))


@pytest.mark.parametrize(
    "name", ["../up.png", "/etc/../up.png", "a/../../up.png", "c:up.png", "a\\up.png", "x" * 201]
)
def test_no_name_leads_out_of_the_folder(folder, name, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = set(tmp_path.rglob("*"))
    files = [incoming("a.zip", zipped_of({**folder, name: b"hurt"}))]
    if name.startswith("/"):  # outside the scene's folder, and so none of its files
        scene_files.opened(files, NEVER)
    else:
        with pytest.raises(Unfit, match="has a name that is not taken"):
            scene_files.opened(files, NEVER)
    assert set(tmp_path.rglob("*")) == before


def test_a_scene_that_names_a_file_elsewhere_is_refused(folder, tmp_path):
    for named in ('"/etc/hostname"', '"../cup/misfocused.png"'):
        toml = folder["scene.toml"].replace(b'"misfocused.png"', named.encode())
        with pytest.raises(Unfit, match="must lie in the folder of the scene"):
            opened(incoming("a.zip", zipped_of({**folder, "scene.toml": toml})))


def test_what_is_vast_once_it_is_unpacked_is_refused_before(folder, monkeypatch):
    monkeypatch.setattr(scene_files, "LARGEST_SCENE", 200_000)
    vast = zipped_of({**folder, "vast.bin": bytes(10**6)})
    assert len(vast) < 100_000
    with pytest.raises(Unfit, match="larger than a scene may be"):
        opened(incoming("a.zip", vast))
    many = zipped_of({**folder, **{f"{n}.txt": b"" for n in range(200)}})
    with pytest.raises(Unfit, match="larger than a scene may be"):
        opened(incoming("a.zip", many))
    # One that says less than it holds.
    at = vast.rindex(b"vast.bin") - 46
    lying = vast[: at + 24] + (100).to_bytes(4, "little") + vast[at + 28 :]
    with pytest.raises(Unfit):
        opened(incoming("a.zip", lying))
