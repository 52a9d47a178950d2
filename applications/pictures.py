"""What kind of picture a file holds and how large it is, told by its structure. Nothing is decoded: a file
made to harm meets no decoder here, and only small pieces of it are in memory at a time."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

PIECE = 64 * 1024
MAX_SEGMENTS = 20_000
"""More parts than any camera or program writes; walking through more would only cost time."""


class Broken(Exception):
    """It begins as a picture, but is cut off or damaged."""


@dataclass(frozen=True)
class Picture:
    """Its MIME type, and its size in pixels as the file states it."""

    content_type: str
    width: int
    height: int


def identify(file: IO[bytes]) -> Picture | None:
    """The JPEG, PNG, WebP or HEIC in `file`; None for everything else. Raises Broken."""
    file.seek(0)
    start = file.read(12)
    if start.startswith(b"\xff\xd8\xff"):
        return _picture("image/jpeg", _jpeg_size(file))
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture("image/png", _png_size(file))
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return _picture("image/webp", _webp_size(file))
    if start[4:8] == b"ftyp" and _is_heic(file):
        return _picture("image/heic", _heic_size(file))
    return None


def _picture(content_type: str, size: tuple[int, int]) -> Picture:
    if 0 in size:
        raise Broken
    return Picture(content_type, *size)


def _take(file: IO[bytes], count: int) -> bytes:
    """Exactly `count` bytes."""
    data = file.read(count)
    if len(data) != count:
        raise Broken
    return data


def _pieces(file: IO[bytes], count: int) -> Iterator[bytes]:
    """The next `count` bytes, a piece at a time."""
    while count:
        piece = _take(file, min(count, PIECE))
        count -= len(piece)
        yield piece


# Start-of-frame markers; C4, C8 and CC in the same range mean something else (ITU-T T.81, table B.1).
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
BARE = frozenset({0x01, *range(0xD0, 0xD8)})
END, SCAN = 0xD9, 0xDA


def _jpeg_size(file: IO[bytes]) -> tuple[int, int]:
    file.seek(2)
    size = None
    for _segment in range(MAX_SEGMENTS):
        lead, marker = _take(file, 2)
        if lead != 0xFF:
            raise Broken
        if marker == 0xFF:  # a fill byte before the marker
            file.seek(-1, 1)
            continue
        if marker in BARE:
            continue
        (length,) = struct.unpack(">H", _take(file, 2))
        if marker == END or length < 2:
            raise Broken
        if marker in FRAMES:
            height, width = struct.unpack(">xHH", _take(file, 5))
            size = width, height
            length -= 5
        if marker == SCAN:
            break
        file.seek(max(length - 2, 0), 1)
    if size is None or not _has_end(file):
        raise Broken
    return size


def _has_end(file: IO[bytes]) -> bool:
    """Whether the end marker comes after the pixels. What a telephone adds behind it is left in peace; a
    preview's own end marker, further up, doesn't count."""
    before = b""
    while piece := file.read(PIECE):
        if b"\xff\xd9" in before + piece:
            return True
        before = piece[-1:]
    return False


def _png_size(file: IO[bytes]) -> tuple[int, int]:
    file.seek(8)
    size, has_pixels = None, False
    for _chunk in range(MAX_SEGMENTS):
        length, kind = struct.unpack(">I4s", _take(file, 8))
        if kind == b"IHDR":
            size = struct.unpack(">II", _take(file, 8))
            file.seek(-8, 1)
        has_pixels |= kind == b"IDAT"
        checksum = zlib.crc32(kind)
        for piece in _pieces(file, length):
            checksum = zlib.crc32(piece, checksum)
        if checksum != int.from_bytes(_take(file, 4), "big"):
            raise Broken
        if kind == b"IEND":
            break
    else:
        raise Broken
    if size is None or not has_pixels:
        raise Broken
    return size


def _webp_size(file: IO[bytes]) -> tuple[int, int]:
    file.seek(0)
    head = _take(file, 30)
    file.seek(0, 2)
    if file.tell() < int.from_bytes(head[4:8], "little") + 8:
        raise Broken
    kind, body = head[12:16], head[20:]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise Broken


# The brands of still pictures packed with HEVC (ISO/IEC 23008-12, annex B). "mif1" alone may be packed otherwise.
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
MAX_BRANDS = 64
MAX_META = 4 * 1024 * 1024
BOXES = frozenset({b"ftyp", b"meta", b"mdat", b"free", b"skip", b"moov", b"uuid", b"idat"})


def _is_heic(file: IO[bytes]) -> bool:
    file.seek(0)
    (length,) = struct.unpack(">I", file.read(4))
    if not 16 <= length <= 16 + 4 * MAX_BRANDS:
        return False
    brands = file.read(length - 4)[4:]
    # Between the leading brand and the others stands a version.
    return not HEIC_BRANDS.isdisjoint(
        [brands[:4], *(brands[start : start + 4] for start in range(8, len(brands), 4))]
    )


def _heic_size(file: IO[bytes]) -> tuple[int, int]:
    """The largest of the pictures: the whole one, when it is put together of tiles."""
    sizes: list[tuple[int, int]] = []
    found: set[bytes] = set()
    file.seek(0, 2)
    for kind, start, end in _boxes(file, 0, file.tell()):
        if kind not in BOXES and {b"meta", b"mdat"} <= found:
            break  # What a telephone adds behind the picture needn't be in boxes.
        if end is None:
            raise Broken
        found.add(kind)
        if kind == b"meta":
            if end - start > MAX_META:
                raise Broken
            sizes += _heic_sizes(file, start + 4, end)
    if not sizes or not found & {b"mdat", b"idat"}:
        raise Broken
    return max(sizes, key=lambda size: size[0] * size[1])


def _heic_sizes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sizes that a list of boxes tells of: they stand in meta, iprp, ipco, ispe."""
    for kind, inside, after in _boxes(file, start, end):
        if after is None:
            raise Broken
        if kind in (b"iprp", b"ipco"):
            yield from _heic_sizes(file, inside, after)
        elif kind == b"ispe":
            file.seek(inside + 4)
            width, height = struct.unpack(">II", _take(file, 8))
            yield width, height


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int | None]]:
    """Each box between `start` and `end`: its kind, where its content starts, and where it ends, or None where it
    would end outside."""
    for _box in range(MAX_SEGMENTS):
        if start == end:
            return
        file.seek(start)
        length, kind = struct.unpack(">I4s", _take(file, 8))
        inside = start + 8
        if length == 1:
            (length,) = struct.unpack(">Q", _take(file, 8))
            inside += 8
        elif length == 0:
            length = end - start
        after = start + length
        yield kind, inside, after if inside <= after <= end else None
        start = after
        if not inside <= after <= end:
            return
    raise Broken
