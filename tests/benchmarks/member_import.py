"""Moving members in from a workbook, against a plain create of the same people as Odoo's contacts.

An .xlsx of as many members as there are rows (name, phone, e-mail, birthday, gender, store, tier, old number, points with their
last day, city, consent) is uploaded, read, checked and imported, by the methods that the job calls, with all commits. A part of
the same people is created as contacts alone before it and after it. Printed: rows a second of each step and of all, the ratio to
the contacts, the peak memory of the process, and whether ledger and members are as the file says. The bounds are 600 seconds and
1 GB for 100,000 rows; ends with 1 if one is broken.
"""

import argparse
import base64
import contextlib
import os
import resource
import tempfile
import time
from datetime import date, timedelta

import _inside
import support
import xlsxwriter
from _figures import Progress, figure

BOUND_SECONDS, BOUND_BYTES, FULL = 600, 1024**3, 100_000
HEADERS = (
    "姓名",
    "手机号",
    "邮箱",
    "生日",
    "性别",
    "门店",
    "会员等级",
    "会员编号",
    "剩余积分",
    "积分有效期",
    "城市",
    "营销许可",
    "备注",
)
TIERS = (("普通", 0), ("银卡", 2000), ("金卡", 10000), ("钻石", 50000))
BATCH = 500


def person(number):
    """A row of the file; every value depends on the number alone."""
    return (
        f"会员{number:06d}", f"138{number:08d}", f"member{number}@example.com", f"{1950 + number % 60}-{1 + number % 12:02d}-15",
        "女" if number % 2 else "男", f"门店 {1 + number % 5}", TIERS[number % 4][0], f"OLD{number:06d}", number % 1000,
        date(2098, 1, 1) + timedelta(days=number % 365), "上海", "短信" if number % 3 else "否", "",
    )  # fmt: skip


def workbook(rows):
    """The file, as bytes."""
    with tempfile.TemporaryFile() as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            sheet, day = book.add_worksheet("会员"), book.add_format({"num_format": "yyyy-mm-dd"})
            sheet.write_row(0, 0, HEADERS)
            for number in range(rows):
                for place, cell in enumerate(person(number)):
                    sheet.write(number + 1, place, cell, day if isinstance(cell, date) else None)
        file.seek(0)
        return file.read()


def create_contacts(env, numbers):
    """Seconds, and of them this process's processor's, of contacts made in committed batches of an import's size."""
    contacts = env["res.partner"].with_context(tracking_disable=True, mail_create_nolog=True)
    start, busy = time.perf_counter(), time.process_time()
    for first in range(0, len(numbers), BATCH):
        contacts.create([
            {"name": name, "phone": phone, "email": email, "city": city}
            for name, phone, email, *_rest, city, _consent, _note in map(person, numbers[first : first + BATCH])
        ])
        env.cr.commit()
        env.invalidate_all()
    return time.perf_counter() - start, time.process_time() - busy


def make_program(env):
    program = env["loyalty.program"].create({
        "name": "Members", "is_membership": True, "tz": "Asia/Shanghai", "phone_country_id": env.ref("base.cn").id,
    })  # fmt: skip
    env["loyalty.tier"].create([{"program_id": program.id, "name": name, "threshold": value} for name, value in TIERS])
    env["crm.team"].create([{"name": f"门店 {number + 1}"} for number in range(5)])
    env.cr.commit()
    return program


def take_steps(record, rows):
    """Seconds of each step of the job."""
    took = {}
    while (state := record.state) in ("reading", "checking", "running"):
        with Progress(state, rows) as progress:
            record._work()
            record.env.cr.commit()
            record.env.invalidate_all()
            progress.add(rows)
        took[state] = took.get(state, 0) + progress.seconds
    return took


def move_in(env, program, content, rows):
    """Upload, check and import the file; (the import, seconds of each step)."""
    start = time.perf_counter()
    record = env["loyalty.member.import"].create({
        "program_id": program.id, "file": base64.b64encode(content), "file_name": "members.xlsx",
    })  # fmt: skip
    env.cr.commit()
    took = {"uploading": time.perf_counter() - start}
    for action in ("action_check", "action_import"):
        getattr(record, action)()
        env.cr.commit()
        took |= take_steps(record, rows)
    return record, took


def is_right(env, record, rows):
    """Whether members, balances and ledger are as the file says."""
    members = env["loyalty.member"].search_count([("program_id", "=", record.program_id.id)])
    [(points,)] = env["loyalty.points.entry"]._read_group([("program_id", "=", record.program_id.id)], [], ["points:sum"])
    verified = env["loyalty.ledger.verification"].verify(record.program_id.id)
    wanted = (rows, rows, sum(number % 1000 for number in range(rows)), [])
    found = (record.done_created, members, points, verified["problems"])
    figure("member_import result", "ok" if found == wanted else "WRONG", "" if found == wanted else f"{found}, not {wanted}")
    return found == wanted


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench member_import", description=__doc__)
    parser.add_argument("--rows", type=int, default=FULL, help=f"members in the file (default: {FULL:,})")
    options = parser.parse_args(argv)
    rows, content = options.rows, workbook(options.rows)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database(os.environ["TEMPLATE"]))
        stack.callback(_inside.close, name)
        env = stack.enter_context(_inside.environment(name))
        program, beside = make_program(env), max(BATCH, rows // 20)
        # Beyond the file's own people: whom Odoo has already becomes the member.
        before = create_contacts(env, range(rows, rows + beside))
        busy = time.process_time()
        record, took = move_in(env, program, content, rows)
        busy = time.process_time() - busy
        after = create_contacts(env, range(rows + beside, rows + 2 * beside))
        fine = is_right(env, record, rows)
    for step, seconds in took.items():
        figure(f"member_import {step}", f"{rows / seconds:,.0f}", f"rows a second ({seconds:.0f} s)")
    total, peak = sum(took.values()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    plain, plain_busy = ((one + other) / 2 / beside * rows for one, other in zip(before, after, strict=True))
    figure(
        f"member_import {rows:,} rows",
        f"{rows / total:,.0f}",
        f"rows a second ({total:.0f} s; bound {BOUND_SECONDS} s for {FULL:,})",
    )
    figure(
        "member_import beside plain contacts", f"{total / plain:.2f}",
        f"x the time ({rows / plain:,.0f} contacts a second; {busy / plain_busy:.2f} x its processor, {busy:.0f} s)",
    )  # fmt: skip
    figure("member_import peak memory", f"{peak / 1024**2:,.0f}", f"MB (bound {BOUND_BYTES / 1024**2:,.0f})")
    return 0 if fine and total * FULL / rows <= BOUND_SECONDS and peak <= BOUND_BYTES else 1


if __name__ == "__main__":
    raise SystemExit(main())
