"""Pictures of the demo club's gifts: drawn, so that the addon carries no photographs."""

import base64
import io

from PIL import Image, ImageDraw

_SIZE = 512
_INK = (255, 255, 255)


def _mug(draw):
    draw.ellipse((320, 190, 430, 330), outline=_INK, width=28)
    draw.rounded_rectangle((120, 150, 350, 390), 36, fill=_INK)
    for x in (180, 235, 290):
        draw.line((x, 125, x, 85), fill=_INK, width=16)


def _bag(draw):
    draw.arc((180, 90, 332, 290), 180, 360, fill=_INK, width=26)
    draw.polygon([(120, 190), (392, 190), (424, 430), (88, 430)], fill=_INK)


def _umbrella(draw):
    draw.pieslice((76, 100, 436, 460), 180, 360, fill=_INK)
    draw.line((256, 270, 256, 400), fill=_INK, width=22)
    draw.arc((196, 350, 267, 440), 0, 180, fill=_INK, width=22)


def _coupon(draw):
    draw.rounded_rectangle((70, 160, 442, 352), 24, fill=_INK)
    for y in (160, 352):
        draw.ellipse((166, y - 26, 218, y + 26), fill=draw.background)
    draw.line((192, 200, 192, 320), fill=draw.background, width=8)


def _wallet(draw):
    draw.rounded_rectangle((84, 140, 428, 392), 40, fill=_INK)
    draw.rounded_rectangle((300, 226, 450, 306), 30, fill=draw.background, outline=_INK, width=16)


def _parking(draw):
    draw.rounded_rectangle((180, 100, 232, 420), 8, fill=_INK)
    draw.ellipse((180, 100, 370, 290), fill=_INK)
    draw.ellipse((232, 148, 320, 242), fill=draw.background)


_SHAPES = {
    "mug": (_mug, (0, 121, 107)),
    "bag": (_bag, (93, 64, 155)),
    "umbrella": (_umbrella, (21, 101, 192)),
    "coupon": (_coupon, (216, 67, 21)),
    "wallet": (_wallet, (46, 125, 50)),
    "parking": (_parking, (69, 90, 100)),
}


def picture(name):
    """A PNG of one of these things, base64."""
    shape, colour = _SHAPES[name]
    image = Image.new("RGB", (_SIZE, _SIZE), colour)
    draw = ImageDraw.Draw(image)
    draw.background = colour
    shape(draw)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue())
