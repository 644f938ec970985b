"""How the command line behaves: errors of one line, exit codes, orderly ends, help with parameters."""

import contextlib
import signal
import sys

import click

# What was asked for was done; it was right and did not succeed; it was wrong; it was interrupted.
DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
EXIT_CODES = (
    "Exit codes: 0 done, 1 something failed, 2 what was asked for is wrong (nothing was started), "
    "130 or 143 interrupted."
)


class Commands(click.Group):
    """A group whose errors are one line on stderr, with the exit codes of this module."""

    def main(self, *args, **options):
        from refocuslab.errors import RefocusError

        options["standalone_mode"] = False
        try:
            with _orderly_end():
                code = super().main(*args, **options)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            code = DONE
        except click.ClickException as error:
            code = fail([f"refocuslab: {' '.join(error.format_message().split())}"], error.exit_code)
        except RefocusError as error:
            code = fail([f"refocuslab: {error}"], WRONG)
        except click.Abort:
            code = fail(["refocuslab: interrupted"], INTERRUPTED)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            code = fail([f"refocuslab: {where}{error.strerror or error}"], FAILED)
        sys.exit(code or DONE)


class WithParameters(click.Command):
    """A command whose help ends with the parameters of the notebooks, from their one schema."""

    def format_epilog(self, context, formatter):
        from refocuslab.lab.parameters import help_lines

        with formatter.section("Parameters (name, default, meaning)"):
            for line in help_lines():
                formatter.write(f"  {line}\n")
        super().format_epilog(context, formatter)


class WithMethod(click.Command):
    """A command whose help ends with the choices of the method."""

    def format_epilog(self, context, formatter):
        from dataclasses import fields

        from refocuslab.method import Method

        with formatter.section("Choices of the method (name, default)"):
            formatter.write_dl([(field.name, str(field.default)) for field in fields(Method)])
        super().format_epilog(context, formatter)


def fail(lines: list[str], code: int = FAILED) -> int:
    """Say what went wrong, a line each; returns the exit code."""
    for line in lines:
        click.echo(line, err=True)
    return code


@contextlib.contextmanager
def _orderly_end():
    """Let a termination unwind the stack, so that kernels end and drafts are removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
