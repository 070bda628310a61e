"""A list of members moved in from the screen: the page is reloaded, the import stopped and resumed, and the server killed."""

import re
import time

import pytest
import support
import xlsxwriter

pytestmark = pytest.mark.server(options=("--max-cron-threads=1",))
MEMBERS, LOTS, EACH = 4_000, 400, 2
LEFT_OUT = 3
ROWS = MEMBERS + LEFT_OUT + LOTS * EACH
PATIENCE = 120
RESULT = ".o_form_view [name=progress] .text-nowrap"

CLUB = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({
    "name": "Club", "is_membership": True, "company_id": env.company.id, "phone_country_id": env.ref("base.cn").id,
})
result = program.id
"""

#: A job reads a file, and between a chunk of it and its commit somebody stops the import and uploads another one.
REPLACE = """
import base64
from odoo.addons.loyalty_membership.models import loyalty_member_import_file as reading

env.ref("loyalty_membership.cron_member_import").active = False
lines = ["name,phone", *(f"N{number},138{number:08d}" for number in range(20))]
first, second = (base64.b64encode("\\n".join([lines[0], *part]).encode()) for part in (lines[1:13], lines[13:]))
record = env["loyalty.member.import"].create({"program_id": program, "file": first, "file_name": "members.csv"})
record.action_check()
env.cr.commit()
reading.CHUNK = 5
stage = type(record)._stage

def replace(job, sheet, rows):
    stage(job, sheet, rows)
    type(record)._stage = stage
    with env.registry.cursor() as cr:
        same = env(cr=cr)["loyalty.member.import"].browse(record.id)
        same.action_stop()
        same.write({"file": second})
        same.action_check()

type(record)._stage = replace
record._work()
record._work()
result = [record.state, record.row_ids.sorted("number").mapped(lambda row: row.raw[0])]
"""


def person(number):
    sent_by = f"139{number - 1:08d}" if number % 10 == 9 else ""
    return f"会员{number}", f"139{number:08d}", f"OLD{number}", sent_by, "" if number < LOTS else 1 + number % 7


def points():
    """What all of them have together."""
    return sum(person(number)[-1] for number in range(LOTS, MEMBERS)) + LOTS * sum(range(1, EACH + 1))


@pytest.fixture(scope="module")
def program(database, server):
    return support.run_script(database, CLUB)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    """A file with a member twice, one who sent herself, one who can't be called, and lots of points on a second sheet."""
    path = tmp_path_factory.mktemp("import") / "members.xlsx"
    bad = [("又", "13900000001", "", "", ""), ("己", "13700000001", "X1", "13700000001", 5), ("坏", "12345", "X2", "", 5)]
    sheets = {
        "会员": [("姓名", "手机号", "会员编号", "推荐人", "积分"), *map(person, range(MEMBERS)), *bad],
        "积分批次": [
            ("会员", "积分", "有效期"),
            *((f"OLD{number}", lot, f"2098-0{lot}-01") for number in range(LOTS) for lot in range(1, EACH + 1)),
        ],
    }
    with xlsxwriter.Workbook(path) as book:
        for title, rows in sheets.items():
            page = book.add_worksheet(title)
            for place, row in enumerate(rows):
                page.write_row(place, 0, row)
    return path


def press(page, name):
    page.locator(f"button[name={name}]:visible").first.click()


