"""Which rows describe one person: by what they have in common, and by who is known already."""

from typing import Any, NamedTuple


class Key(NamedTuple):
    """Something that names one person."""

    kind: str  # partner, external, phone or email
    source: str  # whose number an external one is
    value: Any


class Person:
    """Somebody whom one or several rows describe: a member, or a newcomer until the member is made."""

    def __init__(self, member=None, barred=False):
        self.member = member
        self.barred = barred


class Applicant:
    """A row that describes somebody who joins, and what became of it."""

    def __init__(self, row, keys):
        self.row = row
        self.keys = list(keys)  # the surest first
        self.person = None
        self.named_by = None  # the key by which the person was known
        self.claimed = {}  # keys of this row that name other persons

    @property
    def is_new(self):
        return self.named_by is None

    @property
    def is_refused(self):
        return bool(self.claimed) or self.person.barred


def tell_apart(applicants, persons):
    """Give each applicant a person: the one whom the surest key names, or somebody new.

    :param persons: dict key -> person, of who is known already; new ones are added

    >>> phone, email, other = Key("phone", "", "1"), Key("email", "", "a"), Key("email", "", "b")
    >>> first, again, both = Applicant({}, [phone, email]), Applicant({}, [email]), Applicant({}, [phone, other])
    >>> tell_apart([first, again, both], {other: Person()})
    >>> first.is_new, again.person is first.person, again.named_by == email, list(both.claimed) == [other]
    (True, True, True, True)
    """
    for applicant in applicants:
        named = {key: persons[key] for key in applicant.keys if key in persons}
        applicant.named_by = next(iter(named), None)
        applicant.person = named[applicant.named_by] if named else Person()
        applicant.claimed = {key: person for key, person in named.items() if person is not applicant.person}
        if not applicant.is_refused:  # who is refused says nothing about the rows that follow
            persons.update(dict.fromkeys(applicant.keys, applicant.person))
