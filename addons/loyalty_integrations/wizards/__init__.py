from . import loyalty_mapping_preview, loyalty_message_send, loyalty_shown_secret
