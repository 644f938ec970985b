"""The committed notebooks are clean, and making them anew changes nothing."""

import base64
import struct
import zlib

import nbformat
import pytest
from click.testing import CliRunner

from refocuslab.files.installed import PACKAGE, notebooks_folder
from refocuslab.lab.cli import main
from refocuslab.lab.notebooks import committed
from refocuslab.lab.notebooks.execute import NotebookError
from refocuslab.lab.parameters import validation as schema

NAME = "02_image_scene"
# Spelled in pieces: no file of the project names a folder of a machine.
HOME = "/ho" + "me"


def png(**texts: str) -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    chunks = [chunk(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0))]
    chunks += [chunk(b"tEXt", f"{key}\0{text}".encode()) for key, text in texts.items()]
    chunks += [chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")]
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


def stream(text: str, name: str = "stdout"):
    return nbformat.v4.new_output("stream", text=text, name=name)


def shown(**data):
    data = {mime.replace("_", "/"): text for mime, text in data.items()}
    return nbformat.v4.new_output("display_data", data=data)


def executed(*outputs, source: str = "print('hello')") -> nbformat.NotebookNode:
    """A notebook as a run leaves it: one cell with these outputs, and all the usual dirt."""
    cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell(schema.parameters_cell(NAME), execution_count=1),
        nbformat.v4.new_code_cell(source, execution_count=2, outputs=list(outputs)),
        nbformat.v4.new_code_cell(""),
    ]
    cells[1].metadata = {"tags": ["parameters"], "execution": {"iopub.status.busy": "2026"}}
    cells[2].metadata = {"papermill": {"duration": 1.5}, "tags": []}
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"},
        "language_info": {"name": "python", "version": "3.11.7"},
        "papermill": {"start_time": "2026"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def text_of(book) -> str:
    return committed.text_of(committed.clean(book))


def test_a_clean_notebook_has_no_problem_and_cleaning_it_again_changes_nothing():
    book = executed(stream("one\n"), shown(image_png=png(Software="drawn with 3.11")))
    text = text_of(book)
    assert committed.problems(NAME, text) == []
    assert text_of(nbformat.reads(text, as_version=4)) == text
    for dirt in ("2026", "3.11.7", "papermill", "widget", "ipykernel"):
        assert dirt not in text
    assert text.endswith("}\n")
    assert committed.text_of(book) != text, "the original must be left as it was"


def test_cell_ids_follow_the_place_and_do_not_depend_on_what_was_there():
    first, second = executed(), executed()
    assert first.cells[0].id != second.cells[0].id
    assert text_of(first) == text_of(second)
    assert [cell.id for cell in committed.clean(first).cells] == ["cell-01", "cell-02", "cell-03"]


def test_pieces_of_a_stream_become_one_and_progress_bars_go():
    bar = "\rworking:  40%|####      | 4/10 [00:01<00:02, 3.1it/s]"
    pieces = [stream("a\n"), stream(bar, "stderr"), stream("\n", "stderr"), stream("b\n")]
    picture = shown(text_plain="<Figure>")
    cell = committed.clean(executed(*pieces, picture, stream("c\n"))).cells[2]
    assert [output.get("text") for output in cell.outputs] == ["a\nb\n", None, "c\n"]
    warned = committed.clean(executed(stream("UserWarning: 40% of it\n", "stderr"))).cells[2]
    assert warned.outputs[0].name == "stderr"


def test_pictures_lose_their_texts_and_keep_their_pixels():
    book = executed(shown(image_png=png(Software="a", Date="b") + "\n"))
    assert committed.clean(book).cells[2].outputs[0].data["image/png"] == png()


def test_widget_views_go():
    view = shown(text_plain="interactive(...)")
    view.data["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
    assert committed.clean(executed(view, stream("kept"))).cells[2].outputs == [stream("kept")]


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("outputs", "problem"),
    [
        ([stream("careful\n", "stderr")], "cell 3 writes to stderr"),
        (
            [nbformat.v4.new_output("error", ename="KeyError", evalue="x")],
            "cell 3 ends in KeyError",
        ),
        ([shown(text_plain="<Scene at 0x7f12ab34cd>")], "cell 3 shows a memory address"),
        ([stream(f"saved {HOME}/someone/a.png\n")], f"absolute path, '{HOME}/someone/a.png'"),
        ([shown(text_html="<img src='/tmp/x/a.png'>")], "absolute path, '/tmp/x/a.png'"),
        ([stream(r"C:\Users\someone")], "holds an absolute path"),
        ([stream(str(PACKAGE.parent))], "holds an absolute path"),
        ([stream("x" * committed.LARGEST)], "must have less than 1,500,000"),
    ],
)
def test_outputs_that_may_not_be_committed(outputs, problem):
    found = committed.problems(NAME, text_of(executed(*outputs)))
    assert len(found) == 1
    assert problem in found[0]


def test_what_only_looks_like_a_path_may_be_committed():
    harmless = [
        shown(text_html="<table><tr><td>a/b/c</td></tr></table>"),
        shown(text_html=f"<img src='data:image/png;base64,/a/b/c/{png()}'>"),
        stream("see https://example.org/a/b, 3 / per / 4, data/motorcycle/scene.toml, ../a/b\n"),
    ]
    source = "# $\\lambda_t/\\lambda_i$ and/or 1/(gray level)/(pixel)\nprint(8 / 2 / 1)"
    assert committed.problems(NAME, text_of(executed(*harmless, source=source))) == []


def changed(change) -> list[str]:
    book = committed.clean(executed(stream("a\n")))
    change(book)
    return committed.problems(NAME, committed.text_of(book))


def test_every_departure_from_the_clean_form_is_found():
    def set_count(book):
        book.cells[2].execution_count = 3

    def tag_injected(book):
        book.cells[0].metadata["tags"] = ["injected-parameters"]

    def untag(book):
        book.cells[1].metadata = nbformat.from_dict({})

    def edit(book):
        book.cells[1].source = book.cells[1].source.replace("int = 5", "int = 7")

    def rename_kernel(book):
        book.metadata.kernelspec.name = "mine"

    def time_it(book):
        book.cells[2].metadata["execution"] = {"iopub.status.busy": "2026"}

    def rename_cell(book):
        book.cells[2].id = "abcd"

    assert changed(lambda book: None) == []
    assert "is not executed in order" in changed(set_count)[0]
    assert changed(tag_injected) == ["holds injected parameters"]
    assert changed(untag) == ["must have one cell tagged parameters, and has 0"]
    assert "parameters cell unlike its model: line 2 is 'neighborhood: int = 7" in changed(edit)[0]
    assert "must name the kernel python3" in changed(rename_kernel)
    assert "is not clean" in changed(time_it)[0]
    assert "is not clean: line" in changed(rename_cell)[0]
    assert committed.problems(NAME, "{") == ["is not a notebook (NotJSONError)"]


def test_a_notebook_without_a_model_may_not_have_parameters():
    text = text_of(executed())
    assert committed.problems("06_other", text) == ["has parameters, but no model in schema.py"]


@pytest.mark.slow
def test_making_notebooks_anew_is_the_same_twice_and_repairs_the_parameters(tmp_path):
    book = executed(source="import sys\nprint('a', flush=True)\nprint('bar 3%|', file=sys.stderr)")
    drawing = "from IPython.display import Image, display\nimport base64\n"
    drawing += f"display(Image(base64.b64decode('{png(Software='x')}')))\nprint(scene)"
    book.cells.append(nbformat.v4.new_code_cell(drawing))
    book.cells[1].source = "scene: str = 'mine'"
    path = tmp_path / f"{NAME}.ipynb"
    nbformat.write(book, path)
    cells = []
    assert committed.renew(path, progress=lambda *at: cells.append(at)) is True
    assert cells[-1] == (5, 5)
    text = path.read_text(encoding="utf-8")
    assert committed.check([path]) == []
    made = nbformat.reads(text, as_version=4)
    assert made.cells[1].source == schema.parameters_cell(NAME)
    assert made.cells[3].outputs[1].text == "motorcycle\n"
    stamp = path.stat().st_mtime_ns
    assert committed.renew(path) is False
    assert (path.read_text(encoding="utf-8"), path.stat().st_mtime_ns) == (text, stamp)


def test_a_notebook_that_fails_or_shows_a_path_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / f"{NAME}.ipynb"
    nbformat.write(executed(), path)
    before = path.read_bytes()
    monkeypatch.setattr(committed, "execute", lambda *_, **__: executed(stream(f"{HOME}/me/x\n")))
    with pytest.raises(NotebookError, match="it ran, but cell 3 holds an absolute path"):
        committed.renew(path)
    assert path.read_bytes() == before


def test_the_commands_report_and_exit_1_on_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("refocuslab.files.installed.notebooks_folder", lambda: tmp_path)
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(text_of(executed()))
    assert CliRunner().invoke(main.main, ["check-notebooks"]).exit_code == 0
    monkeypatch.setattr(committed, "execute", lambda *_, **__: executed(stream("new\n")))
    for outcome in ("changed", "as before"):
        made = CliRunner().invoke(main.main, ["notebooks", "2"])
        assert (made.exit_code, made.stdout) == (0, f"{NAME}: {outcome}\n")
    nbformat.write(executed(), path)
    made = CliRunner().invoke(main.main, ["check-notebooks", str(path)])
    assert made.exit_code == 1
    assert f"{NAME}.ipynb is not clean" in made.stderr
    monkeypatch.setattr(committed, "execute", lambda *_, **__: executed(stream("x", "stderr")))
    made = CliRunner().invoke(main.main, ["notebooks"])
    assert (made.exit_code, made.stdout) == (1, "")
    assert made.stderr.splitlines()[-1] == f"{NAME}: it ran, but cell 3 writes to stderr"


@pytest.mark.seconds
def test_committed_notebooks_are_clean():
    assert committed.check(sorted(notebooks_folder().glob("*.ipynb"))) == []
