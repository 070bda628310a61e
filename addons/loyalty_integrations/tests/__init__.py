from . import test_message, test_outbox
