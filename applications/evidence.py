"""What an upload must pass before it is kept. The type is judged by content; the name only names it."""

from __future__ import annotations

import io
import re
import struct
import unicodedata
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

from . import pictures
from .hashing import sha256_of_file

MAX_PIXELS = 120_000_000
MAX_UNPACKED = 250 * 1024 * 1024
MAX_PARTS = 5_000
MAX_DIRECTORY = 1024 * 1024
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

    def new_file(self, field_name: str, file_name: str, *args, **kwargs) -> None:
        # Django puts the ending of the sender's name on the temporary file, and a long one is more than the
        # file system takes.
        super().new_file(field_name, "upload", *args, **kwargs)
        self.file.name = self.file_name = file_name
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received <= settings.QM_EVIDENCE_MAX_BYTES:
            super().receive_data_chunk(raw_data, start)


def _is_pdf(file: IO[bytes]) -> str | None:
    file.seek(0)
    # Readers forgive a kilobyte of anything before the header; that is where a program hides. White space and
    # a byte order mark are what honest writers leave.
    if not file.read(64).lstrip(b"\xef\xbb\xbf\x00\t\n\x0c\r ").startswith(b"%PDF-"):
        return None
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 2048))
    if b"startxref" not in file.read():
        raise Rejected(_("The PDF seems to be cut off. Save it again and choose it once more."))
    return "application/pdf"


def _is_picture(file: IO[bytes]) -> str | None:
    try:
        picture = pictures.identify(file)
    except pictures.Broken:
        raise Rejected(_("The picture can't be read. Save it again and choose it once more.")) from None
    if picture and picture.width * picture.height > MAX_PIXELS:
        raise Rejected(_("The picture has too many pixels. Make it smaller and choose it again."))
    return picture.content_type if picture else None


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
RUNS = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".ps1", ".bat", ".cmd", ".scr", ".msi")
"""Endings of the parts that a document of words, figures and pictures has no use for: they can be run."""
MACROS = (b"macroenabled", b"vbaproject", b"macrosheet")
"""Words in the list of a document's parts that tell of macros, whatever the parts are named."""


UNREADABLE = (OSError, ValueError, OverflowError, RuntimeError, NotImplementedError, EOFError, struct.error)
"""What `zipfile` raises on broken archives beside its own errors."""


class _Sparing(io.RawIOBase):
    """A file that refuses to be read in large pieces: a zip archive states the size of its own directory, and
    the reader would take it all in."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        wanted = MAX_DIRECTORY + 1 if size < 0 else min(size, MAX_DIRECTORY + 1)
        piece = self.file.read(wanted)
        if len(piece) > MAX_DIRECTORY:
            raise zipfile.BadZipFile
        return piece


def _is_office(file: IO[bytes]) -> str | None:
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(_Sparing(file)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Rejected(_("The document unpacks to far more than it should. Save it as PDF instead."))
            types = next((part for part in parts if part.filename == "[Content_Types].xml"), None)
            if types is None or types.file_size > MAX_CONTENT_TYPES:
                return None
            if types.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile  # No office program packs otherwise, and LZMA takes what memory it likes.
            with archive.open(types) as stream:
                listing = stream.read(MAX_CONTENT_TYPES)
    except (*UNREADABLE, zipfile.BadZipFile, zlib.error):
        raise Rejected(_("The document can't be read. Save it again and choose it once more.")) from None
    names = [part.filename.lower() for part in parts]
    if any(name.endswith(RUNS) for name in names) or any(word in listing.lower() for word in MACROS):
        raise Rejected(_("The document has macros in it. Save it without macros, or as PDF."))
    return next((kind for main, kind in OFFICE.items() if main in listing), None)


DETECTORS: tuple[Callable[[IO[bytes]], str | None], ...] = (_is_pdf, _is_picture, _is_office)
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


def clean_name(name: str) -> str:
    """The sender's file name made harmless: no folders, no characters that can't be seen, not empty."""
    name = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    name = "".join(c for c in re.sub(r"\s+", " ", name) if unicodedata.category(c)[0] != "C")
    return name.strip(" .") or "fil"


def shown_name(name: str, content_type: str) -> str:
    """`clean_name` with at most 150 characters and an ending that tells the type that was found."""
    name = clean_name(name)
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
                "Excel or PowerPoint document (docx, xlsx, pptx)."
            )
        )
    return Accepted(shown_name(upload.name or "", content_type), content_type, size, sha256_of_file(file))
