"""How a connection is: good, worth a look, or bad; by facts alone."""

from dataclasses import dataclass

GOOD, ATTENTION, BAD = "good", "attention", "bad"
#: Part of the tries of the last hour that may fail before somebody should look.
FAILING = 0.2


@dataclass(frozen=True)
class Facts:
    """``backlog_age``: minutes that the oldest row has waited; ``blocked``: "", breaker or limit; ``tries``: of the last hour."""

    state: str = "active"
    backlog_age: float = 0.0
    patience: float = 30.0
    dead: int = 0
    blocked: str = ""
    tries: int = 0
    failed: int = 0
    inbox_dead: int = 0
    inbox_parked: int = 0
    conflicts: int = 0
    differences: int = 0
    unread: int = 0
    last_success: bool = True


def verdict(facts):
    """(light, the word for why); the worst that is true.

    >>> verdict(Facts()), verdict(Facts(state="error")), verdict(Facts(state="draft"))
    (('good', 'good'), ('bad', 'stopped'), ('good', 'draft'))
    >>> verdict(Facts(dead=1)), verdict(Facts(backlog_age=31)), verdict(Facts(blocked="breaker", dead=1))
    (('bad', 'dead'), ('bad', 'backlog'), ('bad', 'breaker'))
    >>> verdict(Facts(tries=10, failed=10)), verdict(Facts(tries=10, failed=3)), verdict(Facts(state="paused"))
    (('bad', 'no_success'), ('attention', 'failing'), ('attention', 'paused'))
    >>> verdict(Facts(blocked="limit")), verdict(Facts(conflicts=2)), verdict(Facts(unread=1))
    (('attention', 'limit'), ('attention', 'conflicts'), ('bad', 'unread'))
    """
    if facts.state == "draft":
        return GOOD, "draft"
    for light, word, true in _signs(facts):
        if true:
            return light, word
    return GOOD, "good"


def _signs(facts):
    failing = facts.tries >= 5 and facts.failed > FAILING * facts.tries
    return (
        (BAD, "stopped", facts.state == "error"),
        (BAD, "breaker", facts.blocked == "breaker"),
        (BAD, "dead", facts.dead > 0),
        (BAD, "backlog", facts.state == "active" and facts.backlog_age > facts.patience and facts.blocked != "limit"),
        (BAD, "no_success", facts.tries >= 3 and facts.failed == facts.tries),
        (BAD, "unread", facts.unread > 0),
        (ATTENTION, "paused", facts.state == "paused"),
        (ATTENTION, "limit", facts.blocked == "limit"),
        (ATTENTION, "failing", failing),
        (ATTENTION, "inbox_dead", facts.inbox_dead > 0),
        (ATTENTION, "conflicts", facts.conflicts > 0),
        (ATTENTION, "differences", facts.differences > 0),
        (ATTENTION, "inbox_parked", facts.inbox_parked > 0),
    )
