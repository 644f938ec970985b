"""A process shut in: no network, no other programs, no writing and no reading but where it must.

Three walls, of which each system has what it has. Python's audit hooks stand everywhere; Linux adds a network
namespace of its own and Landlock, which hold against code that is not Python's as well.
"""

import contextlib
import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path

from refocuslab.files.installed import PACKAGE, data_folder

# Linux: the system calls of Landlock have the same numbers on every machine.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
# Rights on files of Landlock's first version: execute, write, read, list; then remove and make, of all kinds.
_READ, _EVERYTHING = 0b1101, (1 << 13) - 1
# Audit events that start or end something, or reach out of the process.
_REFUSED = (
    "socket.", "subprocess.", "os.fork", "os.forkpty", "os.exec", "os.spawn", "os.posix_spawn", "os.system",
    "os.kill", "os.startfile", "signal.pthread_kill", "ctypes.", "pty.", "ftplib.", "http.", "smtplib.",
    "urllib.", "webbrowser.", "syslog.", "winreg.", "sys.addaudithook", "sys.setprofile", "sys.settrace",
)  # fmt: skip
# Events of files, and which of their arguments are paths that are changed.
_CHANGED = {
    "os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.rename": 2, "os.link": 2, "os.symlink": 2,
    "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1, "os.chflags": 1, "os.setxattr": 1,
    "os.removexattr": 1, "shutil.rmtree": 1, "shutil.move": 2, "os.mkfifo": 1, "os.mknod": 1,
}  # fmt: skip
_LISTED = ("os.listdir", "os.scandir", "os.chdir", "glob.glob")
_CORES = "/sys/devices/system/cpu"  # which libraries count
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def readable() -> list[Path]:
    """Where Python, its packages and the scenes lie, and what the system's libraries read."""
    paths = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(PACKAGE), str(data_folder())]
    paths += ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/proc/self", _CORES]
    found = {Path(os.path.realpath(path)) for path in paths if os.path.exists(path)}
    return sorted(found)


def seal(folder: Path, *, compiled: bool = False) -> tuple[str, ...]:
    """Shut this process in, for good.

    Parameters
    ----------
    folder : Path
        The only one that it may write to.
    compiled : bool
        Let ctypes be used, which compiled kernels are called through; the kernel's walls hold nevertheless.

    Returns
    -------
    tuple of str
        The walls that stand: "audit" always, "network" and "landlock" where the system has them.
    """
    folder = Path(os.path.realpath(folder))
    roots = readable()
    walls = ["audit"]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_NEW_USER | _NEW_NETWORK) == 0 or libc.unshare(_NEW_NETWORK) == 0:
            walls.append("network")
        if _landlock(libc, roots, folder):
            walls.append("landlock")
    refused = tuple(one for one in _REFUSED if not (compiled and one == "ctypes."))
    sys.addaudithook(_guard(folder, roots, refused))
    return tuple(walls)


def _landlock(libc: ctypes.CDLL, roots: Iterable[Path], folder: Path) -> bool:
    """Let the kernel refuse every file but those; False where it has no Landlock."""
    handled = ctypes.create_string_buffer(struct.pack("=Q", _EVERYTHING))
    rules = libc.syscall(_CREATE, handled, 8, 0)
    if rules < 0:
        return False
    try:
        for path in (*roots, folder):
            allowed = _EVERYTHING if path == folder else _READ
            if not path.is_dir():  # listing is a right on folders only
                allowed &= 0b0111
            if path == Path(os.devnull):
                allowed |= 0b0010
            with contextlib.suppress(OSError):
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
                rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, place))
                libc.syscall(_ADD_RULE, rules, 1, rule, 0)
                os.close(place)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _guard(
    folder: Path, roots: list[Path], refused: tuple[str, ...]
) -> Callable[[str, tuple[object, ...]], None]:
    """The audit hook. It raises PermissionError at what is refused."""
    own, others = str(folder), tuple(map(str, roots))

    def within(path: object, places: tuple[str, ...]) -> bool:
        if isinstance(path, int):  # opened already
            return True
        try:
            name = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False
        return any(name == place or name.startswith(place.rstrip(os.sep) + os.sep) for place in places)

    def guard(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(refused):
            raise PermissionError(f"{event} is not for an exercise")
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & _WRITES
            if not within(path, (own,) if writes else (own, *others)) and path != os.devnull:
                raise PermissionError(f"an exercise must not {'write' if writes else 'read'} this file")
        elif event in _CHANGED:
            if not all(within(path, (own,)) for path in arguments[: _CHANGED[event]]):
                raise PermissionError("an exercise must not change this file")
        elif event in _LISTED and not within(arguments[0] if arguments else ".", (own, *others)):
            raise PermissionError("an exercise must not look there")

    return guard
