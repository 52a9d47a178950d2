"""The certificate as a document: one A4 page, PDF/A-3a, the same bytes for the same content on any machine."""

import hashlib
import math
from dataclasses import astuple, dataclass
from datetime import date
from functools import cache
from pathlib import Path

import segno
from babel.dates import format_date
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from applications import reading
from applications.models import Application

from .fonts import FONTS, advances, face_for, missing_characters, plain

SEAL = Path(__file__).resolve().parents[2] / "static" / "img" / "seal.svg"


@dataclass(frozen=True)
class Content:
    """Everything a certificate states. An example says so across its top."""

    number: str
    holder: str
    area: str
    issued_on: date
    valid_through: date
    verify_url: str
    issuer: str
    is_example: bool = False


@dataclass(frozen=True)
class Room:
    """The room a name has on the page, in points. `steps` are (most lines, largest size, smallest size),
    tried in turn: a name is set smaller before it takes another line, down to that step's smallest."""

    width: float
    height: float
    line_height: float
    steps: tuple[tuple[int, int, int], ...]


# The heights are those of `.area` and `.holder` in certificate.css.
AREA = Room(412, 142, 1.12, ((1, 62, 42), (2, 46, 31), (3, 40, 22)))
HOLDER = Room(380, 46, 1.3, ((1, 16, 13), (2, 15, 11), (3, 11, 9)))
SMALLEST = 5  # points, for a name that no step has room for


class FontsOnly(URLFetcher):
    """Fetches the certificate's own font files. Raises ValueError for any other address."""

    def fetch(self, url, headers=None):
        if url not in _font_urls().values():
            raise ValueError(f"A certificate fetches nothing but its fonts, not {url}")
        return super().fetch(url, headers)


def certificate_pdf(content: Content) -> bytes:
    """The certificate as PDF/A-3a, tagged. Raises ValueError for a name with a character that the
    certificate's fonts lack, or one that is too long for the page at any readable size."""
    return _pdf(content, is_preview=False)


def preview(application: Application, day: date) -> bytes:
    """The certificate as it would be, were the application approved on `day`, with PREVIEW across it. It has no number
    and no code of its own, and is kept nowhere. Raises ValueError as `certificate_pdf`."""
    content = Content(
        number=f"QMC-{day.year}-····",
        holder=application.holder,
        area=application.area,
        issued_on=day,
        valid_through=reading.valid_through(application, application.renews, day),
        verify_url=settings.BASE_URL + reverse("verify_form"),
        issuer=settings.QM_ISSUER,
        is_example=application.is_example,
    )
    return _pdf(content, is_preview=True)


def _pdf(content: Content, *, is_preview: bool) -> bytes:
    texts = _texts(content)
    fetcher = FontsOnly()
    fonts = FontConfiguration()
    sheet = CSS(
        string=render_to_string("certificates/certificate.css", _measures(texts)),
        font_config=fonts,
        url_fetcher=fetcher,
    )
    page = HTML(
        string=render_to_string(
            "certificates/certificate.html", {**_context(content, texts), "is_preview": is_preview}
        ),
        url_fetcher=fetcher,
    )
    return page.write_pdf(
        stylesheets=[sheet],
        font_config=fonts,
        pdf_variant="pdf/a-3a",
        pdf_identifier=hashlib.sha256(repr(astuple(content)).encode()).hexdigest()[:32].encode(),
        finisher=_name_english,
    )


def _texts(content: Content) -> dict[str, str]:
    """The content's texts as they are printed. A character the fonts lack would be taken from whatever font
    the machine happens to have, so it is refused: raises ValueError."""
    names = ("number", "holder", "area", "verify_url", "issuer")
    texts = {name: plain(getattr(content, name)) for name in names}
    for name, text in texts.items():
        if missing := missing_characters(text):
            raise ValueError(
                f"The certificate's fonts lack {missing!r}: write its {name} without, not {text!r}."
            )
    return texts


