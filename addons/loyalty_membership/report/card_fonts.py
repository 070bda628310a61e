"""Fonts for pictures: whatever this machine has that can write a text, Chinese included, and never an error for lack of one."""

import functools
import logging
import pathlib
import shutil
import subprocess

import reportlab
from PIL import ImageFont

_logger = logging.getLogger(__name__)

#: It comes with reportlab, and writes Latin letters.
PACKAGED = pathlib.Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"
#: No font has this character: what it draws instead is what it draws for every character that it lacks.
NO_CHARACTER = "\U0010ffff"


def write_with(text, size):
    """Return a font, and the text as far as it can be written: signs that no font has are left out, never a letter.

    Without a font for Chinese nothing of a Chinese text is left, for half a name is a wrong one.

    :param size: in pixels
    """
    for path, index in (_find(frozenset(text)), (PACKAGED, 0)):
        try:
            font = ImageFont.truetype(str(path), size, index=index)
            if written := _known(font, text):
                return font, written
        except OSError:  # a font of fixed sizes or of another kind
            continue
    if text.strip():
        _logger.info("No font here writes all letters of a text on a member card: install fonts-noto-cjk, or one that does.")
    return font, ""


def _known(font, text):
    missing = _shape(font, NO_CHARACTER)
    known = {char for char in {*text} if char.isprintable() and _shape(font, char) != missing}
    if any(char.isalpha() for char in {*text} - known):
        return ""
    return " ".join("".join(char for char in text if char in known).split())


def _shape(font, char):
    mask = font.getmask(char)
    return mask.size, bytes(mask)


@functools.lru_cache(maxsize=1024)
def _find(characters):
    """The font that has most of these characters, as fontconfig tells: file and number in the file."""
    tool = shutil.which("fc-match")
    codes = " ".join(f"{ord(char):x}" for char in sorted(characters))
    if tool and codes:
        pattern = f"sans-serif:bold:lang=zh-cn:charset={codes}"
        try:
            told = subprocess.run(  # noqa: S603 - nothing but hexadecimal numbers are filled in
                [tool, "-f", "%{file}\n%{index}", pattern], capture_output=True, text=True, timeout=10, check=True
            ).stdout  # fmt: skip
            path, _line, index = told.partition("\n")
            return path, int(index or 0)
        except (subprocess.SubprocessError, OSError, ValueError) as problem:
            _logger.warning("fontconfig finds no font: %s", problem)
    return PACKAGED, 0
