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
