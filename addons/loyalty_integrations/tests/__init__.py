# ruff: noqa: I001 - a line each, so that those who work at once don't meet
from . import test_adapter_kingdee
from . import test_adapter_kingdee_failures
from . import test_adapter_kingdee_pull
from . import test_adapter_kingdee_push
from . import test_adapter_neocrm
from . import test_adapter_neocrm_pages
from . import test_adapter_neocrm_push
from . import test_adapter_wecom
from . import test_adapter_wecom_contacts
from . import test_changes
from . import test_connection
from . import test_envelope
from . import test_gate
from . import test_kingdee_connection
from . import test_message
from . import test_outbox
from . import test_secret
