"""``python -m refocuslab.lab``, the same as ``refocuslab``."""

import signal
import sys


def main() -> None:
    """The command line, or one line that says how to get it."""
    try:
        try:
            from refocuslab.lab.cli.main import main as command
            from refocuslab.lab.terminal import standard_streams
        except ModuleNotFoundError as error:
            sys.exit(f'refocuslab: the command line needs {error.name}: pip install "refocuslab[lab]"')
        standard_streams()
        try:
            command(prog_name="refocuslab")
        finally:
            # All is told. An interrupt from here on ends the process, and needs no traceback for it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
