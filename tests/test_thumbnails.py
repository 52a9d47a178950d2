"""The small picture of a file, and what becomes of files that have none or harm whoever opens them."""

from __future__ import annotations

import io
import sys
import zlib

import pytest
from PIL import Image

from applications import pictures, thumbnails
from applications.demo import files

from .cases import PDF
from .uploads import KINDS, picture


def make(content: bytes, kind: str) -> bytes | None:
    return thumbnails.make(io.BytesIO(content), kind)


def size(content: bytes, kind: str) -> tuple[int, int]:
    made = make(content, kind)
    assert made is not None
    found = pictures.identify(io.BytesIO(made))
    assert found is not None
    assert found.content_type == "image/webp"
    return found.width, found.height


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "heic"])
def test_a_small_picture_stays_as_large_as_it_is(ending):
    kind, content = KINDS[ending]
    assert size(content, kind) == (60, 40)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {"mode": "LA"}),
        ("PNG", {"mode": "P"}),
        ("PNG", {"mode": "I;16"}),
        ("JPEG", {"mode": "CMYK"}),
        ("JPEG", {"mode": "L", "progressive": True}),
        ("WEBP", {"mode": "RGBA"}),
        ("HEIF", {}),
    ],
)
def test_a_large_picture_is_shrunk_whatever_its_colours(kind, options):
    ending = "heic" if kind == "HEIF" else kind.lower()
    assert size(picture(kind, (1200, 600), **options), f"image/{ending}") == (240, 120)


def test_a_telephones_picture_is_turned_the_right_way_up_and_loses_its_position():
    camera = Image.Exif()
    camera[0x0112] = 6  # turned a quarter
    camera[0x010E] = "58.4, 14.7"
    made = make(picture("JPEG", (400, 200), exif=camera.tobytes()), "image/jpeg")
    assert made is not None
    with Image.open(io.BytesIO(made)) as small:
        assert small.size == (120, 240)
    assert b"58.4" not in made


def test_the_first_page_of_a_pdf():
    width, height = size(files.pdf("Protokoll", ["Åäö."]), "application/pdf")
    assert (width, height) == (170, 240)
    made = make(files.pdf("Protokoll", ["Åäö."]), "application/pdf")
    with Image.open(io.BytesIO(made or b"")) as small:
        assert small.convert("L").getextrema()[0] < 100, "Nothing is written on it."


@pytest.mark.parametrize("ending", ["docx", "odt", "txt", "csv"])
def test_other_kinds_have_none(ending):
    kind, content = KINDS[ending]
    assert make(content, kind) is None


@pytest.mark.parametrize("kind", sorted(thumbnails.KINDS))
@pytest.mark.parametrize(
    "content", [b"", b"x", PDF[:20], picture("PNG")[:60]], ids=["none", "x", "pdf", "png"]
)
def test_what_cannot_be_read_has_none(kind, content):
    assert make(content, kind) is None


def test_a_picture_is_not_opened_as_another_kind_than_was_found_in_it():
    assert make(picture("PNG"), "image/jpeg") is None


def bomb(width: int, height: int) -> bytes:
    """A small PNG that is very large when it has been opened."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\x00\x00\x00"
    deflate = zlib.compressobj(1)
    row = bytes(4 * width + 1)
    pixels = b"".join(deflate.compress(row) for _row in range(height)) + deflate.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_what_takes_more_memory_than_it_may_has_none(monkeypatch):
    monkeypatch.setattr(thumbnails, "SECONDS", 60)
    content = bomb(14_000, 14_000)  # 784 MB of pixels
    assert len(content) < 4 * 1024 * 1024
    assert make(content, "image/png") is None


def test_what_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(thumbnails, "SECONDS", 0.01)
    assert make(picture("PNG", (2000, 2000)), "image/png") is None


def test_the_decoders_are_not_loaded_by_the_portal():
    """They are in the tests' own process, since the tests make pictures: a fresh one is asked."""
    import subprocess

    asked = (
        "import sys, applications.thumbnails; "
        "print([name for name in ('PIL', 'pypdfium2', 'pillow_heif') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"
