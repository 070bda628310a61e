from . import loyalty_member_export
