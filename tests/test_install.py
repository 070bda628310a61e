"""What an operator meets: bin/serve and bin/odoo on a good day and on bad ones. They use the cache that bin/test has built."""

import contextlib
import http.server
import os
import pty
import re
import select
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests
import support

SERVE = support.ROOT / "bin/serve"


def outside_environment(**changes):
    """This process's environment as an operator's shell would have it; of what bin/test added, PostgreSQL's is kept."""
    added = ("ODOO_", "TEMPLATE", "PYTHONPATH", "VIRTUAL_ENV", "PYTEST")
    kept = {name: value for name, value in os.environ.items() if name == "ODOO_HOME" or not name.startswith(added)}
    return {**kept, **changes}


def run(*command, timeout=120, **changes):
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=outside_environment(**changes),
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )


def refusal(done):
    """The one line that a refused start says, after those of the steps that went well."""
    assert done.returncode == 1, done
    lines = [line for line in done.stderr.strip().splitlines() if not re.search(r": (done in )?\d+ s ?$", line)]
    assert len(lines) == 1, f"one clear line, please: {done.stderr}"
    return lines[0]


@pytest.fixture
def copy():
    """A database as bin/serve leaves it, on the shared PostgreSQL."""
    with support.database() as name:
        yield name


@contextlib.contextmanager
def serving(*options):
    """bin/serve in a terminal of its own, as soon as it serves: (what it said, its process, the terminal)."""
    terminal, end = pty.openpty()
    # A session of its own with this terminal, so that ^C typed into it reaches bin/serve and nothing else.
    command = ["setsid", "--ctty", str(SERVE), *options]
    process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=outside_environment())
    os.close(end)
    said = []
    try:
        read_until(terminal, said, "Ctrl-C stops it.")
        yield "".join(said), process, terminal
    finally:
        process.terminate()
        process.wait(60)
        os.close(terminal)


def read_until(terminal, said, text, timeout=120):
    deadline = time.monotonic() + timeout
    while text not in "".join(said):
        assert time.monotonic() < deadline, "".join(said)
        if select.select([terminal], [], [], 1)[0]:
            try:
                said.append(os.read(terminal, 4096).decode(errors="replace"))
            except OSError:  # the other end is gone
                pytest.fail("bin/serve ended early: " + "".join(said))


def test_help_names_every_option():
    done = run(SERVE, "--help")
    assert done.returncode == 0
    for option in ("--database", "--port", "--no-demo", "--lang", "--workers", "--stop-after-init", "--reset"):
        assert option in done.stdout
    for command in ("bin/test", "bin/bench"):
        assert run(support.ROOT / command, "--help").stdout.startswith(command)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--prot", "8070"], "--prot"),
        (["--port", "http"], "--port"),
        (["--port", "70000"], "70000"),
        (["--lang", "chinese; rm -rf"], "--lang"),
        (["--database", "a b"], "'a b'"),
        (["--database"], "database"),
    ],
)
def test_a_wrong_option_is_named(options, named):
    said = refusal(run(SERVE, *options))
    assert named in said


def test_a_busy_port_is_told_with_another_to_take():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        said = refusal(run(SERVE, "--port", other.server_port))
        other.shutdown()
    assert f"Port {other.server_port} is busy" in said
    assert "--port" in said


def test_a_wrong_odoo_home_is_told(tmp_path):
    said = refusal(run(SERVE, "--stop-after-init", ODOO_HOME=tmp_path))
    assert f"ODOO_HOME={tmp_path}" in said
    (tmp_path / "odoo-bin").touch()
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    assert "not Odoo 19" in refusal(run(SERVE, "--stop-after-init", ODOO_HOME=tmp_path))


def test_a_cache_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    said = refusal(run(SERVE, "--stop-after-init", LOYALTY_CACHE=tmp_path / "file/cache"))
    assert "LOYALTY_CACHE" in said


def test_a_full_disk_is_told(tmp_path):
    """`df` says how much is free; a stand-in says none."""
    df = tmp_path / "bin/df"
    df.parent.mkdir()
    df.write_text("#!/bin/sh\nprintf 'Filesystem 1M-blocks Used Available Capacity Mounted\\n/dev/x 9 9 0 100%% /\\n'\n")
    df.chmod(0o755)
    said = refusal(run(SERVE, "--stop-after-init", LOYALTY_CACHE=tmp_path / "cache", PATH=f"{df.parent}:{os.environ['PATH']}"))
    assert "disk is full" in said
    assert "LOYALTY_CACHE" in said


