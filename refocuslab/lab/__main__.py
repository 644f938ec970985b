"""``python -m refocuslab.lab``, the same as ``refocuslab``."""

import sys


def main() -> None:
    """The command line, or one line that says how to get it."""
    try:
        from refocuslab.lab.cli import main as command
    except ModuleNotFoundError as error:
        sys.exit(f'refocuslab: the command line needs {error.name}: pip install "refocuslab[lab]"')
    command(prog_name="refocuslab")


if __name__ == "__main__":
    main()
