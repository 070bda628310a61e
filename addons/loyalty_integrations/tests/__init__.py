from . import test_changes, test_connection, test_gate, test_message, test_outbox, test_secret
from . import (
    test_adapter_neocrm,
    test_adapter_neocrm_pages,
    test_adapter_neocrm_push,
    test_message,
    test_outbox,
)
