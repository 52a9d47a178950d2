"""What an upload must pass before it is kept. The type is judged by content; the name only names it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from . import documents, pictures, texts
from .documents import OPEN_DOCUMENT, OPEN_XML
from .hashing import sha256_of_file
from .rejection import Rejected, TooLarge

MAX_PIXELS = 120_000_000


@dataclass(frozen=True)
class Accepted:
    """What is known of a file that passed: the MIME type found in it, its size in bytes and its hash."""

    name: str
    content_type: str
    size: int
    sha256: str


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes every upload to disk as it comes, and stops writing where a file is too large: what comes after
    is only counted, so that the form can say what was wrong with everything else still in place. So many files at
    once that they have no room in an application are counted only, too, whoever sends them."""

    written = 0

    def new_file(self, field_name: str, file_name: str, *args, **kwargs) -> None:
        # Django puts the ending of the sender's name on the temporary file, and a long one is more than the
        # file system takes.
        super().new_file(field_name, "upload", *args, **kwargs)
        self.file.name = self.file_name = file_name
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if (
            self.received <= settings.QM_EVIDENCE_MAX_BYTES
            and self.written <= settings.QM_EVIDENCE_TOTAL_BYTES
        ):
            self.written += len(raw_data)
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


def _is_text(file: IO[bytes], name: str) -> str | None:
    """Text has no signature, so that for text alone the name has to agree: a page of code by the name of
    minutes.pdf is no evidence."""
    content_type = next((kind for kind in TEXTS if name.lower().endswith(EXTENSIONS[kind])), None)
    if content_type and not texts.is_text(file):
        raise Rejected(
            _("This is not plain text. Save it as text (UTF-8), or as PDF, and choose it once more.")
        )
    return content_type


DETECTORS: tuple[Callable[[IO[bytes]], str | None], ...] = (_is_pdf, _is_picture, documents.identify)
TEXTS = ("text/csv", "text/plain")
EXTENSIONS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    f"{OPEN_XML}wordprocessingml.document": (".docx",),
    f"{OPEN_XML}spreadsheetml.sheet": (".xlsx",),
    f"{OPEN_XML}presentationml.presentation": (".pptx",),
    f"{OPEN_DOCUMENT}text": (".odt",),
    f"{OPEN_DOCUMENT}spreadsheet": (".ods",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
}
ACCEPT = ",".join(extension for extensions in EXTENSIONS.values() for extension in extensions)
"""For the file field's `accept`: a help in the file dialogue, never a check."""


def clean_line(text: str) -> str:
    """`text` as one line without characters that can't be seen; such as turn the reading direction."""
    line = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    return "".join(c for c in line if unicodedata.category(c)[0] != "C").strip()


def clean_name(name: str) -> str:
    """The sender's file name made harmless: no folders, no characters that can't be seen, not empty."""
    return clean_line(PurePosixPath(name.replace("\\", "/")).name).strip(" .") or "fil"


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
        raise TooLarge(_("The file is too large. It may be at most %(limit)s.") % {"limit": limit})
    file = cast("IO[bytes]", upload.file)
    content_type = next((found for detect in DETECTORS if (found := detect(file))), None)
    content_type = content_type or _is_text(file, clean_name(upload.name or ""))
    if content_type is None:
        raise Rejected(
            _(
                "This kind of file can't be attached. Choose a PDF, a picture (JPEG, PNG, WebP, HEIC), a document "
                "(docx, xlsx, pptx, odt, ods) or plain text (txt, csv)."
            )
        )
    return Accepted(shown_name(upload.name or "", content_type), content_type, size, sha256_of_file(file))
