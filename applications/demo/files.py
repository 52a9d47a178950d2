"""Evidence for the demo: small real files."""

import io
import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw

LINE = 90  # characters that fit on a line of the page


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """A page of A4 with a heading and paragraphs, in letters that Western European languages have."""
    lines = [line for paragraph in paragraphs for line in (*textwrap.wrap(paragraph, LINE), "")]
    text = [f"BT /F2 18 Tf 60 770 Td {_string(title)} Tj /F1 11 Tf 16 TL 0 -20 Td"]
    text += [f"T* {_string(line)} Tj" for line in lines]
    content = "\n".join([*text, "ET"]).encode("cp1252", "replace")
    font = "<</Type/Font/Subtype/Type1/BaseFont/{}/Encoding/WinAnsiEncoding>>"
    return _assemble(
        [
            b"<</Type/Catalog/Pages 2 0 R/Lang(sv)>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>>>",
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
            font.format("Helvetica").encode(),
            font.format("Helvetica-Bold").encode(),
        ]
    )


def _string(text: str) -> str:
    for special in "\\()":
        text = text.replace(special, f"\\{special}")
    return f"({text})"


def _assemble(objects: Sequence[bytes]) -> bytes:
    """A PDF of `objects`, the first of which is the catalogue, with the table of where each begins."""
    stream = io.BytesIO()
    stream.write(b"%PDF-1.4\n%\xe5\xe4\xf6\xe9\n")
    starts = []
    for number, content in enumerate(objects, 1):
        starts.append(stream.tell())
        stream.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    table = stream.tell()
    stream.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    stream.write(b"".join(b"%010d 00000 n \n" % start for start in starts))
    stream.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return stream.getvalue()


HOUSES = ("#c98b5a", "#e3c58f", "#9a4b3c", "#d9b08c", "#6d8a84", "#e8dcc3")


def jpeg() -> bytes:
    """A picture of a square with a row of gabled houses."""
    image = Image.new("RGB", (1200, 800), "#cfe0e8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 560, 1200, 800), fill="#b9b2a5")
    for number, colour in enumerate(HOUSES):
        left, top = 200 * number, 260 + 50 * (number % 3)
        draw.rectangle((left, top, left + 198, 560), fill=colour)
        draw.polygon(((left - 4, top), (left + 99, top - 110), (left + 202, top)), fill="#5b3a33")
        for window in range(4):
            x, y = left + 35 + 85 * (window % 2), top + 35 + 90 * (window // 2)
            draw.rectangle((x, y, x + 45, y + 60), fill="#f6f1df", outline="#3f3a36", width=3)
    draw.ellipse((520, 610, 680, 690), fill="#7f9fae", outline="#5c6f78", width=8)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()
