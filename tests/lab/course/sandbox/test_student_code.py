"""A student's functions are found by their names, with what they refer to, and nothing else."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from refocuslab import RefocusError
from refocuslab.lab.course.sandbox.student_code import StudentCode


def found(*cells, names=("f",)):
    return StudentCode.of(cells).find(names)


def value(*cells):
    space = {}
    exec(found(*cells).source, space)
    return space["f"]()


def test_the_last_definition_counts_with_what_it_refers_to():
    cells = ["import math\nimport json", "N = 2\ndef g(): return N", "def f(): return 0", "print(1 / 0)"]
    cells += ["def f():\n    return g() + math.floor(1.5)", "N = 5"]
    assert value(*cells) == 6
    source = found(*cells).source
    assert "json" not in source and "print" not in source and "return 0" not in source


def test_what_is_a_functions_own_is_not_taken_from_the_notebook():
    cells = ["y, x = stub()", "n = stub()", "N = 2", "rows = [1, 2]"]
    cells += ["def f(x):\n    n = N\n    y = [rows[x] for x in range(n)]\n    return sum(y) + x"]
    source = found(*cells).source
    assert "stub" not in source and "N = 2" in source and "rows" in source
    # A default, a decorator and a name that is made global do come from there.
    cells = ["x = 3", "y = 4", "def f(a=x):\n    global y\n    y += a\n    return y"]
    assert value(*cells) == 7


def test_the_lessons_own_piece_is_not_taken_for_the_students():
    assert value("def f(): return 1", 'f = lesson.use("e01", f)') == 1
    assert found("def g(): return 1", 'f = lesson.use("e01", f)').missing == ("f",)


def test_other_forms_of_a_function_are_found():
    assert value("f = lambda: 4") == 4
    assert value("class Once:\n    def __call__(self): return 7\nf = Once()") == 7
    assert value("x = 1\nx += 2\ndef f(): return x") == 3
    assert value("(a, b) = 1, 2; c = 3\ndef f(): return b + c") == 5
    assert value("def twice(g): return lambda: 2 * g()", "@twice\ndef f():\n    return 4") == 8


def test_a_cell_that_does_not_parse_is_left_out_and_told():
    code = StudentCode.of(["%matplotlib inline\n!ls\nx = 1", "def f(:", "def f(): return x", "y = '\0'"])
    assert code.problems == ("code cell 2 has a syntax error in line 1 and is left out",)
    assert code.find(("f",)).missing == ()
    assert "is left out" in StudentCode.of(["(" * 5000]).problems[0]


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        ("def f():\n    raise NotImplementedError", True),
        ("def f():\n    'doc'\n    raise NotImplementedError('write this')", True),
        ("def f(x):\n    if x:\n        return 1\n    raise NotImplementedError", False),
        ("def f():\n    raise ValueError", False),
        ("def f():\n    'doc'", False),
    ],
)
def test_a_stub_is_known(source, stub):
    assert found(source).stubs is stub


def test_notebooks_and_plain_files_are_read(tmp_path):
    cells = [new_markdown_cell("def f(): return 2"), new_code_cell("def f(): return 1")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")
    (tmp_path / "a.py").write_text("\ufeffdef f(): return 1")
    for name in ("a.ipynb", "a.py"):
        assert StudentCode.read(tmp_path / name).find(("f",)).source.strip() == "def f(): return 1"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", json.dumps({"cells": 3}).encode(), b"[" * 10**5])
def test_what_is_no_notebook_is_refused(content, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(RefocusError, match=r"notebook must be a notebook; got a\.ipynb"):
        StudentCode.read(path)
    with pytest.raises(RefocusError, match="notebook must be that of an existing file"):
        StudentCode.read(tmp_path / "none.ipynb")
