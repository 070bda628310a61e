"""A member's card (会员卡) as a picture: 85.6 x 54 mm, drawn at 600 dots an inch, shown on a phone at half of that."""

from io import BytesIO

import qrcode
from PIL import Image, ImageDraw, UnidentifiedImageError
from reportlab.graphics.barcode.code128 import Code128

from ..domain.card import spaced
from . import card_fonts

#: Of the picture that is sent, and of what is printed; everything is placed in the former.
SIZE = (1012, 638)
SCALE = 2
MARGIN = 56
PANEL = 400
WHITE, INK = (255, 255, 255), (33, 37, 41)
#: Odoo's colours of tags, by their number.
COLORS = (
    "a2a2a2", "ee2d2d", "dc8534", "e8bb1d", "5794dd", "9f628f", "db8865", "41a9a2", "304be0", "ee2f8a", "61c36e", "9872e6",
)  # fmt: skip
NO_TIER = "495057"
#: Contrast of large letters, by the guidelines for accessible content (WCAG 2).
READABLE = 3.2
#: Dots of the thinnest bar that a till still reads: a sixth of a millimetre.
THINNEST = 4
NO_FONT = "This server has no font for the name"


def draw(face):
    """Draw a card as large as it is printed; see ``picture`` for the one to send."""
    canvas = Canvas(face.color)
    canvas.head(face)
    canvas.person(face)
    canvas.codes(face)
    return canvas.image


def picture(face):
    """A card as PNG of 1012 x 638 pixels."""
    file = BytesIO()
    draw(face).reduce(SCALE).save(file, "PNG", dpi=(300, 300))
    return file.getvalue()


def bars(number):
    """A number in Code 128, a letter a module, 1 for black; nothing if it can't be written so."""
    if not (number.isascii() and number.isprintable()):
        return ""
    code = Code128(number, quiet=False)
    code.validate()
    code.encode()
    # reportlab writes bars in capitals and spaces in small letters, A to D for one to four modules.
    return "".join("01"[letter.isupper()] * ("ABCD".index(letter.upper()) + 1) for letter in code.decompose())


