"""Setting a paper: PDF/A-3a with tags, in the house's own fonts whatever fonts the machine has."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from .fonts import FONTS, STAND_IN, printable
from .render import FontsOnly

LONGEST_WORD = 60
"""Letters; the longest Swedish word in a dictionary has fewer."""
MOST_LINES = 300
"""Of one answer; 600 words in short lines are fewer."""
DRAWING = "data:image/svg+xml;base64,"


class PaperFiles(FontsOnly):
    """Fetches the house's fonts and the drawings, which the page carries in it. Raises ValueError for all else."""

    def fetch(self, url, headers=None):
        if url.startswith(DRAWING):
            return super(FontsOnly, self).fetch(url, headers)
        return super().fetch(url, headers)


def typeset(template: str, context: Mapping[str, Any], sheets: tuple[str, ...] = ("paper.css",)) -> bytes:
    """The document in the reader's language. What the fonts can't print is replaced, and that is said on it: the
    template gets `stand_in`, and `has_stand_ins` if there is any."""
    context = {**context, "stand_in": STAND_IN}
    html = render_to_string(template, context)
    body = printable(html)
    if body.count(STAND_IN) > html.count(STAND_IN):
        body = printable(render_to_string(template, context | {"has_stand_ins": True}))
    fetcher, fonts = PaperFiles(), FontConfiguration()
    urls = {name: path.as_uri() for name, path in FONTS.items()}
    styles = "\n".join(render_to_string(f"certificates/{sheet}", urls) for sheet in sheets)
    return HTML(string=body, url_fetcher=fetcher).write_pdf(
        stylesheets=[CSS(string=styles, font_config=fonts, url_fetcher=fetcher)],
        font_config=fonts,
        pdf_variant="pdf/a-3a",
        pdf_identifier=hashlib.sha256(body.encode()).hexdigest()[:32].encode(),
    )


def settable(text: str) -> str:
    """`text` for the page: what no line could hold is divided, and lines beyond all measure run on as one. To lay
    them out as they are takes minutes, and nobody wrote them to be read."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        text = "\n".join([*lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :])])
    return re.sub(rf"\S{{{LONGEST_WORD}}}(?=\S)", "\\g<0> ", text)


def image(svg: str) -> str:
    """A drawing as an address that carries it, its words in the house's font."""
    drawing = svg[svg.index("<svg") :].strip().replace("<svg ", '<svg font-family="qm_sans" ', 1)
    return DRAWING + base64.b64encode(drawing.encode()).decode()


def words(svg: str) -> str:
    """What the drawing says of itself, for those who don't see it."""
    found = re.search(r"<desc[^>]*>(.*?)</desc>", svg, re.DOTALL)
    return " ".join(unescape(found[1]).split()) if found else ""
