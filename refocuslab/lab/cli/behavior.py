"""What all verbs have in common: errors of one line, exit codes, orderly ends, help with parameters."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from refocuslab.lab.terminal import any_code_page, complain, doubts_told, hang_up
from refocuslab.running import kernel_cache

# The exit codes; the last is that of SIGTERM.
DONE, FAILED, WRONG, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
# The same, for the help.
EXIT_CODES = (
    "Exit codes: 0 done, 1 something failed, 2 what was asked for is wrong (nothing was started), "
    "130 or 143 interrupted."
)
# What the help calls options that few need, and those for who knows the method.
_SELDOM, _EXPERTS = "Options that few need", "For experiments with the paper's method"
# The environment variable that shows the traceback of a fault of the program.
TRACEBACK = "REFOCUSLAB_TRACEBACK"


# What a decorator takes and gives back.
_Verb = TypeVar("_Verb", bound=Callable[..., Any])


def output_option(default: str, help: str) -> Callable[[_Verb], _Verb]:
    """The option -o of a verb that makes a folder or a file, which has a name by default."""
    return click.option("-o", "--output", default=default, show_default=True, metavar="PATH", help=help)


def results_option() -> Callable[[_Verb], _Verb]:
    """The option -o of a verb whose folder has a name by what was changed."""
    help = (
        "Folder for figures and pages.  [default: results; for changed parameters, one in it, named by them]"
    )
    return click.option("-o", "--output", metavar="PATH", help=help)


class Verb(click.Command):
    """A command whose warnings are lines on stderr, and with ``--strict`` make its exit code 1."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        strict = click.Option(
            ["--strict"],
            is_flag=True,
            expose_value=False,
            help="Exit with 1 if there was a warning.",
            callback=lambda context, _, strict: context.meta.update(strict=strict),
        )
        self.params.append(strict)

    def invoke(self, context: click.Context) -> int:
        """The exit code of the verb."""
        with doubts_told() as warned:
            try:
                code = super().invoke(context)
            except KeyboardInterrupt:  # which click would tell in two lines
                raise click.Abort from None
        return code or (FAILED if warned.lines and context.meta["strict"] else DONE)


class WithParameters(Verb):
    """A command whose help ends with parameters, from their schema: of a notebook that is named, or all."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Note the words, which the help is asked for among: it is written before any of them is read."""
        context.meta["words"] = list(args)
        return super().parse_args(context, args)

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the parameters, then the epilog."""
        from refocuslab.lab.parameters.arguments import FIGURES
        from refocuslab.lab.parameters.schema import NOTEBOOKS, ONE_LAMBDA
        from refocuslab.lab.parameters.validation import help_lines, named_notebook

        takes = {param.name for param in self.params}
        words = context.meta.get("words", []) if takes & {"notebook", "numbers"} else []
        figures = FIGURES if "numbers" in takes else {}
        found = (figures.get(word) or (named_notebook(word),) for word in words)
        named = sorted({name for names in found for name in names if name})
        of = f" of {', '.join(named)}" if named else ""
        with formatter.section(f"Parameters{of} (name, default, meaning)"):
            for line in help_lines(named or NOTEBOOKS):
                formatter.write(f"  {line}\n")
        if not named or any("lambda_texture" in NOTEBOOKS[name].model_fields for name in named):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(ONE_LAMBDA)
        super().format_epilog(context, formatter)


class WithMethod(Verb):
    """A command whose help ends with the choices of the method, their values and what they mean.

    Parameters
    ----------
    *args
        As of a click.Command.
    seldom, experts : tuple of str
        Parameters that the help tells of later: those that few need, and those for who knows the method.
    **options
        As of a click.Command.
    """

    def __init__(
        self, *args: Any, seldom: tuple[str, ...] = (), experts: tuple[str, ...] = (), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._later = dict.fromkeys(seldom, _SELDOM) | dict.fromkeys(experts, _EXPERTS)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, what most need first."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": [], _SELDOM: [], _EXPERTS: []}
        for param in self.get_params(context):
            record = param.get_help_record(context)
            if record is not None and isinstance(param, click.Option):
                groups[self._later.get(str(param.name), "Options")].append(record)
        for heading, records in groups.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the choices, then the epilog."""
        from dataclasses import fields

        from refocuslab.lab.parameters.validation import help_lines
        from refocuslab.method import Method

        with formatter.section("Choices of the paper's method, for -p (name, default with --paper, meaning)"):
            formatter.write_text(
                "With --consistent, as photos of your own are refocused, register and consistency are True, "
                "and of the others only light counts."
            )
            formatter.write_paragraph()
            for line in help_lines(names=[field.name for field in fields(Method)]):
                formatter.write(f"  {line}\n")
        super().format_epilog(context, formatter)


class Commands(click.Group):
    """A group whose errors are one line on stderr, with the exit codes of this module."""

    command_class = Verb

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a verb and end the process with its exit code."""
        any_code_page()
        options["standalone_mode"] = False
        code = self._ended(*args, **options)
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except (OSError, ValueError) as error:
            code = code or fail([f"refocuslab: standard output: {_why(error)}"])
            hang_up()
        if "numba" in sys.modules and (note := kernel_cache.take_note()):
            complain(f"refocuslab: note: {note}")
        sys.exit(code)

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Refuse an argument that holds a NUL character, which no path can hold."""
        if any("\0" in argument for argument in args):
            raise click.UsageError("an argument must not hold a NUL character")
        return super().parse_args(context, args)

    def _ended(self, *args: Any, **options: Any) -> int:
        """The exit code, of whatever ended the verb."""
        from refocuslab.errors import PhotoError, RefocusError

        try:
            with _orderly_end():
                return super().main(*args, **options) or DONE
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            return DONE
        except click.ClickException as error:
            return fail([f"refocuslab: {error.format_message()}"], error.exit_code)
        except PhotoError as error:
            return fail([f"refocuslab: {error.about()}"], WRONG)
        except RefocusError as error:
            return fail([f"refocuslab: {error}"], WRONG)
        except (click.Abort, KeyboardInterrupt):
            return fail(["refocuslab: interrupted"], INTERRUPTED)
        except BrokenPipeError:
            hang_up()
            return FAILED
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return fail([f"refocuslab: {where}{_why(error)}"])
        except MemoryError:
            return fail(["refocuslab: there is not enough memory for this"])
        except Exception as error:  # a fault of this program, told in one line instead of a traceback
            if os.environ.get(TRACEBACK):
                raise
            if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("refocuslab"):
                return fail([f'refocuslab: this needs {error.name}: pip install "refocuslab[lab]"'])
            told = f"{type(error).__name__}: {error} ({TRACEBACK}=1 shows where)"
            return fail([f"refocuslab: a fault of the program: {told}"])


def fail(lines: list[str], code: int = FAILED) -> int:
    """Write the lines to standard error, and return the exit code."""
    for line in lines:
        complain(line)
    return code


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def _orderly_end() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that kernels of notebooks end and drafts of files are removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