@pytest.fixture
def offline(tmp_path):
    """The environment of a machine without network and with an empty cache: a stand-in for apt-get fails as the real one does."""
    if "ODOO_HOME" in os.environ:
        pytest.skip("with an ODOO_HOME nothing is downloaded")
    apt = tmp_path / "bin/apt-get"
    apt.parent.mkdir()
    apt.write_text(
        "#!/bin/sh\n"
        'case "$*" in *indextargets*) echo "Packages|Debian|Debian|main|http://mirror.invalid/debian/|stable"; exit;; esac\n'
        "echo \"E: Failed to fetch http://mirror.invalid/ Temporary failure resolving 'mirror.invalid'\"; exit 100\n"
    )
    apt.chmod(0o755)
    cache = tmp_path / "cache"
    cache.mkdir()
    for package in ("fonts-noto-cjk", "wkhtmltopdf"):
        (cache / f".without-{package}").touch()
    path = f"{apt.parent}:{os.environ['PATH']}"
    return {"LOYALTY_CACHE": cache, "PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}


def test_no_network_is_told(offline):
    assert "no network" in refusal(run(SERVE, "--stop-after-init", **offline))
    assert not (offline["LOYALTY_CACHE"] / "odoo-19").exists()


def test_a_postgresql_that_does_not_answer_is_told(tmp_path):
    said = refusal(run(support.ROOT / "bin/odoo", "--version", PGHOST=tmp_path))
    assert f"PostgreSQL at {tmp_path} does not answer" in said


def test_a_half_made_cache_is_completed(offline):
    """A start killed while it unpacked Odoo, another while it filled the virtual environment: neither half is taken for a whole.

    The rebuilding itself is the same as the building; here it is enough to see it begin again.
    """
    real, cache = Path(os.environ["ODOO_DATA_DIR"]).parent, offline["LOYALTY_CACHE"]
    (cache / "odoo-19.new/tree/usr").mkdir(parents=True)
    assert "Downloading Odoo 19" in refusal(run(SERVE, "--stop-after-init", **offline))
    (cache / "odoo-19").symlink_to(real / "odoo-19")
    assert "Installing the Python requirements" in refusal(run(SERVE, "--stop-after-init", **offline))
    (half,) = cache.glob("venv-*")
    (half / "bin/python").unlink()
    (half / "bin/python").write_text("half a file")
    assert "Installing the Python requirements" in refusal(run(SERVE, "--stop-after-init", **offline))
    assert (half / "bin/python").is_symlink(), "the half-made environment was taken for a whole one"


def test_second_start_serves_and_ctrl_c_stops_it(copy):
    port = support.free_port()
    started = time.monotonic()
    with serving("--database", copy, "--port", str(port)) as (said, process, terminal):
        took = time.monotonic() - started
        assert f"http://localhost:{port}" in said
        assert re.search(r"Login: admin +Password: admin", said)
        session = requests.Session()
        page = session.get(f"http://localhost:{port}/web/login").text
        token = re.search(r'name="csrf_token" value="(\w+)"', page).group(1)
        form = {"login": "admin", "password": "admin", "csrf_token": token}
        assert session.post(f"http://localhost:{port}/web/login", data=form).url.endswith(("/odoo", "/web"))
        listing = {"jsonrpc": "2.0", "params": {}}
        refused = requests.post(f"http://localhost:{port}/web/database/list", json=listing, timeout=30).json()
        assert "error" in refused, "the list of databases is nobody's business"
        os.write(terminal, b"\x03")
        assert process.wait(60) == 130
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://localhost:{port}/web/health", timeout=30)
    assert took < 60, "some 4 s on an idle machine; this bound is for the busiest"


def test_a_database_whose_files_are_gone_is_told_and_served(copy):
    shutil.rmtree(support.filestore(copy))
    done = run(SERVE, "--database", copy, "--stop-after-init")
    assert done.returncode == 0
    assert f"The files of database {copy} are gone" in done.stderr
    left = support.sql(copy, "SELECT count(*) FROM ir_attachment WHERE url LIKE '/web/assets/%%'")
    assert left == [(0,)], "style sheets that can't be read would leave the login page empty"


def test_odoo_shell_runs_a_script_and_tells_its_failure(copy):
    command = [str(support.ROOT / "bin/odoo"), "shell", "-d", copy, "--no-http", "--log-level=error"]
    good = subprocess.run(command, input="print('users', env['res.users'].search_count([]))", capture_output=True, text=True)
    assert good.returncode == 0
    assert re.search(r"^users \d+$", good.stdout, re.MULTILINE)
    assert subprocess.run(command, input="1 / 0", capture_output=True, text=True).returncode != 0


def test_a_changed_addon_is_upgraded_once(copy, tmp_path):
    """A copy of the checkout, one addon file changed: the next start upgrades the database, the one after does not."""
    checkout = tmp_path / "checkout"
    for name in ("addons", "bin"):
        shutil.copytree(support.ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("odoo.conf", "requirements.txt", "requirements-dev.txt", "requirements-queue.txt"):
        shutil.copy2(support.ROOT / name, checkout / name)
    serve = [checkout / "bin/serve", "--database", copy, "--stop-after-init"]
    assert "Upgrading" not in run(*serve).stderr
    manifest = checkout / "addons/loyalty_membership/__manifest__.py"
    manifest.write_text(manifest.read_text() + "# changed\n")
    first, second = run(*serve, timeout=300), run(*serve)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert f"-u {manifest.parent.name}" in first.stderr
    assert "Upgrading" not in second.stderr
