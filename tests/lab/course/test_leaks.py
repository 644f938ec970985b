"""Solutions are found wherever they hide, and nothing else is taken for one."""

import base64
import gzip
import html
import io
import json
import zipfile
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from refocuslab.lab.course.copies import instructor_copy, student_copy
from refocuslab.lab.course.leaks import leaks, lines_of
from refocuslab.lab.notebooks.committed import text_of

LINE = "    inside = np.hypot(u[:, None], u) <= d / 2"


def png(line):
    info, file = PngInfo(), io.BytesIO()
    info.add_text("Comment", line, zip=True)
    Image.new("RGB", (2, 2)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def zipped(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr(name, content)
    return file.getvalue()


def cell(**parts):
    return json.dumps({"cells": [{"cell_type": "code", "source": [], "metadata": {}, "outputs": []} | parts]})


HIDDEN = {
    "source.ipynb": cell(source=["def disk(d):\n", "    inside = np.hypot(u[:, None], \n", "u) <= d / 2"]),
    "output.ipynb": cell(outputs=[{"data": {"text/plain": [LINE]}}]),
    "picture.ipynb": cell(outputs=[{"data": {"image/png": base64.b64encode(png(LINE)).decode()}}]),
    "metadata.ipynb": cell(metadata={"x": {"y": LINE}}),
    "key.ipynb": cell(metadata={LINE: 1}),
    "attachment.ipynb": cell(attachments={"a": {"x": base64.encodebytes(LINE.encode() * 3).decode()}}),
    "base64.ipynb": cell(metadata={"x": base64.b64encode(zlib.compress(LINE.encode())).decode()}),
    "urlsafe.txt": base64.urlsafe_b64encode(gzip.compress(LINE.encode())),
    "page.html": "<i>inside</i> <b>=</b> np.hypot(u[:, <b>None</b>], u) " + html.escape("<=") + " d / 2",
    "quotes.txt": "order = np.argsort(d, kind='stable')",
    "copy.zip": zipped("a.txt", LINE),
    "twice.zip": zipped("b.zip", zipped("a.txt", LINE)),
    "named.zip": zipped("inside = np.hypot(u[:, None], u) <= d / 2", ""),
    "plain.gz": gzip.compress(LINE.encode()),
}  # fmt: skip


@pytest.mark.seconds
@pytest.mark.parametrize("name", HIDDEN)
def test_a_line_of_a_solution_is_found(name, exercises, tmp_path):
    content = HIDDEN[name]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = leaks(tmp_path, exercises.values())
    assert found and all(one.startswith(name) for one in found)


@pytest.mark.seconds
def test_a_students_copy_leaks_nothing_and_the_instructors_all(lesson, exercises, tmp_path):
    student, instructor = tmp_path / "s.ipynb", tmp_path / "i.ipynb"
    student.write_text(text_of(student_copy(lesson, exercises)))
    instructor.write_text(text_of(instructor_copy(lesson, exercises)))
    assert leaks(student, exercises.values()) == []
    own = len(exercises["e01"].solution.splitlines()) - 2
    assert len([one for one in leaks(instructor, exercises.values()) if ": e01: " in one]) >= own - 1


def test_other_right_answers_are_looked_for_too(exercises):
    assert any("np.lexsort" in line for line in lines_of(exercises["e06"]))
    assert not any("defcandidates" in line for line in lines_of(exercises["e06"]))


def test_nothing_broken_ends_the_search(exercises, tmp_path):
    for name, content in {
        "cut.gz": gzip.compress(b"x" * 100)[:20], "no.ipynb": b"{", "deep.ipynb": b"[" * 100_000,
        "zlib": b"\x78\x9c" * 50, "cut.zip": zipped("a", "b")[:-5], "empty": b"", "a64": b"A" * 101,
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    assert leaks(tmp_path, exercises.values()) == []


def test_the_wheels_part_of_the_course_leaks_nothing(exercises):
    from refocuslab.files.installed import PACKAGE

    assert leaks(PACKAGE / "course", exercises.values()) == []
