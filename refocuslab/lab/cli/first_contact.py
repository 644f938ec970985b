"""What a newcomer meets first: the greeting, doctor, and completion."""

import click
from click.shell_completion import get_completion_class

from refocuslab import __version__
from refocuslab.lab.cli.behavior import DONE, FAILED, Verb
from refocuslab.lab.terminal import command_line, tell

# Said where nothing is asked for: who it is for, what to type, and what that gives. A line has 80 characters
# where the program was started as in a clone, by ".venv/bin/refocuslab".
_DOORS = (
    ("my photos", "refocus blurred.jpg sharp.jpg", "a new picture"),
    ("", "app", "the same, a page"),
    ("the paper", "figures 3", "its Figure 3"),
    ("", "explore", "its sliders"),
    ("a course", "course list", "its exercises"),
    ("", "warm-up", "a fast start"),
    ("more", "--help", "all verbs"),
    ("", "doctor", "is all well?"),
)
# The program's name, and the shells that click completes in.
_PROGRAM, _SHELLS = "refocuslab", ("bash", "fish", "zsh")


def greeting() -> str:
    """Three doors, with the commands as they are to be typed here."""
    commands = [command_line(*words.split()) for _, words, _ in _DOORS]
    wide = max(map(len, commands))
    lines = [
        f" {about:9}  {command:{wide}}  {gives}"
        for (about, _, gives), command in zip(_DOORS, commands, strict=True)
    ]
    title = f"refocuslab {__version__}: misfocused photos made sharp by focused ones of the same thing"
    return "\n".join([title, "", *lines])


@click.command(cls=Verb)
def doctor() -> int:
    """Look at this machine, and say what to do.

    Packages, threads, memory, folders, compiled kernels, a browser, and whether a notebook's kernel starts.
    Exit code 1 if something will not work.
    """
    from refocuslab.lab.doctor.examination import FAULT, NOTE, examine

    states = []
    for one in examine():
        tell(f"{one.state:5}  {one.about}: {one.found}" + (f"  ->  {one.remedy}" if one.remedy else ""))
        states.append(one.state)
    faults, notes = states.count(FAULT), states.count(NOTE)
    rest = f", {notes} to know of" if notes else ""
    tell(f"{faults} to mend{rest}." if faults else f"All that is needed is there{rest}.")
    return FAILED if faults else DONE


@click.command(cls=Verb)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what completes verbs and options in a shell.

    For example: refocuslab completion bash > ~/.local/share/bash-completion/completions/refocuslab.
    zsh: a file _refocuslab in a folder of $fpath; fish: ~/.config/fish/completions/refocuslab.fish
    """
    made = get_completion_class(shell)
    assert made is not None  # the choices are those that click has
    whole = context.find_root().command
    click.echo(made(whole, {}, _PROGRAM, "_REFOCUSLAB_COMPLETE").source())
    return DONE
