"""What stands on a statement, as labels and values in the member's language: paper and workbook show the same."""

from odoo.tools import format_date

from ..domain.export import Column


def about(member, statement):
    """Whose statement it is, and of what: (label, value) pairs; who has no tier gets no line of it."""
    env = member.env
    # sudo: marketing knows members by name and reads no customer; other numbers of the person are on entries, too
    known = member.sudo()
    pairs = (
        (env._("Member"), known.partner_id.name),
        (env._("Number"), known.code),
        (env._("Merged Into This"), ", ".join((known._with_merged() - known).mapped("code"))),
        (env._("Merged Into"), known.merged_into_id.code),
        (env._("Program"), known.program_id.name),
        (env._("Tier"), known.tier_id.name),
        (env._("Tier Valid Until"), known.tier_until),
        (env._("Period"), period(env, statement)),
    )
    return [(label, value) for label, value in pairs if value]


def period(env, statement):
    last = format_date(env, statement.last)
    if not statement.first:
        return env._("up to %s", last)
    return env._("%(first)s to %(last)s", first=format_date(env, statement.first), last=last)


def balances(env, statement):
    """What there was, what moved, what there is; the last is the sum of the others."""
    return [
        (env._("Opening Balance"), statement.opening),
        (env._("Added"), statement.added),
        (env._("Points Out"), -statement.taken),
        (env._("Closing Balance"), statement.closing),
    ]


def today(env, statement):
    """What there is on the day of printing, whatever the period."""
    pairs = [(env._("Available"), statement.available)]
    if statement.pending:
        pairs.append((env._("Pending"), sum(due.points for due in statement.pending)))
    if statement.expiring:
        pairs.append((env._("Expires In 90 Days"), sum(due.points for due in statement.expiring)))
    return pairs


def notes(member, statement, shown):
    """What must be said of the movements: (above them, below them).

    :param shown: how a number or a day is written
    """
    env, above = member.env, None
    if statement.left_out:
        above = env._(
            "These are the newest %(shown)s movements of this period. %(left_out)s older ones are in the totals and not in this "
            "list: the Excel file of this statement has them all.",
            shown=shown(statement.shown),
            left_out=shown(statement.left_out),
        )
    return above, env._(
        "Movements are in the order of when they happened, in the time zone %s. What was reported later stands on its own day. "
        "Pending points count from the day on which they can be spent.",
        member.program_id.tz,
    )


def tables(env, statement):
    """The small tables that have rows: (title, columns, rows)."""
    points = Column("points", env._("Points"), "number")
    every = (
        (
            env._("By Kind"),
            (
                Column("kind", env._("Kind")),
                Column("count", env._("Entries"), "number"),
                Column("added", env._("Added"), "number"),
                Column("taken", env._("Points Out"), "number"),
            ),
            [(total.kind, total.count, total.added or None, -total.taken or None) for total in statement.totals],
        ),
        (
            env._("Pending"),
            (Column("day", env._("Can Be Spent From"), "date"), points),
            [(due.day, due.points) for due in statement.pending],
        ),
        (
            env._("Expires In 90 Days"),
            (Column("day", env._("Last Day"), "date"), points),
            [(due.day, due.points) for due in statement.expiring],
        ),
    )
    return [table for table in every if table[2]]


def movement_columns(env):
    return (
        Column("day", env._("Date"), "date"),
        Column("what", env._("What For"), "long"),
        Column("added", env._("Added"), "number"),
        Column("taken", env._("Points Out"), "number"),
        Column("balance", env._("Balance"), "number"),
        Column("last_day", env._("Last Day"), "date"),
        Column("reference", env._("Reference")),
    )


def movement(line):
    """A movement in the order of its columns."""
    added, taken = line.sides
    return line.day, line.what, added, taken and -taken, line.balance, line.last_day, line.reference
