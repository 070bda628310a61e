import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

from odoo.tests import BaseCase, tagged

from .. import adapters, domain

#: Without the module's name, which differs between the server and a plain test.
FLAGS = doctest.IGNORE_EXCEPTION_DETAIL


@tagged("post_install", "-at_install")
class TestDomainDoctests(BaseCase):
    def test_every_example_is_true(self):
        for package in (domain, adapters):
            for found in pkgutil.iter_modules(package.__path__):
                module = importlib.import_module(f"{package.__name__}.{found.name}")
                with self.subTest(module=module.__name__):
                    self.assertFalse(doctest.testmod(module, optionflags=FLAGS).failed)

    def test_domain_and_adapters_import_nothing_of_odoo(self):
        for package in (domain, adapters):
            for path in Path(package.__path__[0]).glob("*.py"):
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    imported = [
                        alias.name for alias in getattr(node, "names", ()) if isinstance(node, (ast.Import, ast.ImportFrom))
                    ]
                    source = getattr(node, "module", None) or ""
                    with self.subTest(file=path.name):
                        self.assertFalse([name for name in [*imported, source] if name.partition(".")[0] == "odoo"])
