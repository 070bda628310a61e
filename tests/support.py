"""Databases, servers and callers for the tests in this folder and for tests/benchmarks.

Everything runs through `bin/test` or `bin/bench`, which prepare the environment: Odoo (ODOO_BIN, ODOO_RC, ...), PostgreSQL
(PGHOST, ...) and TEMPLATE, the name of a database with our addons, zh_CN and no demo data; its administrator is admin/admin.

    with database() as name, Server(name, workers=2) as server:
        client = Client(server.url, api_key(name))
        response = client("res.partner", "create", vals_list=[{"name": "Li Lei"}])    # a requests.Response
        server.kill()                                                                 # SIGKILL, workers too
        server.start()
"""

import contextlib
import itertools
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import psycopg2
import requests

ROOT = Path(__file__).resolve().parent.parent
RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ [A-Z]+ )", re.MULTILINE)
TROUBLE = re.compile(r"\S+ \S+ \d+ (ERROR|CRITICAL) ")
# Two at once on the same row: PostgreSQL refuses one and Odoo runs it again, but logs the refusal.
RETRIED = re.compile(r"could not serialize access|deadlock detected")
_numbers = itertools.count(1)


# ---- Databases -------------------------------------------------------------------------------------------------------


def connect(name="postgres", cluster=None):
    """A psycopg2 connection, autocommit, to a database; of a `Cluster` if one is given."""
    connection = psycopg2.connect(dbname=name, **(cluster.parameters if cluster else {}))
    connection.autocommit = True
    return connection


