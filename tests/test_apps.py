"""Beside other Odoo apps: one database with the apps that our glue addons join, and the tests that need them, run by Odoo."""

import ast
import re
import subprocess
import sys

import pytest
import support

MANIFESTS = {
    path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8")) for path in support.ROOT.glob("addons/*/__manifest__.py")
}
GLUE = sorted(name for name, manifest in MANIFESTS.items() if manifest.get("auto_install"))
APPS = sorted({app for name in GLUE for app in MANIFESTS[name]["depends"]} - MANIFESTS.keys())
#: Beyond what glue addons need: apps whose presence has broken something of ours.
FURTHER = ["pos_sale"]
#: Tests of ours that have failed beside an app though they passed without.
SENSITIVE = ["loyalty_membership:TestRights"]


@pytest.fixture(scope="module")
def apps():
    """A database where a shop has added these apps to our addon; its name."""
    with support.database() as name:
        install = support.odoo(
            "-d", name, "-i", ",".join([*APPS, *FURTHER]), "--stop-after-init", "--no-http", "--log-level=warn"
        )
        done = subprocess.run(install, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        trouble = [line for line in done.stderr.splitlines() if re.match(r"\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ", line)]
        assert not trouble, "\n".join(trouble)
        yield name


def test_glue_addons_install_themselves_beside_their_apps(apps):
    installed = support.sql(apps, "SELECT name FROM ir_module_module WHERE state = 'installed' AND auto_install")
    assert set(GLUE) <= {name for (name,) in installed}


def test_what_needs_other_apps_works_beside_them(apps):
    """Odoo's own runner; what fails is told by it."""
    command = [sys.executable, support.ROOT / "bin/lib/native_tests.py", apps, support.free_port(), 40, *GLUE, *SENSITIVE]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    told = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if " INFO " not in line or "skipped" in line)
    assert done.returncode == 0, told[-8000:]
