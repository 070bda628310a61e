from . import loyalty_message_send, loyalty_shown_secret
from . import loyalty_message_send
from . import loyalty_shown_secret
from . import loyalty_mapping_preview