def squares(text):
    """A text as the rows of a QR code, True for black."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    return code.get_matrix()


def shades(color):
    """The colours from left to right: the tier's, dark enough for white letters, to a darker one."""
    red_green_blue = tuple(int((NO_TIER if color is None else COLORS[color % len(COLORS)])[at : at + 2], 16) for at in (0, 2, 4))
    while contrast_with_white(red_green_blue) < READABLE:
        red_green_blue = tuple(part * 19 // 20 for part in red_green_blue)
    return red_green_blue, tuple(part * 11 // 20 for part in red_green_blue)


def contrast_with_white(color):
    """As the guidelines for accessible content (WCAG 2) reckon it."""
    linear = [((part / 255 + 0.055) / 1.055) ** 2.4 if part > 10 else part / 255 / 12.92 for part in color]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)


class Canvas:
    """Places are in pixels of the picture to send, see ``SIZE``."""

    def __init__(self, color):
        left, right = shades(color)
        self.dark = right
        width, height = (side * SCALE for side in SIZE)
        blend = Image.linear_gradient("L").rotate(90).resize((width, 1))
        row = Image.composite(Image.new("RGB", blend.size, right), Image.new("RGB", blend.size, left), blend)
        self.image = row.resize((width, height), Image.Resampling.NEAREST)
        self._shine((width, PANEL * SCALE))
        self.pen = ImageDraw.Draw(self.image)
        self.box((0, PANEL, *SIZE), WHITE)

    def _shine(self, size):
        """Two large circles, hardly seen."""
        mask = Image.new("L", size, 0)
        pen = ImageDraw.Draw(mask)
        for x, y, radius, light in ((SIZE[0] - 120, 40, 330, 14), (SIZE[0] + 30, PANEL, 260, 26)):
            pen.circle((x * SCALE, y * SCALE), radius * SCALE, light)
        self.image.paste(WHITE, (0, 0), mask)

    # ------------------------------------------------------------------
    # Parts
    # ------------------------------------------------------------------

    def head(self, face):
        """The company's logo, or else its name, and on the other side the program."""
        logo = self._logo(face.logo, 250, 76)
        if logo:
            width = logo.width // SCALE + 32
            self.box((MARGIN, 44, MARGIN + width, 44 + 92), WHITE, 14)
            self.image.paste(logo, ((MARGIN + 16) * SCALE, 90 * SCALE - logo.height // 2), logo)
        else:
            self.text(face.company, (MARGIN, 90), 36, 420, "lm")
        self.text(face.program, (SIZE[0] - MARGIN, 90), 36, 420, "rm")

    def _logo(self, content, width, height):
        """The logo in these bounds, or nothing if there is none that can be read."""
        try:
            logo = Image.open(BytesIO(content)).convert("RGBA") if content else None
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            return None
        if logo:
            share = min(width * SCALE / logo.width, height * SCALE / logo.height)
            logo = logo.resize([max(1, round(side * share)) for side in logo.size], Image.Resampling.LANCZOS)
        return logo

    def person(self, face):
        """Name and tier."""
        if not self.text(face.name, (MARGIN, 226), 68, SIZE[0] - 2 * MARGIN, "lm") and face.name:
            self.text(NO_FONT, (MARGIN, 226), 28, SIZE[0] - 2 * MARGIN, "lm")
        if face.tier:
            font, tier = self._fit(face.tier, 34, 500)
            if tier:
                width = round(font.getlength(tier)) // SCALE + 48
                self.box((MARGIN, 292, MARGIN + width, 292 + 60), WHITE, 30)
                self.text(tier, (MARGIN + 24, 322), 34, 500, "lm", self.dark)

    def codes(self, face):
        """Number, barcode and QR code, black on white, each module a whole number of dots."""
        right = SIZE[0] - MARGIN
        self._squares(squares(face.qr), right - 190, PANEL + 24, 190)
        room = right - 190 - 2 * MARGIN
        modules = bars(face.number)
        wide = modules and min(5 * SCALE, room * SCALE // len(modules))
        if wide and wide >= THINNEST:
            self._bars(modules, wide)
            self.text(spaced(face.number), (MARGIN, PANEL + 190), 34, room, "lm", INK)
        else:
            self.text(face.number, (MARGIN, PANEL + 119), 44, room, "lm", INK)

    def _bars(self, modules, wide):
        wide -= wide % SCALE if wide >= 2 * SCALE else 0
        top, bottom = (PANEL + 32) * SCALE, (PANEL + 152) * SCALE
        for place, black in enumerate(modules):
            if black == "1":
                left = MARGIN * SCALE + place * wide
                self.pen.rectangle((left, top, left + wide - 1, bottom - 1), (0, 0, 0))

    def _squares(self, rows, left, top, side):
        wide = side // len(rows) * SCALE
        rest = (side * SCALE - wide * len(rows)) // 2
        for down, row in enumerate(rows):
            for across, black in enumerate(row):
                if black:
                    x, y = left * SCALE + rest + across * wide, top * SCALE + rest + down * wide
                    self.pen.rectangle((x, y, x + wide - 1, y + wide - 1), (0, 0, 0))

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    def box(self, corners, color, radius=0):
        left, top, right, bottom = (place * SCALE for place in corners)
        self.pen.rounded_rectangle((left, top, right - 1, bottom - 1), radius * SCALE, color)

    def text(self, text, place, size, width, anchor, color=WHITE):
        """Write a text smaller, and at last shorter, if it is too long; return what was written."""
        font, written = self._fit(text, size, width)
        if written:
            self.pen.text([at * SCALE for at in place], written, color, font, anchor)
        return written

    def _fit(self, text, size, width):
        font, written = card_fonts.write_with(text, size * SCALE)
        if written and font.getlength(written) > width * SCALE:
            font = font.font_variant(size=max(round(font.size * width * SCALE / font.getlength(written)), size * SCALE * 3 // 5))
        while len(written) > 1 and font.getlength(written) > width * SCALE:
            written = written.rstrip("…")[:-1] + "…"
        return font, written
