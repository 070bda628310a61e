from . import test_dispatch_in_job
