"""``python -m refocuslab.lab``, the same as ``refocuslab``."""

import signal
import sys


def main() -> None:
    """Run the command line, or say in one line which package it lacks."""
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
            # The work is done: an interrupt from here on ends the process without a traceback.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
