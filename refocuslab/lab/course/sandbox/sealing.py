"""A process shut in: no network, no other programs, no writing and no reading but where it must.

refocuslab itself can be out of its reach, so that whoever let the package do the work has nothing to hand in.
Three walls, of which each system has what it has. Python's audit hooks stand everywhere; Linux adds a network
namespace of its own and Landlock, which hold against code that is not Python's as well.
"""

import contextlib
import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterator
from os.path import realpath  # by name: who exchanges it in os.path exchanges nothing here
from pathlib import Path

from refocuslab.files.installed import PACKAGE, data_folder

# Linux: the system calls of Landlock have the same numbers on every machine.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
# Landlock's rights on files: of its first version all 13; of its third also truncate(2). None is to execute.
_READ_FILE, _LIST, _WRITE_FILE, _TRUNCATE = 1 << 2, 1 << 3, 1 << 1, 1 << 14
_FIRST, _OF_FILES = (1 << 13) - 1, 0b0110 | _TRUNCATE
_SCOPES = 0b11  # of its sixth version: signals and abstract sockets stay within
# Audit events that start or end something, or reach out of the process.
_REFUSED = (
    "socket.", "subprocess.", "os.fork", "os.forkpty", "os.exec", "os.spawn", "os.posix_spawn", "os.system",
    "os.kill", "os.startfile", "signal.pthread_kill", "ctypes.", "pty.", "ftplib.", "http.", "smtplib.",
    "urllib.", "webbrowser.", "syslog.", "winreg.", "sys.addaudithook", "sys.setprofile", "sys.settrace",
    "os.chmod", "os.chown", "os.chflags", "os.utime", "os.setxattr", "os.removexattr", "os.link",
    "os.symlink", "os.mkfifo", "os.mknod", "gc.get_",
)  # fmt: skip
# Events of files, and which of their arguments are paths that are changed.
_CHANGED = {
    "os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.rename": 2, "os.truncate": 1, "shutil.rmtree": 1,
    "shutil.move": 2,
}  # fmt: skip
_LOOKS = ("open", "os.listdir", "os.scandir", "os.chdir", "glob.glob")
_CORES = "/sys/devices/system/cpu"  # which libraries count
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def readable() -> list[Path]:
    """Where Python, its packages and the scenes lie, and what the system's libraries read."""
    paths = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(PACKAGE), str(data_folder())]
    paths += ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/proc/self", _CORES]
    found = {Path(realpath(path)) for path in paths if os.path.exists(path)}
    return sorted(found)


def of_the_package() -> list[Path]:
    """Where refocuslab can be imported from."""
    copies = [Path(realpath(Path(place or ".") / PACKAGE.name)) for place in sys.path]
    return sorted({PACKAGE, *(one for one in copies if one.is_dir())})


def seal(folder: Path, asked: list[str] | None = None) -> tuple[str, ...]:
    """Shut this process in, for good.

    Parameters
    ----------
    folder : Path
        The only one that it may write to.
    asked : list of str or None
        Where it is a list, nothing more of refocuslab can be loaded or read, and what is asked for is noted
        here. None: all of it can, and where the kernel's walls stand, ctypes may be used, which compiled
        kernels are called through.

    Returns
    -------
    tuple of str
        The walls that stand: "audit" always, "network" and "landlock" where the system has them.
    """
    folder = Path(realpath(folder))
    roots, without = readable(), [] if asked is None else of_the_package()
    walls = ["audit"]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_NEW_USER | _NEW_NETWORK) == 0 or libc.unshare(_NEW_NETWORK) == 0:
            walls.append("network")
        if _landlock(libc, roots, without, folder):
            walls.append("landlock")
    compiled = asked is None and "landlock" in walls
    refused = tuple(one for one in _REFUSED if not (compiled and one == "ctypes."))
    sys.addaudithook(_guard(folder, roots, without, refused, [] if asked is None else asked))
    return tuple(walls)


def _landlock(libc: ctypes.CDLL, roots: list[Path], without: list[Path], folder: Path) -> bool:
    """Let the kernel refuse every file but those; False where it has no Landlock."""
    version = libc.syscall(_CREATE, None, 0, 1)
    everything = _FIRST | (_TRUNCATE if version >= 3 else 0)
    wanted = struct.pack("=QQQ", everything, 0, _SCOPES)[: 24 if version >= 6 else 8]
    rules = libc.syscall(_CREATE, ctypes.create_string_buffer(wanted, len(wanted)), len(wanted), 0)
    if version < 1 or rules < 0:
        return False
    reads = [one for root in roots for one in _around(root, without)]
    try:
        for path, allowed in (*reads, (Path(os.devnull), _READ_FILE | _WRITE_FILE), (folder, everything)):
            rights = allowed & everything & (-1 if path.is_dir() else _OF_FILES)
            with contextlib.suppress(OSError):
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
                rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
                libc.syscall(_ADD_RULE, rules, 1, rule, 0)
                os.close(place)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _around(root: Path, without: list[Path]) -> Iterator[tuple[Path, int]]:
    """What may be read below a folder, and how, if some may not: a right holds for all that is below."""
    if any(root.is_relative_to(one) for one in without):
        return
    if not any(one.is_relative_to(root) for one in without):
        yield root, _READ_FILE | _LIST
        return
    yield root, _LIST  # of what may not be read, the names
    for path in root.iterdir():
        if not path.is_symlink():  # where it leads, it has rights of its own
            yield from _around(path, without)


def _guard(
    folder: Path, roots: list[Path], without: list[Path], refused: tuple[str, ...], asked: list[str]
) -> Callable[[str, tuple[object, ...]], None]:
    """The audit hook. It raises PermissionError at what is refused, ImportError at the package."""
    own, others, package = str(folder), tuple(map(str, roots)), tuple(map(str, without))

    def within(path: object, places: tuple[str, ...]) -> bool:
        if isinstance(path, int):  # opened already
            return True
        try:
            name = realpath(os.fsdecode(path))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False
        return any(name == place or name.startswith(place.rstrip(os.sep) + os.sep) for place in places)

    def guard(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(refused):
            raise PermissionError(f"{event} is not for an exercise")
        first = arguments[0] if arguments else "."
        if package and (
            (event == "import" and str(first).partition(".")[0] == PACKAGE.name)
            or (event in _LOOKS and not isinstance(first, int) and within(first, package))
        ):
            asked.append(str(first))
            raise ModuleNotFoundError("the package is not for this exercise")
        if event == "open":
            flags = arguments[2]
            writes = isinstance(flags, int) and flags & _WRITES
            if not within(first, (own,) if writes else (own, *others)) and first != os.devnull:
                raise PermissionError(f"an exercise must not {'write' if writes else 'read'} this file")
        elif event in _CHANGED:
            if not all(within(path, (own,)) for path in arguments[: _CHANGED[event]]):
                raise PermissionError("an exercise must not change this file")
        elif event in _LOOKS and not within(first, (own, *others)):
            raise PermissionError("an exercise must not look there")

    return guard
