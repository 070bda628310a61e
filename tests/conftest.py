"""Fixtures for tests from outside: what a user, a browser, a till or an operator does to a real server.

    def test_join(api):                             # one database and one server a module; api calls as admin
        answer = api("enroll", name="Li Lei", phone="13800138000", source="test", reference="1")
        assert answer.status_code == 200 and answer.json()["created"]

    def test_partner(call):                         # any model
        assert call("res.partner", "search_count", domain=[]).json() > 0

    def test_as_clerk(server, api_key):             # any user; the user must exist (support.run_script makes one)
        client = Client(server.url, api_key("clerk"))

    def test_form(page):                            # chromium, logged in as admin; console errors fail the test
        page.goto("/odoo/contacts")

    @pytest.mark.page(lang="zh_CN")                 # in Chinese
    def test_chinese(page): ...

    pytestmark = pytest.mark.server(workers=2)      # this module's server has worker processes
    pytestmark = pytest.mark.server(workers=2, own_postgres=True)
                                                    # ... and a PostgreSQL of its own: `postgres.restart("immediate")`
    server.kill(); server.start()                   # a crash
    server.allow("could not serialize")             # an error line of its log that the test causes on purpose

Plain functions under them are in support.py. These run in pytest without pytest-odoo (`bin/test` sees to it): playwright and
Odoo's gevent don't mix, and nothing here may reach into the server's process.
"""

import contextlib
import functools

import pytest
import support

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config):
    config.addinivalue_line("markers", "server(workers=0, own_postgres=False, options=()): the module's server")
    config.addinivalue_line("markers", "page(lang='en_US', login='admin'): the page's user and language")


def _server_options(node):
    marker = node.get_closest_marker("server")
    return {"workers": 0, "own_postgres": False, "options": (), **(marker.kwargs if marker else {})}


@pytest.fixture(scope="module")
def postgres(request):
    """The module's own PostgreSQL (`support.Cluster`), or None: it uses the shared one."""
    if not _server_options(request.node)["own_postgres"]:
        yield None
        return
    with support.Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def database(postgres):
    """The name of a fresh copy of the template; one a module."""
    if postgres:
        yield postgres.copy_template()
        return
    with support.database() as name:
        yield name


@pytest.fixture(scope="module")
def server(request, database, postgres):
    """A real server for the module's database. Unexpected ERROR lines in its log fail the module's last test."""
    options = _server_options(request.node)
    with support.Server(database, options["workers"], postgres, options["options"]) as running:
        yield running
        running.stop()
        running.check_log()


@pytest.fixture(scope="module")
def api_key(database, postgres):
    """api_key(login="admin"): that user's API key."""
    return functools.cache(lambda login="admin": support.api_key(database, login, postgres))


@pytest.fixture(scope="module")
def call(server, api_key):
    """call(model, method, **arguments) as admin: the requests.Response. A `support.Client`."""
    return support.Client(server.url, api_key())


@pytest.fixture(scope="module")
def api(call):
    """api(method, **arguments): the facade loyalty.api, as admin."""
    return functools.partial(call, "loyalty.api")


@pytest.fixture(scope="module")
def deaf():
    """A system that takes calls and never answers."""
    from outbox import Deaf

    with Deaf() as system:
        yield system


@pytest.fixture(scope="module")
def receiver():
    """A receiver of webhooks that keeps what it is told."""
    from outbox import WebhookReceiver

    with WebhookReceiver() as fake:
        yield fake


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as playwright,
        # Three minutes: the first start on a fresh machine reads a cold disk while other tests run.
        contextlib.closing(playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=180_000)) as running,
    ):
        yield running


@pytest.fixture
def page(request, browser, server, call):
    """A playwright page, logged in. `page.trouble` lists console errors and uncaught exceptions; any left over fails the test."""
    marker = request.node.get_closest_marker("page")
    wanted = {"lang": "en_US", "login": "admin", **(marker.kwargs if marker else {})}
    users = call("res.users", "search", domain=[("login", "=", wanted["login"])]).json()
    assert call("res.users", "write", ids=users, vals={"lang": wanted["lang"]}).ok, f"no language {wanted['lang']}"
    with contextlib.closing(browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900})) as context:
        opened = context.new_page()
        opened.set_default_timeout(120_000)  # the first visit compiles style sheets while other tests run
        opened.trouble = []
        opened.on("console", lambda message: message.type == "error" and opened.trouble.append(message.text))
        opened.on("pageerror", lambda error: opened.trouble.append(str(error)))
        log_in(opened, wanted["login"])
        yield opened
        assert not opened.trouble, f"the browser's console: {opened.trouble}"


def log_in(page, login, password=None):
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password or login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client, #wrapwrap:not(:has(input[name=password]))")
