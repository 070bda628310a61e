from . import test_changes, test_connection, test_gate, test_message, test_outbox, test_secret
