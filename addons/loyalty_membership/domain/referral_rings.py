"""Who sent whom: nobody is sent by somebody whom they sent themselves, not even by way of others."""


def apart_from_rings(above, pairs):
    """Tell those of these pairs that close no ring, taken in their order; the others do.

    :param above: dict friend -> who sent them, as it is known; those of the pairs are added
    :param pairs: (friend, referrer)
    :return: list of pairs

    >>> apart_from_rings({"c": "d"}, [("a", "b"), ("b", "c"), ("d", "a"), ("e", "e"), ("f", "a")])
    [('a', 'b'), ('b', 'c'), ('f', 'a')]

    A ring that is there already ends the search:

    >>> apart_from_rings({"x": "y", "y": "x"}, [("a", "x")])
    [('a', 'x')]
    """
    fine = []
    for friend, referrer in pairs:
        seen, step = set(), referrer
        while step is not None and step != friend and step not in seen:
            seen.add(step)
            step = above.get(step)
        if step != friend:
            above[friend] = referrer
            fine.append((friend, referrer))
    return fine