def wait_for(condition, database, patience=PATIENCE):
    """Until then the job is called every now and then: a worker that has just started may sleep for a minute."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("nothing happened")
        support.sql("postgres", f"NOTIFY cron_trigger, '{database}'")
        time.sleep(0.3)


def landed(database):
    return support.sql(
        database,
        """SELECT COUNT(*) FROM loyalty_member_import_row
            WHERE state IN ('created', 'filled', 'booked')""",
    )[0][0]


def shown(page):
    """How many rows the progress bar says are done, or 0."""
    found = re.match(r"([\d,]+) of", page.locator(RESULT).first.text_content() or "") if page.locator(RESULT).count() else None
    return int(found[1].replace(",", "")) if found else 0


def state(database):
    rows = support.sql(database, "SELECT state FROM loyalty_member_import")
    return rows and rows[0][0]


def upload_and_check(page, database, workbook):
    page.goto("/odoo/member-imports/new")
    page.locator("[name=file] input[type=file]").set_input_files(workbook)
    page.wait_for_selector("[name=column_ids] .o_data_row, button[name=action_check]:visible")
    press(page, "action_check")
    wait_for(lambda: state(database) == "checked", database)
    page.wait_for_selector("button[name=action_import]:visible")


def test_every_row_lands_once_whatever_happens_meanwhile(page, call, server, database, program, workbook):
    upload_and_check(page, database, workbook)
    [told] = support.sql(database, "SELECT total, count_new, count_twice, count_bad, count_points FROM loyalty_member_import")
    assert told == (ROWS, MEMBERS + 2, 1, 2, LOTS * EACH)
    assert landed(database) == 0

    press(page, "action_import")
    page.locator(".modal-footer .btn-primary").click()
    wait_for(lambda: shown(page) > LEFT_OUT, database)
    before = shown(page)
    page.reload()
    page.wait_for_selector(RESULT)
    assert shown(page) >= before

    press(page, "action_stop")
    page.wait_for_selector("button[name=action_resume]:visible")
    # The batch that was under way is finished, and summed up.
    wait_for(lambda: support.sql(database, "SELECT done_created FROM loyalty_member_import")[0][0], database)
    stopped = landed(database)
    assert 0 < stopped < ROWS - LEFT_OUT
    with pytest.raises(TimeoutError):
        wait_for(lambda: landed(database) > stopped or state(database) != "stopped", database, 3)

    press(page, "action_resume")
    wait_for(lambda: landed(database) > stopped, database)
    server.allow(r"connection|terminat|shut|Operational|Interface|cursor")
    server.kill()
    assert stopped < landed(database) < ROWS - LEFT_OUT, "it was over before it was killed"
    server.start()
    wait_for(lambda: state(database) == "done", database)
    page.wait_for_selector("[data-value=done].o_arrow_button_current")  # the page has waited for the server, too
    page.trouble[:] = [told for told in page.trouble if "ERR_CONNECTION" not in told]
    check_exact(call, database)


def check_exact(call, database):
    """Each member is there once, with what the file says, each lot is booked once, and the ledger verifies."""
    [members] = support.sql(
        database,
        """SELECT COUNT(*), COUNT(DISTINCT i.value), COUNT(DISTINCT m.card_id), SUM(m.points), COUNT(m.referrer_id)
             FROM loyalty_member m JOIN loyalty_member_identity i ON i.member_id = m.id AND i.kind = 'external'""",
    )
    sent = sum(bool(person(number)[3]) for number in range(MEMBERS))
    assert members == (MEMBERS, MEMBERS, MEMBERS, points(), sent)
    lots = support.sql(
        database,
        """SELECT n, COUNT(*) FROM (SELECT COUNT(*) AS n FROM loyalty_points_entry WHERE kind = 'opening' GROUP BY member_id) e
            GROUP BY n ORDER BY n""",
    )
    assert lots == [(1, MEMBERS - LOTS), (EACH, LOTS)]
    [done] = support.sql(database, "SELECT done_created, done_booked, done_skipped, done_failed FROM loyalty_member_import")
    assert done == (MEMBERS, LOTS * EACH, LEFT_OUT, 0)
    verified = call("loyalty.ledger.verification", "verify").json()
    assert verified["ok"], verified["problems"]


def test_a_file_that_is_replaced_while_it_is_read_leaves_no_rows(database, program):
    assert support.run_script(database, REPLACE, program=program) == ["checking", [f"N{number}" for number in range(12, 20)]]
