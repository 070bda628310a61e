from . import test_kit
from . import test_kit_redemption
