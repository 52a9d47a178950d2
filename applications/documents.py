"""Office documents, and the archives that aren't documents: told by the list of what is packed in them. What is
packed is unpacked once, a piece at a time, to see that it is whole and no larger than it says; nothing is kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext as _

from .rejection import Rejected

MAX_UNPACKED = 250 * 1024 * 1024
MAX_PARTS = 5_000
MAX_DIRECTORY = 1024 * 1024
MAX_CONTENT_TYPES = 1024 * 1024
PIECE = 64 * 1024

OPEN_XML = "application/vnd.openxmlformats-officedocument."
MAIN_PARTS = {
    f"{OPEN_XML}{family}.main+xml".encode(): f"{OPEN_XML}{family}"
    for family in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
}
"""The types of the part that a document of Word, Excel or PowerPoint begins with, and the document's own."""
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_DOCUMENTS = {
    f"{OPEN_DOCUMENT}{family}".encode(): f"{OPEN_DOCUMENT}{family}" for family in ("text", "spreadsheet")
}

RUNS = (
    "vbaproject.bin",
    ".exe",
    ".dll",
    ".js",
    ".vbs",
    ".ps1",
    ".bat",
    ".cmd",
    ".scr",
    ".msi",
    ".jar",
    ".class",
)
"""Endings of the parts that a document of words, figures and pictures has no use for: they can be run."""
MACROS = (b"macroenabled", b"vbaproject", b"macrosheet")
"""Words in the list of a document's parts that tell of macros, whatever the parts are named."""
MACRO_FOLDERS = ("basic/", "scripts/")
"""Where an OpenDocument keeps its macros."""

ZIP = b"PK\x03\x04"
OTHER_ARCHIVES = (
    b"PK\x05\x06",  # an empty zip
    b"PK\x07\x08",  # a zip in several pieces
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",  # gzip
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",  # zstd
    b"MSCF\x00",  # cab
)
TAR = b"ustar"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
    NotImplementedError,
    EOFError,
)
"""What reading a broken archive raises."""


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


def identify(file: IO[bytes]) -> str | None:
    """The MIME type of the document in `file`; None for what is neither a document nor an archive. Raises
    Rejected for archives, for documents with macros, that are broken, or that unpack to too much."""
    file.seek(0)
    start = file.read(300)
    if start.startswith(OLD_OFFICE):
        raise Rejected(
            _(
                "This is an older kind of document, or one that is locked with a password. Save it as docx, xlsx or "
                "pptx without a password, or as PDF."
            )
        )
    if start.startswith(OTHER_ARCHIVES) or start[257:262] == TAR:
        raise _archive()
    if not start.startswith(ZIP):
        return None
    try:
        with zipfile.ZipFile(_Sparing(file)) as archive:
            return _document(archive, file)
    except UNREADABLE:
        raise Rejected(_("The document can't be read. Save it again and choose it once more.")) from None


def _archive() -> Rejected:
    return Rejected(_("This is an archive of packed files. Unpack it and send the files one by one."))


def _document(archive: zipfile.ZipFile, file: IO[bytes]) -> str | None:
    parts = archive.infolist()
    names = [part.filename.lower() for part in parts]
    mimetype = _mimetype(file)
    if mimetype is None and "[content_types].xml" not in names:
        raise _archive()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Rejected(_("The document unpacks to far more than it should. Save it as PDF instead."))
    _unpack(file, parts)
    if mimetype is not None:
        kind, has_macros = OPEN_DOCUMENTS.get(mimetype), any(name.startswith(MACRO_FOLDERS) for name in names)
    else:
        listing = _listing(archive, parts)
        kind = next((document for main, document in MAIN_PARTS.items() if main in listing), None)
        has_macros = any(word in listing.lower() for word in MACROS)
    if has_macros or any(name.endswith(RUNS) for name in names):
        raise Rejected(_("The document has macros in it. Save it without macros, or as PDF."))
    return kind


def _mimetype(file: IO[bytes]) -> bytes | None:
    """What an OpenDocument says of itself in its first part, which isn't compressed; None for everything else."""
    file.seek(0)
    method, size, name_length, extra_length = struct.unpack("<8xH8xL4xHH", file.read(30))
    if (method, name_length, extra_length) != (zipfile.ZIP_STORED, 8, 0) or file.read(8) != b"mimetype":
        return None
    return file.read(min(size, 200))


def _listing(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> bytes:
    """The list of the parts of a document of Word, Excel or PowerPoint, with their types."""
    types = next((part for part in parts if part.filename == "[Content_Types].xml"), None)
    if types is None or types.file_size > MAX_CONTENT_TYPES:
        raise zipfile.BadZipFile
    with archive.open(types) as stream:
        return stream.read(MAX_CONTENT_TYPES)


def _unpack(file: IO[bytes], parts: list[zipfile.ZipInfo]) -> None:
    """Raises one of UNREADABLE unless each part is what the directory says, neither shorter nor longer. Whoever
    opens the document may trust that directory, or not."""
    packed = sum(part.compress_size for part in parts)
    if packed > file.seek(0, io.SEEK_END):
        raise zipfile.BadZipFile  # The parts lie over each other, each to be unpacked anew.
    for part in parts:
        # No office program packs otherwise, and LZMA takes what memory it likes.
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
            raise zipfile.BadZipFile
        if _measure(file, part) != (part.file_size, part.CRC):
            raise zipfile.BadZipFile


def _measure(file: IO[bytes], part: zipfile.ZipInfo) -> tuple[int, int]:
    """The size and the checksum of what is packed in `part`. Unpacks no more than one byte above what it says."""
    file.seek(part.header_offset)
    signature, lengths = struct.unpack("<4s22xL", file.read(30))
    if signature != ZIP:
        raise zipfile.BadZipFile
    file.seek((lengths & 0xFFFF) + (lengths >> 16), io.SEEK_CUR)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == zipfile.ZIP_DEFLATED else None
    size, checksum, left = 0, 0, part.compress_size
    while left and size <= part.file_size:
        packed = file.read(min(left, PIECE))
        if not packed:
            raise EOFError
        left -= len(packed)
        while packed and size <= part.file_size:
            unpacked, packed = (
                (inflate.decompress(packed, PIECE), inflate.unconsumed_tail) if inflate else (packed, b"")
            )
            size += len(unpacked)
            checksum = zlib.crc32(unpacked, checksum)
    return size, checksum
