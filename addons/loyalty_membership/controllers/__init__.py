from . import loyalty_member_export
from . import loyalty_member_import
