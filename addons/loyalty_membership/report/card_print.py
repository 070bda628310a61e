"""Members' cards as PDF: one a page of a card's own size, or ten on a sheet of A4 to be cut."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from .member_card import draw

#: ISO/IEC 7810, ID-1.
CARD = (85.6 * mm, 54 * mm)
COLUMNS, ROWS = 2, 5
#: How long the marks are along which the sheet is cut, and how far they stay away from the cards.
MARK, GAP = 4 * mm, 1 * mm


def print_cards(faces):
    """Each card on a page of its own."""
    return _print(faces, CARD, [(0, 0)])


def print_sheet(faces):
    """Ten cards a page, side by side, with marks to cut along."""
    left, bottom = (A4[0] - COLUMNS * CARD[0]) / 2, (A4[1] - ROWS * CARD[1]) / 2
    places = [(left + column * CARD[0], bottom + row * CARD[1]) for row in reversed(range(ROWS)) for column in range(COLUMNS)]
    return _print(faces, A4, places, _draw_marks)


def _print(faces, size, places, before=None):
    file = BytesIO()
    canvas = Canvas(file, pagesize=size)
    canvas.setTitle("Member Card")
    for number, face in enumerate(faces):
        place = number % len(places)
        if number and not place:
            canvas.showPage()
        if before and not place:
            before(canvas)
        canvas.drawImage(ImageReader(draw(face)), *places[place], *CARD)
    canvas.save()
    return file.getvalue()


def _draw_marks(canvas):
    left, bottom = (A4[0] - COLUMNS * CARD[0]) / 2, (A4[1] - ROWS * CARD[1]) / 2
    right, top = left + COLUMNS * CARD[0], bottom + ROWS * CARD[1]
    canvas.setLineWidth(0.3)
    for number in range(COLUMNS + 1):
        x = left + number * CARD[0]
        canvas.lines([(x, top + GAP, x, top + GAP + MARK), (x, bottom - GAP - MARK, x, bottom - GAP)])
    for number in range(ROWS + 1):
        y = bottom + number * CARD[1]
        canvas.lines([(left - GAP - MARK, y, left - GAP, y), (right + GAP, y, right + GAP + MARK, y)])
