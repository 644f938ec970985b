"""A student's functions in a process of their own, and calls of them that take no more than their time.

The process is `confined`: limits of memory and time, no network, nothing written outside an empty folder,
nothing read but Python and its packages. The check runs on this side, so that the code never meets what is
expected of it, and refocuslab is out of its reach: whoever gets the package to do the work, by whatever name,
has no answer. Such code is run a second time with the package, which tells "right by the package" from wrong.
Where the kernel has neither Landlock nor namespaces, whoever knows Python well may find a way round the audit
hooks: there, grade what you have looked at.
"""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from refocuslab.course.case import Function, Hint
from refocuslab.course.exercises import Checked, find
from refocuslab.course.verdict import Verdict, judge
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.course.sandbox import messages
from refocuslab.lab.course.sandbox.messages import There
from refocuslab.lab.course.sandbox.student_code import StudentCode

# Of address space, with all that numpy and its threads have mapped, which is 0.2 GB before the first call,
# and 1 GB once a kernel is compiled.
MEMORY = 2 * 10**9
_LONGEST = 400  # characters of an error
_STARTING = 60.0  # seconds until the process is ready: some load a compiler first


@dataclass(frozen=True)
class Limits:
    """What a student's function may take.

    Attributes
    ----------
    seconds : float or None
        Of one call; a whole check may take six times as much of the processor. None: what the exercise has.
    memory : int
        Bytes of address space.
    """

    seconds: float | None = None
    memory: int = MEMORY


def judge_code(
    code: StudentCode,
    exercise: str,
    *,
    student: str = "",
    draw: int = 0,
    first_turn: int = 0,
    limits: Limits | None = None,
) -> Verdict:
    """The verdict on what a notebook defines for an exercise; nothing of it is run in this process.

    Parameters
    ----------
    code : StudentCode
        The notebook's.
    exercise : str
        Such as "e06".
    student : str
        Whose variant the inputs are drawn from.
    draw, first_turn : int
        As for ``judge``.
    limits : Limits or None
        By default the exercise's, and those of this module.

    Returns
    -------
    Verdict
        As ``judge`` gives it.

    Raises
    ------
    RefocusError
        There is no such exercise.
    """
    known = find(exercise)
    found = code.find(known.names)
    if found.missing:
        names = " and ".join(found.missing)
        return Verdict(known.exercise, "not written", "", f"no function {names} was found.")
    if found.stubs:
        return Verdict(known.exercise, "not written", "", "not written yet.")

    def judged(*, package: bool) -> tuple[Verdict, bool]:
        with _Confined(found.source, known, limits or Limits(), package=package) as confined:
            if confined.failed:
                said = Verdict(known.exercise, "wrong", "raises", f"not yet. {confined.failed}")
            else:
                said = judge(
                    known.exercise,
                    *confined.functions,
                    student=student,
                    draw=draw,
                    first_turn=first_turn,
                    by_package=package,
                )
            return said, confined.asked

    verdict, asked = judged(package=False)
    return verdict if verdict.right or not asked else judged(package=True)[0]


class _Confined:
    """The process, and the functions that call into it."""

    def __init__(self, source: str, known: Checked, limits: Limits, *, package: bool) -> None:
        self._seconds = limits.seconds or known.seconds
        self._folder = tempfile.TemporaryDirectory(prefix="exercise-")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "refocuslab.lab.course.sandbox.confined"],
            cwd=self._folder.name,
            env=_environment(self._folder.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        request = {
            "source": source,
            "names": known.names,
            "allowed": sorted(known.allowed_modules),
            "package": package,
            "memory": limits.memory,
            "seconds": int(6 * self._seconds) + 1,
        }
        self.failed, self.asked = "", False
        try:
            ready = self._asked(json.dumps(request).encode(), _STARTING + self._seconds)
        except Hint as hint:
            ready = {"failed": {"too-slow": "Its cell does not come to an end."}.get(hint.key, _ENDED)}
        self.failed = str(ready.get("failed", ""))[:_LONGEST]
        self.functions = tuple(self._function(at, name) for at, name in enumerate(known.names))

    def __enter__(self) -> "_Confined":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self._folder.cleanup()

    def _function(self, place: int, name: str) -> Function:
        def called(*arguments: Any) -> Any:
            handed = [There(at) if callable(one) else one for at, one in enumerate(arguments)]
            answer = self._asked(pickle.dumps((place, handed)), self._seconds, arguments)
            if "raised" in answer:
                text = str(answer["raised"])[:_LONGEST]
                raise Hint(*(("too-large",) if text.startswith("MemoryError") else ("raises", text)))
            if "not written" in answer:
                raise NotImplementedError
            if "changed" in answer:
                raise Hint("changes-its-input")
            return answer.get("value")

        called.__name__ = name
        return called

    def _asked(self, question: bytes, seconds: float, there: Sequence[Any] = ()) -> dict[str, Any]:
        """The process's answer; it is ended where that does not come in time."""
        with self._ended_after(seconds) as late:
            try:
                answer = self._exchange(question)
                while "asks" in answer:
                    answer = self._exchange(pickle.dumps(_of_function(there, answer)))
            except (OSError, EOFError, ValueError):
                self._end()
                raise Hint("too-slow" if late.is_set() else "process-ends") from None
        self.asked = self.asked or answer.get("asked") is True
        return answer

    def _exchange(self, question: bytes) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        messages.send(self._process.stdin, question)
        answer = messages.unpacked(messages.receive(self._process.stdout))
        if not isinstance(answer, dict):
            raise ValueError("no answer")
        return answer

    @contextlib.contextmanager
    def _ended_after(self, seconds: float) -> Iterator[threading.Event]:
        late = threading.Event()

        def end() -> None:
            late.set()
            self._end()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()


_ENDED = "Its cell ends the process."


def _of_function(there: Sequence[Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What a function among the arguments says to a student's call of it."""
    try:
        return {"value": there[asked["asks"]](*asked["given"])}
    except Exception as error:
        return {"raised": str(error)[:_LONGEST]}


def _environment(folder: str) -> dict[str, str]:
    """Nothing of the grader's environment but what Python needs; and one thread for products of matrices."""
    kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "NUMBA_CACHE_DIR", "VIRTUAL_ENV")
    made = {name: os.environ[name] for name in kept if name in os.environ}
    paths = [str(PACKAGE.parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMBA")}
    return made | threads | {"PYTHONPATH": os.pathsep.join(paths), "HOME": folder, "TMPDIR": folder}
