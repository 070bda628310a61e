from . import (
    test_adapter_neocrm,
    test_adapter_neocrm_pages,
    test_adapter_neocrm_push,
    test_message,
    test_outbox,
)