def sql(name, statement, parameters=None, cluster=None):
    """Run one statement in database `name`; its rows as a list of tuples, or None where it yields none."""
    with contextlib.closing(connect(name, cluster)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else None


def filestore(name):
    return Path(os.environ["ODOO_DATA_DIR"]) / "filestore" / name


def copy_database(source=None, name=None):
    """Copy the template (or another database that nobody is connected to) in about a second; the copy's name.

    Commits to a copy don't wait for the disk: a test's data need not survive a power cut. They do survive SIGKILL.
    """
    source = source or os.environ["TEMPLATE"]
    name = name or f"loyalty_test_{os.getpid()}_{next(_numbers)}"
    sql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    sql("postgres", f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    if filestore(source).is_dir():  # named by content, never rewritten: links will do
        shutil.copytree(filestore(source), filestore(name), copy_function=os.link, dirs_exist_ok=True)
    return name


def drop_database(name, patience=60):
    """Drop it; PostgreSQL refuses while its own vacuum works there, whose process is not ours to end."""
    end = time.monotonic() + patience
    while True:
        try:
            sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            break
        except psycopg2.errors.InsufficientPrivilege:
            if time.monotonic() > end:
                raise
            time.sleep(1)
    shutil.rmtree(filestore(name), ignore_errors=True)


@contextlib.contextmanager
def database(source=None):
    """A fresh copy of the template for as long as the `with` lasts; its name."""
    name = copy_database(source)
    try:
        yield name
    finally:
        drop_database(name)


class Cluster:
    """A throw-away PostgreSQL server, for tests that restart or kill it: the shared one has other users.

    with Cluster() as cluster:
        name = cluster.copy_template()          # some 10 s
        with Server(name, cluster=cluster) as server:
            cluster.restart()                   # "fast": connections are cut, commits are kept; or "immediate": as if killed
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="loyalty-pg-", dir="/tmp"))  # a socket's path must be short
        self.data = self.folder / "data"
        self.parameters = {"host": str(self.folder), "port": 5432, "user": "loyalty"}
        self.environment = {"PGHOST": str(self.folder), "PGPORT": "5432", "PGUSER": "loyalty"}
        # PostgreSQL refuses to run as root.
        self._owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self._owner:
            shutil.chown(self.folder, *pwd.getpwnam("postgres")[2:4])

    def _run(self, *command):
        subprocess.run([*self._owner, *command], check=True, cwd="/", stdout=subprocess.DEVNULL)

    def __enter__(self):
        self._run(_pg("initdb"), "-D", str(self.data), "-U", "loyalty", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f"listen_addresses = ''\nport = 5432\n"
                f"unix_socket_directories = '{self.folder}'\nmax_connections = 200\njit = off\n"
            )
        self.start()
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.folder)

    def start(self):
        self._run(_pg("pg_ctl"), "-s", "-w", "-D", str(self.data), "-l", str(self.folder / "log"), "start")

    def stop(self, mode="fast"):
        self._run(_pg("pg_ctl"), "-s", "-w", "-D", str(self.data), "-m", mode, "stop")

    def restart(self, mode="fast"):
        """Stop ("fast", or "immediate" as if it had been killed) and start again."""
        self.stop(mode)
        self.start()

    def copy_template(self, name="crash"):
        """Bring a copy of the template into this cluster; its name."""
        with database() as source:
            sql("postgres", f"CREATE DATABASE \"{name}\" TEMPLATE template0 LC_COLLATE 'C'", cluster=self)
            dump = subprocess.Popen([_pg("pg_dump"), "-Fc", "-Z0", source], stdout=subprocess.PIPE)
            subprocess.run(
                [_pg("pg_restore"), "--no-owner", "-d", name],
                stdin=dump.stdout,
                check=True,
                env={**os.environ, **self.environment},
            )
            if dump.wait():
                raise RuntimeError("pg_dump failed")
            shutil.rmtree(filestore(name), ignore_errors=True)
            if filestore(source).is_dir():
                shutil.copytree(filestore(source), filestore(name), copy_function=os.link)
        return name


def _pg(command):
    return shutil.which(command) or sys.exit(f"{command} is not on the PATH: run this through bin/test or bin/bench")


# ---- Odoo ------------------------------------------------------------------------------------------------------------


def odoo(*arguments):
    """The command line that runs Odoo with this project's configuration."""
    return [sys.executable, os.environ["ODOO_BIN"], *arguments]


def run_script(name, code, cluster=None, **values):
    """Run Python `code` in `odoo shell` on database `name`, as superuser; commits, and returns what it assigned to `result`.

    `values` are variables for the code; they and the result travel as JSON. Some 4 s: prepare a module's data in one go.
    """
    with tempfile.NamedTemporaryFile(mode="r", suffix=".json") as answer:
        script = "\n".join([
            "import json",
            f"globals().update(json.loads({json.dumps(values)!r}))",
            "result = None",
            code,
            "env.cr.commit()",
            f"open({answer.name!r}, 'w').write(json.dumps(result, default=str))",
        ])
        done = subprocess.run(
            odoo("shell", "-d", name, "--no-http", "--log-level=warn"),
            input=script,
            text=True,
            capture_output=True,
            env={**os.environ, **(cluster.environment if cluster else {})},
        )
        if done.returncode:
            raise RuntimeError(f"the script failed:\n{done.stderr}")
        return json.load(answer)


def api_key(name, login="admin", cluster=None):
    """A JSON-2 API key of the user with this login, valid for a day."""
    return api_keys(name, [login], cluster)[login]


def api_keys(name, logins, cluster=None):
    """API keys of several users at the price of one, as {login: key}."""
    code = """
from datetime import datetime, timedelta
result = {}
for login in logins:
    user = env["res.users"].search([("login", "=", login)]).ensure_one()
    keys = env["res.users.apikeys"].with_user(user).sudo()
    result[login] = keys._generate("rpc", "test", datetime.now() + timedelta(days=1))
"""
    return run_script(name, code, cluster, logins=logins)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A real Odoo server on a free port of this machine: `url`, `log` (a Path), start, stop, kill, restart.

    It lives in a process group of its own. `allow` takes regular expressions of log lines that a test causes on purpose; any
    other ERROR or CRITICAL record makes `check_log` (and so the fixture) fail. `options` are further arguments of Odoo.
    """

    def __init__(self, name, workers=0, cluster=None, options=()):
        self.database = name
        self.cluster = cluster
        self.workers = workers
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.allowed = []
        self.process = None
        descriptor, path = tempfile.mkstemp(prefix=f"odoo-{name}-", suffix=".log")
        os.close(descriptor)
        self.log = Path(path)
        self._command = odoo(
            *("-d", name, "--db-filter", f"^{re.escape(name)}$", "--http-interface=127.0.0.1", f"--http-port={self.port}"),
            *(f"--gevent-port={free_port()}", f"--workers={workers}", "--max-cron-threads=0", *options),
        )

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()
        if not exc[0]:
            self.log.unlink()

    def start(self, timeout=120):
        """Start it and wait until it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(self.cluster.environment if self.cluster else {})},
                process_group=0,
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/web/health", timeout=10).ok:
                    return self
            time.sleep(0.2)
        self.kill()
        raise RuntimeError(f"the server did not start; the end of its log:\n{self.log.read_text()[-3000:]}")

    def stop(self):
        """Ask it to stop, as Ctrl-C does, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.kill()

    def kill(self):
        """SIGKILL the server and its workers, in the middle of whatever they do."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.process.pid).children(recursive=True)
            for process in [psutil.Process(self.process.pid), *family]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(family, 10)
        self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    def allow(self, pattern):
        self.allowed.append(re.compile(pattern))

    def trouble(self):
        """The ERROR and CRITICAL records of its log, with their tracebacks, that nobody allowed."""
        fine = [RETRIED, *self.allowed]
        records = (record for record in RECORD.split(self.log.read_text()) if TROUBLE.match(record))
        return [record for record in records if not any(pattern.search(record) for pattern in fine)]

    def check_log(self):
        trouble = self.trouble()
        if trouble:
            raise AssertionError(f"{len(trouble)} unexpected records in {self.log}:\n" + "".join(trouble[:10]))


class Client:
    """Calls JSON-2 methods with one API key; may be shared by threads (each has its own connection).

    client("loyalty.api", "get_member", member="M1") posts {"member": "M1"} to /json/2/loyalty.api/get_member and
    returns the requests.Response. For a method of records give `ids=[...]`; a context as `context={...}`.
    """

    def __init__(self, url, key, timeout=120):
        self.url = url
        self.key = key
        self.timeout = timeout
        self._local = threading.local()

    def __call__(self, model, method, /, **arguments):
        return self.post(f"/json/2/{model}/{method}", json=arguments)

    def post(self, path, **options):
        """POST anything, with the key: for malformed bodies and headers."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.headers["Authorization"] = f"bearer {self.key}"
        return self._local.session.post(self.url + path, timeout=self.timeout, **options)


@contextlib.contextmanager
def served(url=None, key=None, workers=2):
    """A Client for a benchmark: of the running server at `url` with API key `key`, or of a throw-away one."""
    if url:
        yield Client(url.rstrip("/"), key or os.environ["LOYALTY_KEY"])
    else:
        with database() as name, Server(name, workers=workers) as server:
            yield Client(server.url, api_key(name))
