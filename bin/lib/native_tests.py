"""Runs the tests of the modules named, Odoo's own or ours, on a database where our addons are installed.

`odoo -u loyalty --test-tags ...` would run the at_install half of them right after `loyalty` is loaded, when our addons are
not yet: it would prove nothing about us. So all of them run here with everything loaded, through Odoo's own runner.

    native_tests.py DATABASE PORT LEAST module[:Class]...
"""

import sys

import patient_browser
from odoo.modules.registry import Registry
from odoo.tools import config


def main(database, port, least, *chosen):
    modules = sorted({name.split(":")[0] for name in chosen})
    config.parse_config(["-d", database, f"--http-port={port}", "--max-cron-threads=0", "--workers=0"], setup_logging=True)
    import odoo.http
    from odoo.service import server
    from odoo.tests import loader

    server.load_server_wide_modules()
    server.server = server.ThreadedServer(odoo.http.root)
    server.server.start(stop=False)
    Registry(database)
    patient_browser.install()
    # Only now: Odoo runs at_install tests while it loads a registry if it is told of tests before.
    config["test_tags"] = ",".join(f"/{name}" for name in chosen)
    config["test_enable"] = True
    suites = [loader.make_suite(modules, position) for position in ("at_install", "post_install")]
    results = [loader.run_suite(suite) for suite in suites]
    server.server.stop()

    ran = sum(result.testsRun for result in results)
    skipped = sum(result.skipped for result in results)
    failed = sum(result.failures_count + result.errors_count for result in results)
    if skipped:
        print(f"{skipped} tests were skipped: a skipped one is a defect.")
    if ran < int(least):
        print(f"Only {ran} tests ran; {least} were expected.")
    print(f"{max(ran - failed - skipped, 0)} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return int(bool(failed or skipped or ran < int(least)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
