"""What an upload must pass before it is kept. The type is judged by content; the name only names it."""

from __future__ import annotations

import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from .hashing import sha256_of_file

MAX_PIXELS = 100_000_000
MAX_UNPACKED = 500 * 1024 * 1024
MAX_PARTS = 5_000
MAX_CONTENT_TYPES = 1024 * 1024


class Rejected(Exception):
    """The file can't be kept; the message says why, for the person who sent it."""


@dataclass(frozen=True)
class Accepted:
    """What is known of a file that passed: the MIME type found in it, its size in bytes and its hash."""

    name: str
    content_type: str
    size: int
    sha256: str


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes every upload to disk as it comes, and stops writing where a file is too large: what comes after
    is only counted, so that the form can say what was wrong with everything else still in place."""

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received <= settings.QM_EVIDENCE_MAX_BYTES:
            super().receive_data_chunk(raw_data, start)


def _is_pdf(file: IO[bytes]) -> str | None:
    file.seek(0)
    if b"%PDF-" not in file.read(1024):
        return None
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 2048))
    if b"startxref" not in file.read():
        raise Rejected(_("The PDF seems to be cut off. Save it again and choose it once more."))
    return "application/pdf"


IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def _is_image(file: IO[bytes]) -> str | None:
    file.seek(0)
    start = file.read(12)
    if not (
        start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or start[:4] + start[8:] == b"RIFFWEBP"
    ):
        return None
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=tuple(IMAGES)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Rejected(_("The picture has too many pixels. Make it smaller and choose it again."))
                found = IMAGES[image.format or ""]
                image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Rejected(_("The picture has too many pixels. Make it smaller and choose it again.")) from None
    except Rejected:
        raise
    except Exception:  # Pillow raises whatever its decoders raise on broken data.
        raise Rejected(_("The picture can't be read. Save it again and choose it once more.")) from None
    return found


OFFICE = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
}


def _is_office(file: IO[bytes]) -> str | None:
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Rejected(_("The document unpacks to far more than it should. Save it as PDF instead."))
            if any(part.filename.lower().endswith(("vbaproject.bin", ".exe")) for part in parts):
                raise Rejected(_("The document has macros in it. Save it without macros, or as PDF."))
            types = next((part for part in parts if part.filename == "[Content_Types].xml"), None)
            if types is None or types.file_size > MAX_CONTENT_TYPES:
                return None
            with archive.open(types) as stream:
                listing = stream.read(MAX_CONTENT_TYPES)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return None
    return next((kind for main, kind in OFFICE.items() if main in listing), None)


DETECTORS: tuple[Callable[[IO[bytes]], str | None], ...] = (_is_pdf, _is_image, _is_office)
EXTENSIONS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    OFFICE[b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"]: (".docx",),
    OFFICE[b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"]: (".xlsx",),
    OFFICE[b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"]: (".pptx",),
}
ACCEPT = ",".join(extension for extensions in EXTENSIONS.values() for extension in extensions)
"""For the file field's `accept`: a help in the file dialogue, never a check."""


def shown_name(name: str, content_type: str) -> str:
    """The sender's file name made harmless: no folders, no control characters, at most 150 characters, and an
    ending that tells the type that was found."""
    name = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r"\s+", " ", name).strip(" .") or "fil"
    endings = EXTENSIONS[content_type]
    ending = next((e for e in endings if name.lower().endswith(e)), None)
    stem = name[: -len(ending)] if ending else name
    return (stem[:140].rstrip(" .") or "fil") + (ending or endings[0])


def inspect(upload: UploadedFile) -> Accepted:
    """What the file is. Raises Rejected, with a reason for the sender, where it can't be kept."""
    size = upload.size or 0
    if size == 0:
        raise Rejected(_("The file is empty."))
    if size > settings.QM_EVIDENCE_MAX_BYTES:
        limit = filesizeformat(settings.QM_EVIDENCE_MAX_BYTES)
        raise Rejected(_("The file is too large. It may be at most %(limit)s.") % {"limit": limit})
    file = cast("IO[bytes]", upload.file)
    content_type = next((found for detect in DETECTORS if (found := detect(file))), None)
    if content_type is None:
        raise Rejected(
            _(
                "This kind of file can't be attached. Choose a PDF, a picture (JPEG, PNG, WebP), or a Word, "
                "Excel or PowerPoint document."
            )
        )
    return Accepted(shown_name(upload.name or "", content_type), content_type, size, sha256_of_file(file))
