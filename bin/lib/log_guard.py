"""pytest plugin for the addon tests: a WARNING or ERROR in Odoo's log that no test expects is a failure (OCA's habit).

A test that causes one on purpose wraps it in `self.assertLogs` or Odoo's `mute_logger`; neither reaches this handler.
"""

import logging

import pytest

# Said by the machinery that runs the tests and not by what is tested.
NOISE = (
    "Running as user 'root'",
    # The browser was still loading when its test was done.
    "Error received after termination",
)


class Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        text = f"{record.levelname} {record.name}: {record.getMessage()}"
        if not any(noise in text for noise in NOISE):
            self.records.append(text)


collector = Collector()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    logging.getLogger().addHandler(collector)
    logging.captureWarnings(True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    before = len(collector.records)
    try:
        return (yield)
    finally:
        for number in range(before, len(collector.records)):
            collector.records[number] = f"{item.nodeid}: {collector.records[number]}"


def pytest_sessionfinish(session, exitstatus):
    if collector.records and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if collector.records:
        terminalreporter.section("unexpected lines in Odoo's log (a failure)")
        for text in collector.records[:50]:
            terminalreporter.write_line(text[:1000])
