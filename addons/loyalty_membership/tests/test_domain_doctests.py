import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

from odoo.tests.common import BaseCase, tagged

from .. import domain

MODULES = sorted(module.name for module in pkgutil.iter_modules(domain.__path__))


@tagged("post_install", "-at_install")
class TestDomainDoctests(BaseCase):
    def test_every_example_in_the_domain_is_true(self):
        for name in MODULES:
            module = importlib.import_module(f"{domain.__name__}.{name}")
            report = []
            runner = doctest.DocTestRunner(verbose=False)
            for example in doctest.DocTestFinder().find(module):
                runner.run(example, out=report.append)
            with self.subTest(module=name):
                self.assertFalse(runner.summarize(verbose=False).failed, "".join(report))
                self.assertTrue(runner.tries, "a module without examples")

    def test_the_domain_imports_nothing_of_odoo(self):
        for name, tree in self._trees():
            for node in ast.walk(tree):
                imported = [alias.name for alias in getattr(node, "names", ())]
                source = getattr(node, "module", None) or ""
                with self.subTest(module=name, line=getattr(node, "lineno", 0)):
                    self.assertFalse([text for text in [*imported, source] if "odoo" in text])

    def test_the_domain_holds_no_float(self):
        for name, tree in self._trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant):
                    self.assertNotIsInstance(node.value, float, f"{name}:{node.lineno}")

    def _trees(self):
        for name in MODULES:
            path = Path(domain.__path__[0], f"{name}.py")
            yield name, ast.parse(path.read_text(encoding="utf-8"))
