from . import test_changes, test_connection, test_gate, test_message, test_outbox, test_secret
from . import (
    test_adapter_neocrm,
    test_adapter_neocrm_pages,
    test_adapter_neocrm_push,
    test_message,
    test_outbox,
from . import (
    test_adapter_wecom,
    test_adapter_wecom_contacts,
    test_connection_wecom,
    test_envelope,
    test_message,
    test_outbox,
    test_wecom_callback,
    test_wecom_route,
)
