"""The exceptions of refocuslab, and its warning."""


class RefocusError(ValueError):
    """An argument that breaks a rule; the message reads ``<argument> <rule>; got <got>``.

    Attributes: ``argument`` (its name), ``rule`` (what it must be, such as
    ``"must be odd"``) and ``got`` (what was given instead).
    """

    def __init__(self, argument: str, rule: str, got: object):
        # All three go to args, so the error survives pickling between processes.
        super().__init__(argument, rule, got)
        self.argument, self.rule, self.got = argument, rule, got

    def __str__(self) -> str:
        return f"{self.argument} {self.rule}; got {self.got}"


class Cancelled(Exception):
    """The work was stopped by the caller's cancel event; there is no result."""


class RefocusWarning(UserWarning):
    """A doubt about a photo that was read or a picture that was made: what was found, and what to do."""
