"""The fonts of the certificate and the papers, and what can be written with them."""

import unicodedata
from functools import cache
from pathlib import Path

import font_source_sans_pro
import font_source_serif_pro
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONTS = {
    "serif_light": Path(font_source_serif_pro.font_directory) / "SourceSerifPro-Light.ttf",
    "serif": Path(font_source_serif_pro.font_directory) / "SourceSerifPro-Regular.ttf",
    "serif_semibold": Path(font_source_serif_pro.font_directory) / "SourceSerifPro-Semibold.ttf",
    "serif_italic": Path(font_source_serif_pro.font_directory) / "SourceSerifPro-It.ttf",
    "sans_light": Path(font_source_sans_pro.font_directory) / "SourceSansPro-Light.ttf",
    "sans": Path(font_source_sans_pro.font_directory) / "SourceSansPro-Regular.ttf",
    "sans_semibold": Path(font_source_sans_pro.font_directory) / "SourceSansPro-Semibold.ttf",
}
STAND_IN = "\N{BALLOT BOX}"
"""What is printed on a paper for a character that the fonts lack, such as an emoji."""


def missing_characters(text: str) -> str:
    """The characters of `text` that can't be printed on a certificate, sorted; empty if all can."""
    text = plain(text)
    return "".join(sorted(set(text) - advances(face_for(text, "serif", "sans")).keys()))


def printable(text: str) -> str:
    """`text` with composed letters and its line breaks, and STAND_IN for each character that can't be printed. What
    is invisible, or only changes the look of the character before, is left out."""
    known = advances("sans").keys()
    text = unicodedata.normalize("NFC", text)
    return "".join(c if c in known or c == "\n" else _stand_in(c) for c in text)


def _stand_in(character: str) -> str:
    if character == "\t":
        return " "
    is_variant = "\N{VARIATION SELECTOR-1}" <= character <= "\N{VARIATION SELECTOR-16}"
    is_skin_tone = (
        "\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}" <= character <= "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
    )
    is_invisible = unicodedata.category(character) in ("Cc", "Cf")
    return "" if is_variant or is_skin_tone or is_invisible else STAND_IN


def plain(text: str) -> str:
    """`text` with composed letters (å as one character), single spaces and nothing invisible. The hyphens
    that only word processors write become the common one."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = text.replace("\N{HYPHEN}", "-").replace("\N{NON-BREAKING HYPHEN}", "-")
    return "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cf"))


def face_for(text: str, serif: str, sans: str) -> str:
    """The font of FONTS to set `text` in: `serif`, or `sans` where that lacks a letter, as it does Sámi ŋ."""
    return serif if set(text) <= advances(serif).keys() else sans


@cache
def advances(face: str) -> dict[str, int]:
    """How far each character moves the pen in the font `face` of FONTS, in thousandths of an em, rounded
    up."""
    with TTFont(FONTS[face]) as file:
        em, widths = file["head"].unitsPerEm, file["hmtx"]
        return {chr(code): -(-1000 * widths[glyph][0] // em) for code, glyph in file.getBestCmap().items()}
