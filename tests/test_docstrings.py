"""Docstrings in numpydoc form: every public name has one, and those of the public face tell of everything.

`make lint` holds the form itself, by [tool.numpydoc_validation] of pyproject.toml.
"""

import ast
import inspect
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

import refocuslab as rl
from refocuslab.files.installed import PACKAGE, sources

SOURCES = [path for path in sources() if not path.name.startswith("_")]


def is_public(node: ast.AST) -> bool:
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if not isinstance(node, kinds) or node.name.startswith("_"):
        return False
    # Of a function with overloads, the definition has the docstring.
    return not any(ast.unparse(one) == "overload" for one in node.decorator_list)


def bare_names(path: Path) -> list[str]:
    """Public functions, classes and methods of a module that have no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [(node.name, node) for node in tree.body if is_public(node)]
    classes = [node for _, node in found if isinstance(node, ast.ClassDef)]
    found += [(f"{a.name}.{node.name}", node) for a in classes for node in a.body if is_public(node)]
    return [name for name, node in found if ast.get_docstring(node) is None]


@pytest.mark.seconds
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_public_name_has_a_docstring(path):
    assert bare_names(path) == []


def test_a_name_without_a_docstring_is_found(tmp_path):
    file = tmp_path / "some.py"
    file.write_text("class A:\n def f(self): 1\n def _g(self): 1\n def h(self): 'h'\ndef _i(): 1\n")
    assert bare_names(file) == ["A", "A.f"]


@pytest.mark.seconds
@pytest.mark.parametrize("name", rl.__all__)
def test_a_docstring_of_the_public_face_tells_of_everything(name):
    value = getattr(rl, name)
    asked = {"GL08", "PR01", "PR02", "PR03", "PR07", "RT03", *({"RT01"} if inspect.isfunction(value) else ())}
    faults = [fault for fault in validate(f"refocuslab.{name}")["errors"] if fault[0] in asked]
    if "__init__" in vars(value) or hasattr(value, "_fields"):
        # What an object is made of may be told as its attributes.
        doc = NumpyDocString(inspect.getdoc(value))
        told = {one for part in doc["Attributes"] + doc["Parameters"] for one in part.name.split(", ")}
        given = {one for one in inspect.signature(value).parameters if one[0] != "_"}
        faults = [fault for fault in faults if fault[0] != "PR01"] + sorted(given - told)
    assert faults == []
