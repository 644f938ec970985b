"""What the program doubts about a result that it gives all the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Doubt:
    """One reason not to trust a result.

    Attributes
    ----------
    about : str
        What is doubted, in a word or two, such as "registration".
    text : str
        What was found and what to do about it, in one or two sentences for the user.
    grave : bool
        The picture is likely to be wrong altogether; the command line refuses it unless told otherwise.
    """

    about: str
    text: str
    grave: bool = False

    def __str__(self) -> str:
        return self.text
