"""A program of a size that no demo has: members, purchases and the ledger, made set-wise by sql/generate.sql."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import _inside
import support
from _figures import Progress

SQL = Path(__file__).parent / "sql"
TZ = "Asia/Shanghai"
#: name, and threshold in units of what a member has earned on average
TIERS = (("普通", 0), ("银卡", 1.4), ("金卡", 3), ("钻石", 9))
TABLES = (
    *("loyalty_card", "loyalty_member", "loyalty_member_identity", "loyalty_transaction", "loyalty_transaction_line"),
    *("loyalty_points_entry", "loyalty_points_allocation"),
)


def generate(name, members, entries_each, journal=False):
    """Fill database `name`; what statements about its program need to know.

    :param journal: with the purchase of each earned entry
    """
    values = _program(name, entries_each) | {
        "now": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        "today": datetime.now(ZoneInfo(TZ)).date(),
    }
    statements = [part for part in (SQL / "generate.sql").read_text().split(";\n") if part.strip()]
    with contextlib.closing(support.connect(name)) as connection, connection.cursor() as cursor:
        later = _strip(cursor)
        with Progress("steps of the generator", len(statements) + len(later) + 1) as progress:
            for statement in statements:
                cursor.execute(statement, dict(values, members=members, each=entries_each, journal=journal))
                progress.add(1)
            for statement in later:
                cursor.execute(statement)
                progress.add(1)
            cursor.execute("DISCARD TEMP")  # while there is a bar: at the end of a session it would hold up who copies it
            cursor.execute("VACUUM ANALYZE")
            progress.add(1)
    return values


def _program(name, entries_each):
    """Make the program, its rule, tiers and stores."""
    with _inside.environment(name) as env:
        made = env["loyalty.program"].create({
            "name": "Members", "is_membership": True, "tz": TZ, "phone_country_id": env.ref("base.cn").id, "hold_days": 15,
            "tier_validity_months": 12,
            "expiry_policy": "rolling", "expiry_number": 2, "expiry_unit": "year",
            "tier_metric": "qualifying_points", "tier_window": "lifetime",
        })  # fmt: skip
        rule = env["loyalty.earning.rule"].create({"program_id": made.id, "name": "Base", "points_mode": "money", "points": 1})
        average = 125 + 35 * (entries_each - 3)
        env["loyalty.tier"].create([
            {"program_id": made.id, "name": title, "threshold": factor * average} for title, factor in TIERS
        ])
        teams = env["crm.team"].create([{"name": f"门店 {number + 1}"} for number in range(20)])
        categories = env["product.category"].create([{"name": f"Category {number}"} for number in range(10)])
        env.cr.commit()
        result = {
            "program": made.id, "company": made.company_id.id or None, "currency": made.currency_id.id, "rule": rule.id,
            "teams": teams.ids, "categories": categories.ids, "tz": TZ,
        }  # fmt: skip
    _inside.close(name)
    return result


def _strip(cursor):
    """Take indexes and foreign keys off the tables; the statements that bring them back, and so check every row."""
    cursor.execute(
        """SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
                  format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
             FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])""",
        [list(TABLES)],
    )
    keys = cursor.fetchall()
    cursor.execute(
        """SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
             FROM pg_index i WHERE indrelid = ANY(%s::regclass[])
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)""",
        [list(TABLES)],
    )
    indexes = cursor.fetchall()
    for drop, _restore in keys + indexes:
        cursor.execute(drop)
    return [restore for _drop, restore in indexes + keys]
