from . import loyalty_member_export, loyalty_member_import, loyalty_member_papers, unsubscribe
