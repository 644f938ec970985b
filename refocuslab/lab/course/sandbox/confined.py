"""The process that runs one student's functions: ``python -m refocuslab.lab.course.sandbox.confined``.

It reads a request, shuts itself in, runs the student's definitions, and then answers calls: arguments come
pickled from the grader, results go back as ``messages`` has them. The check runs in the grader's process, so
that nothing here can reach what it expects; a function among the arguments, such as a measurement, runs there
as well. Until it is shut in, this process loads nothing of the package that could do an exercise.
"""

import contextlib
import importlib
import json
import os
import pickle
from pathlib import Path
from typing import IO, Any, NamedTuple

from refocuslab.course.case import Changed, Function, run, told
from refocuslab.files.installed import PACKAGE, method_sources
from refocuslab.lab.course.sandbox import messages, sealing

_SPACE = "import numpy as np\nimport refocuslab as rl\n"
_FILE = "<your notebook>"


def main() -> None:
    """Serve one request, until the grader ends it."""
    grader = _Grader(*_streams())
    request = json.loads(grader.read())
    exec(_SPACE)
    for name in request["allowed"]:
        importlib.import_module(name)
    asked: list[str] | None = None if request["package"] else []
    if asked is None:
        _load_kernels()
    _limit(request["memory"], request["seconds"])
    sealing.seal(Path.cwd(), asked)
    functions, failed = _defined(request["source"], request["names"])
    grader.tell(messages.packed({"failed": failed, "asked": bool(asked)}))
    while True:
        try:
            place, arguments = pickle.loads(grader.read())
        except EOFError:
            return
        grader.tell(_called(functions[place], tuple(map(grader.reached, arguments)), asked))


class _Grader(NamedTuple):
    """The other side."""

    questions: IO[bytes]
    answers: IO[bytes]

    def read(self) -> bytes:
        return messages.receive(self.questions)

    def tell(self, answer: bytes) -> None:
        messages.send(self.answers, answer)

    def reached(self, argument: Any) -> Any:
        """An argument; for a function that stays with the grader, one that calls it there."""
        if not isinstance(argument, messages.There):
            return argument

        def called(*given: Any) -> Any:
            self.tell(messages.packed({"asks": argument.place, "given": given}))
            answer = pickle.loads(self.read())
            if "raised" in answer:
                raise ValueError(answer["raised"])
            return answer["value"]

        return called


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


def _defined(source: str, names: list[str]) -> tuple[list[Function], str]:
    """The functions that the source defines; or why it does not."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(_SPACE, space)
    try:
        exec(compile(source, _FILE, "exec"), space)
        functions = [space[name] for name in names]
    except BaseException as error:
        return [], f"Its cell stops with {told(error)}."
    return functions, "" if all(map(callable, functions)) else "One of the names is no function."


def _called(function: Function, arguments: tuple[Any, ...], asked: list[str] | None) -> bytes:
    """A call's answer as a message: its value or why there is none, and whether the package was asked for."""
    try:
        return messages.packed({"value": run(function, arguments), "asked": bool(asked)})
    except NotImplementedError:
        answer: dict[str, Any] = {"not written": True}
    except Changed:
        answer = {"changed": True}
    except BaseException as error:
        answer = {"raised": told(error, function)}
    return messages.packed({**answer, "asked": bool(asked)})


if __name__ == "__main__":
    main()
