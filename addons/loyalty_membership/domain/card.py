"""What stands on a member card."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """``qr`` is what the QR code says, ``color`` the number of the tier's colour, None without a tier."""

    number: str
    name: str
    program: str
    company: str
    qr: str
    tier: str = ""
    color: int | None = None
    logo: bytes = b""


def spaced(number: str) -> str:
    """Return a number as people read it out: long ones in groups of four digits.

    >>> spaced("0441234567890125"), spaced("VIP-7")
    ('0441 2345 6789 0125', 'VIP-7')
    """
    if not number.isdecimal() or len(number) % 4:
        return number
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
