"""The browser that the addon tests start: slow is fine, missing is a failure, never a skip."""

import os
import subprocess
import sys

import pytest
import support

#: Odoo's own limit is a second here, ten times shorter than it is.
START = """
from odoo.tests import common
import logging, patient_browser, types

common.CHECK_BROWSER_SLEEP, common.BROWSER_WAIT = 0.01, 1.0
patient_browser.install()
case = types.SimpleNamespace(_logger=logging.getLogger(), browser_size="800x600", touch_enabled=False)
common.get_db_name = lambda: "none"
browser = common.ChromeBrowser(case)
print(browser._websocket_request("Browser.getVersion")["product"])
browser.stop()
"""


@pytest.fixture
def start(tmp_path):
    """start(script): what starting a browser test says where this script is the machine's browser."""

    def run(script):
        browser = tmp_path / "google-chrome"
        browser.write_text(f"#!/bin/sh\n{script}\n")
        browser.chmod(0o755)
        paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": f"{support.ROOT}/bin/lib:{os.environ['PYTHONPATH']}"}
        return subprocess.run(
            [sys.executable, "-c", START], env={**os.environ, **paths}, capture_output=True, text=True, timeout=120
        )

    return run


def test_a_browser_that_starts_late_is_waited_for(start):
    done = start('sleep 2; exec chromium "$@"')
    assert done.returncode == 0, done.stderr
    assert "Chrome" in done.stdout


def test_a_browser_that_does_not_start_is_a_failure_and_no_skip(start):
    done = start("echo not today >&2; exit 1")
    assert done.returncode == 1
    assert "AssertionError: No browser, no proof" in done.stderr
    assert "not today" in done.stderr
