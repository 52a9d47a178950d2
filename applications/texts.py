"""Plain text, which has no signature: it is text when all of it reads as text in an encoding that people use."""

from __future__ import annotations

import codecs
import re
from typing import IO

PIECE = 64 * 1024
# Tabs, line ends and page breaks belong in a text. Every other control character tells of something else.
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
BOM_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_text(file: IO[bytes]) -> bool:
    """Whether the file is text in UTF-8, in UTF-16 with its mark, or in Windows-1252."""
    file.seek(0)
    encodings = ("utf-16",) if file.read(2) in BOM_16 else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return not _has_control(file, encoding)
        except UnicodeDecodeError:
            continue
    return False


def _has_control(file: IO[bytes], encoding: str) -> bool:
    """Whether there is a control character in it. Raises UnicodeDecodeError for another encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    found = False
    while piece := file.read(PIECE):
        found |= bool(CONTROL.search(decoder.decode(piece)))
    decoder.decode(b"", final=True)
    return found
