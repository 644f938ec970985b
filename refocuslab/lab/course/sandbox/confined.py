"""The process that runs one student's functions: ``python -m refocuslab.lab.course.sandbox.confined``.

It reads a request, shuts itself in, runs the student's definitions, and then answers calls: arguments come
pickled from the grader, results go back as ``messages`` has them. The check runs in the grader's process, so
that nothing here can reach what it expects.
"""

import contextlib
import importlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from refocuslab.course.case import Changed, Function, run, told
from refocuslab.course.own_work import calls_the_package
from refocuslab.files.installed import PACKAGE, method_sources
from refocuslab.lab.course.sandbox import messages, sealing

_SPACE = "import numpy as np\nimport refocuslab as rl\n"
_FILE = "<your notebook>"


def main() -> None:
    """Serve one request, until the grader ends it."""
    requests, answers = _streams()
    request = json.loads(messages.receive(requests))
    exec(_SPACE)
    if compiled := bool(request["allowed"]):  # the task is one for the package, and its compiled kernels
        _load_kernels()
    _limit(request["memory"], request["seconds"])
    walls = sealing.seal(Path.cwd(), compiled=compiled)
    functions, answer = _defined(request["source"], request["names"], request["allowed"])
    messages.send(answers, messages.packed({**answer, "walls": list(walls)}))
    while True:
        try:
            place, arguments = pickle.loads(messages.receive(requests))
        except EOFError:
            return
        messages.send(answers, _called(functions[place], arguments))


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output for the grader alone; what students print goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return requests, answers


def _load_kernels() -> None:
    """Load every module with a kernel; those compiled from here on are not kept, for no folder is ours."""
    for path in method_sources():
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        importlib.import_module(name.removesuffix(".__init__"))
    from numba.core import caching

    vars(caching)["Cache"].save_overload = lambda *_: None


def _limit(memory: int, seconds: int) -> None:
    """Bound memory, time, files; where the system has no such limits, the grader's clock is the only one."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 2**24,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
    }
    for which, most in bounds.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (most, most))


def _defined(source: str, names: list[str], allowed: list[str]) -> tuple[list[Function], dict[str, Any]]:
    """The functions that the source defines, and what to tell the grader of them."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(_SPACE, space)
    try:
        exec(compile(source, _FILE, "exec"), space)
        functions = [space[name] for name in names]
        if not all(map(callable, functions)):
            return [], {"failed": "One of the names is no function."}
        by_package = any(calls_the_package(one, frozenset(allowed)) for one in functions)
    except BaseException as error:
        return [], {"failed": f"Its cell stops with {told(error)}."}
    return functions, {"by the package": by_package}


def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """A call's answer as a message: its value, or why there is none."""
    try:
        found = run(function, arguments)
        return messages.packed({"value": found})
    except NotImplementedError:
        return messages.packed({"not written": True})
    except Changed:
        return messages.packed({"changed": True})
    except BaseException as error:
        return messages.packed({"raised": told(error, function)})


if __name__ == "__main__":
    main()
