"""The explanation of an award that a member can read."""

from collections.abc import Mapping

WORDS: dict[str, str] = {}


def explain(detail: dict, words: Mapping[str, str] = WORDS) -> str:
    """Return how an award came about. (Skeleton: follows in the next commit.)"""
    raise NotImplementedError
