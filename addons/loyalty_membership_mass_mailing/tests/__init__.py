from . import test_opened
