"""Odoo's browser tests wait for a slow browser, and never skip because of one: a plugin of pytest, and for Odoo's own runner.

Odoo gives Chromium 10 s to start and 10 s to answer, then skips the test. The first start on a fresh machine reads a
cold disk while other tests run, and takes longer: a test that was skipped proved nothing, so here it waits, then fails.
"""

import time
import unittest

import pytest
import requests

#: Odoo's limits, times this: they are only reached where something is broken.
PATIENCE = 6


def install():
    """Let every browser test of this process start this browser instead of Odoo's."""
    from odoo.tests import common

    if hasattr(common.ChromeBrowser, "patience"):
        return
    common.CHECK_BROWSER_ITERATIONS *= PATIENCE
    common.BROWSER_WAIT *= PATIENCE
    common.ChromeBrowser = _patient(common)


def _patient(common):
    class PatientBrowser(common.ChromeBrowser):
        patience = PATIENCE

        def __init__(self, *args, **kwargs):
            try:
                super().__init__(*args, **kwargs)
            except unittest.SkipTest as problem:
                raise AssertionError(f"No browser, no proof: {problem}") from problem

        @property
        def throttling_factor(self):
            """What Odoo multiplies its limits by for a browser that it slows down itself."""
            return self._throttling_factor * PATIENCE

        @throttling_factor.setter
        def throttling_factor(self, factor):
            self._throttling_factor = factor

        def _json_command(self, command, timeout=3):
            self._wait_for_answer(timeout * PATIENCE)
            return super()._json_command(command, timeout)

        def _wait_for_answer(self, seconds):
            """Chromium tells its port before it answers there; Odoo gives up at the first answer that takes over 3 s."""
            end = time.monotonic() + seconds
            while time.monotonic() < end and self.chrome.poll() is None:
                try:
                    requests.get(f"http://{common.HOST}:{self.devtools_port}/json/version", timeout=seconds)
                    return
                except requests.RequestException:
                    time.sleep(0.2)

    return PatientBrowser


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    install()
