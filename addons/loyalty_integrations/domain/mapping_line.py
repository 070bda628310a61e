"""What a line of a mapping says, and what can be wrong with a value that goes through it."""

from dataclasses import dataclass, field

PUSH, PULL, BOTH = "push", "pull", "both"
#: What is wrong with a value; ``detail`` is the size, the value, or what a step said.
MISSING, TOO_LONG, WRONG_TYPE, UNKNOWN_CHOICE, BAD_STEP = "missing", "too_long", "wrong_type", "unknown_choice", "bad_step"


@dataclass(frozen=True)
class Target:
    """What is known of a field of the other system; the words of ``adapters.base.Field``."""

    type: str = ""
    required: bool = False
    size: int = 0
    size_in_bytes: bool = False
    choices: frozenset = frozenset()


@dataclass(frozen=True)
class Line:
    """``local``: "" where ``default`` is all there is to say; ``pairs``: (value here, value there); ``kind``: the type here."""

    local: str
    remote: str
    direction: str = PUSH
    kind: str = "char"
    steps: tuple = ()
    pairs: tuple[tuple[str, str], ...] = ()
    required: bool = False
    only_create: bool = False
    owner: str = "local"
    default: str = ""
    of_line: bool = False
    target: Target = field(default_factory=Target)

    @property
    def sent(self):
        return self.direction in (PUSH, BOTH)

    @property
    def taken(self):
        return self.direction in (PULL, BOTH)


@dataclass(frozen=True)
class Problem:
    local: str
    remote: str
    kind: str
    detail: str = ""


def is_empty(value):
    """
    >>> [is_empty(value) for value in (None, "", [], " ", 0, False)]
    [True, True, True, True, False, False]
    """
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


class Wrong(ValueError):
    """A value that can't be mapped; its arguments are kind and detail of a ``Problem``."""