def _context(content: Content, texts: dict[str, str]) -> dict[str, str | bool]:
    """What certificate.html shows. `seal` and `qr` are SVG made here; the template escapes the rest."""
    return {
        **texts,
        "is_example": content.is_example,
        "issued_sv": format_date(content.issued_on, "d MMMM y", locale="sv"),
        "issued_en": format_date(content.issued_on, "d MMMM y", locale="en_GB"),
        "valid_sv": format_date(content.valid_through, "d MMMM y", locale="sv"),
        "valid_en": format_date(content.valid_through, "d MMMM y", locale="en_GB"),
        "created": f"{content.issued_on.isoformat()}T00:00:00Z",
        "seal": SEAL.read_text(encoding="utf-8"),
        "qr": _qr(texts["verify_url"]),
    }


def _qr(url: str) -> str:
    """The QR code of `url` as SVG: the dark modules alone, in a quiet zone of four modules."""
    return segno.make(url, error="m", micro=False).svg_inline(
        dark="#153630",
        border=4,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=f"QR-kod till {url}, där certifikatets giltighet visas",
    )


def _measures(texts: dict[str, str]) -> dict[str, str]:
    """What certificate.css needs: the fonts' addresses, and the size and width of the two names in points."""
    area_face = face_for(texts["area"], "serif_light", "sans_light")
    area_size, area_width = _fit(texts["area"], area_face, AREA)
    holder_face = face_for(texts["holder"], "serif", "sans")
    holder_size, holder_width = _fit(texts["holder"], holder_face, HOLDER)
    return {
        **_font_urls(),
        "area_face": area_face,
        "area_size": f"{area_size}pt",
        "area_width": f"{area_width:.2f}pt",
        "holder_face": holder_face,
        "holder_size": f"{holder_size}pt",
        "holder_width": f"{holder_width:.2f}pt",
    }


def _fit(text: str, face: str, room: Room) -> tuple[float, float]:
    """The size to set `text` in and the width to wrap it at, both in points. The width is the narrowest that
    keeps the number of lines, so that the lines come out about equally long. Raises ValueError for a text
    that has no room even at SMALLEST, where words are broken."""
    widths = advances(face)
    words = [sum(widths[character] for character in word) for word in text.split()] or [0]
    space = widths[" "]
    for most_lines, largest, smallest in room.steps:
        for size in _sizes(largest, smallest):
            width = int(1000 * room.width / size)
            lines = _count_lines(words, space, width)
            if max(words) <= width and lines <= most_lines and lines * size * room.line_height <= room.height:
                return size, size * _narrowest(words, space, lines) / 1000
    for size in _sizes(room.steps[-1][2], SMALLEST):
        lines = _count_lines(words, space, int(1000 * room.width / size))
        if lines * size * room.line_height <= room.height:
            return size, room.width
    raise ValueError(f"There is no room on a certificate for {text!r}.")


def _sizes(largest: int, smallest: int) -> list[float]:
    """Sizes in points from `largest` down to `smallest`, in steps of a half."""
    return [half_points / 2 for half_points in range(2 * largest, 2 * smallest - 1, -1)]


def _count_lines(words: list[int], space: int, width: int) -> int:
    """How many lines words of these widths take, all widths in thousandths of an em. A word wider than a line
    begins a line of its own and is broken; each of its lines may stay up to a letter short of full."""
    lines, used = 1, 0
    for word in words:
        if used and used + space + word <= width:
            used += space + word
            continue
        lines += bool(used)
        pieces = 1 if word <= width else math.ceil(word / (width - 1000))
        lines += pieces - 1
        used = word if pieces == 1 else width
    return lines


def _narrowest(words: list[int], space: int, lines: int) -> float:
    """The least width at which the words take `lines` lines, in thousandths of an em, and a hundredth more
    for kerning. No word may be wider than the lines."""
    runs = (
        sum(words[first:last]) + space * (last - first - 1)
        for first in range(len(words))
        for last in range(first + 1, len(words) + 1)
    )
    return 1.01 * min(run for run in runs if run >= max(words) and _count_lines(words, space, run) <= lines)


@cache
def _font_urls() -> dict[str, str]:
    return {name: path.as_uri() for name, path in FONTS.items()}


def _name_english(_document, pdf) -> None:
    """Mark the English lines as English in the tags, so that they are read aloud as such. WeasyPrint writes
    only the page's language. In the template every <span> is English; its tag holds tags, and the one around
    bare text holds a number."""
    for element in pdf.objects:
        if isinstance(element, dict) and element.get("S") == "/Span" and not isinstance(element["K"][0], int):
            element["Lang"] = "(en)"
