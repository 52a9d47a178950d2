"""Small real files of every kind that is let in, and of some that aren't."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pillow_heif
from PIL import Image

from applications.demo import files

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
TEXT = "application/vnd.oasis.opendocument.text"
CALC = "application/vnd.oasis.opendocument.spreadsheet"


def picture(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options) -> bytes:
    """A picture of noise, so that cutting it cuts something."""
    stream = io.BytesIO()
    noise = Image.effect_noise(size, 80).convert(mode)
    if kind == "HEIF":
        pillow_heif.from_pillow(noise).save(stream, **options)
    else:
        noise.save(stream, kind, **options)
    return stream.getvalue()


def packed(parts: Mapping[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    """A zip file of `parts`, compressed apart from those that are named in `stored`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def office(
    main: str = f"{WORD}.main+xml", parts: Mapping[str, bytes] | None = None, listing: str = ""
) -> bytes:
    """A document with the parts that tell what it is."""
    types = f'<Types><Override ContentType="{main}"/>{listing}</Types>'
    return packed(
        {"[Content_Types].xml": types.encode(), "word/document.xml": b"<document/>", **(parts or {})}
    )


def opendocument(mimetype: str = TEXT, parts: Mapping[str, bytes] | None = None) -> bytes:
    """A document of LibreOffice's kind: its type stands first, and not compressed."""
    own = {"mimetype": mimetype.encode(), "content.xml": b"<office:document-content/>" * 20}
    return packed({**own, **(parts or {})}, stored=("mimetype",))


KINDS: dict[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", files.pdf("Protokoll", ["Stadsrådet möttes.", "Åäö."])),
    "png": ("image/png", picture("PNG")),
    "jpg": ("image/jpeg", picture("JPEG")),
    "webp": ("image/webp", picture("WEBP")),
    "heic": ("image/heic", picture("HEIF")),
    "docx": (WORD, office()),
    "xlsx": (SHEET, office(f"{SHEET}.main+xml")),
    "pptx": (SLIDES, office(f"{SLIDES}.main+xml")),
    "odt": (TEXT, opendocument()),
    "ods": (CALC, opendocument(CALC)),
    "csv": ("text/csv", "År;Besök\r\n2024;1 200\r\n".encode()),
    "txt": ("text/plain", "Vi möttes på torget.\nÅäö.\n".encode()),
}
"""One of each: its ending, its MIME type, its bytes."""
