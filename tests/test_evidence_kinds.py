"""The kinds that are let in beside PDF, JPEG, PNG, WebP and Word, and the kinds that are turned down with a
sentence of their own."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from applications import pictures
from applications.evidence import ACCEPT, EXTENSIONS, Rejected, inspect

from .uploads import CALC, KINDS, TEXT, office, opendocument, packed, picture

ARCHIVE = "This is an archive of packed files. Unpack it and send the files one by one."
DOCUMENT = "The document can't be read. Save it again and choose it once more."
KIND = "This kind of file can't be attached."
MACROS = "The document has macros in it. Save it without macros, or as PDF."
NOT_TEXT = "This is not plain text. Save it as text (UTF-8), or as PDF, and choose it once more."
OLDER = "This is an older kind of document, or one that is locked with a password."
PICTURE = "The picture can't be read. Save it again and choose it once more."
PIXELS = "The picture has too many pixels. Make it smaller and choose it again."
UNPACKS = "The document unpacks to far more than it should. Save it as PDF instead."


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def kind(content: bytes, name: str) -> str:
    return inspect(SimpleUploadedFile(name, content)).content_type


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(Rejected) as caught:
        kind(content, name)
    return str(caught.value)


@pytest.mark.parametrize("ending", KINDS)
def test_each_kind_by_its_own_name(ending):
    content_type, content = KINDS[ending]
    found = inspect(SimpleUploadedFile(f"underlag.{ending}", content))
    assert (found.content_type, found.name, found.size) == (content_type, f"underlag.{ending}", len(content))


@pytest.mark.parametrize("ending", [ending for ending in KINDS if ending not in ("txt", "csv")])
def test_each_kind_by_a_wrong_name(ending):
    content_type, content = KINDS[ending]
    for wrong in ("underlag", "underlag.exe", "underlag.txt", "underlag.csv"):
        found = inspect(SimpleUploadedFile(wrong, content))
        assert (found.content_type, found.name) == (content_type, f"{wrong}.{ending}")


def test_the_file_dialogue_offers_what_is_let_in():
    assert ACCEPT == ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif,.docx,.xlsx,.pptx,.odt,.ods,.csv,.txt"
    assert {content_type for content_type, _content in KINDS.values()} == set(EXTENSIONS)


# --- HEIC -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [(64, 64), (17, 300), (300, 17)])
def test_the_size_of_a_heic_is_read_from_its_structure(size):
    found = pictures.identify(io.BytesIO(picture("HEIF", size)))
    assert found is not None
    assert found.content_type == "image/heic"
    # The picture is packed in squares: the size may stand rounded up to the next, beside the picture's own.
    assert all(
        0 <= stated - real < 64 for stated, real in zip((found.width, found.height), size, strict=True)
    )


def box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", len(inside) + 8, name) + inside


def heic(
    *sizes: tuple[int, int], brand: bytes = b"heic", others: bytes = b"mif1", pixels: bytes = b"x"
) -> bytes:
    """The boxes of a picture, with nothing in them that a decoder could use."""
    spatial = [box(b"ispe", bytes(4), struct.pack(">II", *size)) for size in sizes]
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"iprp", box(b"ipco", *spatial)))
    return box(b"ftyp", brand, bytes(4), others) + meta + box(b"mdat", pixels)


def test_the_brands_that_are_heic():
    assert kind(heic((10, 10)), "x") == "image/heic"
    assert kind(heic((10, 10), brand=b"mif1", others=b"heix"), "x") == "image/heic"
    for brand, others in ((b"avif", b"mif1"), (b"isom", b"mp42"), (b"mif1", b"mif1"), (b"qt  ", b"")):
        assert refusal(heic((10, 10), brand=brand, others=others), "x.heic").startswith(KIND)
    assert refusal(box(b"ftyp", b"isom", b"heic", b"mp42"), "x.heic").startswith(KIND), "That is a version."


def test_a_heic_of_too_many_pixels():
    assert kind(heic((512, 512), (12_000, 10_000)), "x") == "image/heic"
    assert refusal(heic((512, 512), (12_000, 10_001)), "x") == PIXELS
    assert refusal(heic((12_000, 10_001), (512, 512)), "x") == PIXELS
    assert refusal(heic((2**32 - 1, 2**32 - 1)), "x") == PIXELS


@pytest.mark.parametrize(
    "content",
    [
        heic(),
        heic((0, 10)),
        heic((10, 10))[:-1],
        heic((10, 10))[:-12],
        heic((10, 10))[:60],
        box(b"ftyp", b"heic", bytes(4), b"mif1"),
        box(b"ftyp", b"heic", bytes(4), b"mif1") + b"\x00\x00",
        box(b"ftyp", b"heic", bytes(4), b"mif1") + box(b"mdat", b"x"),
        box(b"ftyp", b"heic", bytes(4), b"mif1") + struct.pack(">I4s", 4, b"meta"),
        box(b"ftyp", b"heic", bytes(4), b"mif1") + struct.pack(">I4sQ", 1, b"meta", 2**63),
        box(b"ftyp", b"heic", bytes(4), b"mif1") + box(b"free") * 30_000,
        box(b"ftyp", b"heic", bytes(4), b"mif1") + box(b"meta", bytes(4), struct.pack(">I4s", 90, b"iprp")),
    ],
)
def test_a_broken_heic(content):
    assert refusal(content, "x.heic") == PICTURE


@pytest.mark.parametrize("cut", [1, 10, 0.3, 0.7])
def test_a_truncated_heic(cut):
    content = picture("HEIF", (200, 100))
    missing = cut if isinstance(cut, int) else int(len(content) * cut)
    assert refusal(content[:-missing], "x.heic") == PICTURE


def test_a_telephone_may_add_something_behind_a_heic():
    assert kind(picture("HEIF") + b"\x00\x00\x01\x0aSEFHx" + b"film" * 5_000, "x") == "image/heic"


# --- OpenDocument -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "part",
    ["Basic/Standard/Module1.xml", "Basic/script-lc.xml", "Scripts/python/x.py", "BASIC/x.xml", "x.exe"],
)
@pytest.mark.parametrize("mimetype", [TEXT, CALC])
def test_an_opendocument_with_macros(mimetype, part):
    assert refusal(opendocument(mimetype, {part: b"Sub Main"}), "avtal.odt") == MACROS


@pytest.mark.parametrize(
    "mimetype",
    [
        f"{TEXT}-template",
        "application/vnd.oasis.opendocument.presentation",
        "application/epub+zip",
        "",
        "x" * 999,
    ],
)
def test_other_opendocuments(mimetype):
    assert refusal(opendocument(mimetype), "avtal.odt").startswith(KIND)


def test_the_type_of_an_opendocument_stands_first_and_uncompressed():
    parts = {"content.xml": b"x", "mimetype": TEXT.encode()}
    assert refusal(packed(parts, stored=("mimetype",)), "avtal.odt") == ARCHIVE
    assert refusal(packed({"mimetype": TEXT.encode() * 9}), "avtal.odt") == ARCHIVE


# --- Archives -----------------------------------------------------------------------------------------------
def tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("hej.txt"))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        packed({"protokoll.pdf": KINDS["pdf"][1]}),
        packed({"setup.exe": b"MZ"}),
        packed({}),
        b"Rar!\x1a\x07\x01\x00" + bytes(50),
        b"Rar!\x1a\x07\x00" + bytes(50),
        b"7z\xbc\xaf\x27\x1c" + bytes(50),
        gzip.compress(b"hej"),
        tar(),
        b"BZh91AY&SY",
        b"\xfd7zXZ\x00" + bytes(20),
        b"\x28\xb5\x2f\xfd" + bytes(20),
    ],
    ids=["zip", "zip of a program", "empty zip", "rar 5", "rar 4", "7z", "gz", "tar", "bz2", "xz", "zstd"],
)
@pytest.mark.parametrize("name", ["underlag.zip", "underlag.docx", "underlag.txt"])
def test_an_archive_is_to_be_unpacked(content, name):
    assert refusal(content, name) == ARCHIVE


def test_an_older_document():
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "avtal.doc").startswith(OLDER)


# --- What an archive says of itself is not believed ---------------------------------------------------------
def altered(content: bytes, name: str, change: Callable[[bytearray, int], None]) -> bytes:
    """`content` with the directory's entry for `name` changed."""
    data = bytearray(content)
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 1)
    change(data, at)
    return bytes(data)


def understated(size: int, content: bytes) -> Callable[[bytearray, int], None]:
    """The directory says that only the first `size` bytes of `content` are packed, with their checksum."""

    def change(data: bytearray, at: int) -> None:
        data[at + 16 : at + 20] = struct.pack("<L", zlib.crc32(content[:size]))
        data[at + 24 : at + 28] = struct.pack("<L", size)

    return change


def test_a_bomb_that_says_it_is_small():
    content = bytes(20 * 1024 * 1024)
    bomb = office(parts={"word/x.xml": content})
    assert kind(bomb, "avtal.docx")
    lying = altered(bomb, "word/x.xml", understated(1000, content))
    with zipfile.ZipFile(io.BytesIO(lying)) as archive:
        assert len(archive.read("word/x.xml")) == 1000, "Python's own reader believes it."
    assert refusal(lying, "avtal.docx") == DOCUMENT


def test_parts_that_lie_over_each_other():
    content = office(parts={"word/a.xml": b"x" * 50_000, "word/b.xml": zlib.compress(b"y") * 400})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        a, b = (archive.getinfo(f"word/{name}.xml") for name in "ab")

    def change(data: bytearray, at: int) -> None:
        data[at + 20 : at + 24] = struct.pack("<L", len(content))
        data[at + 42 : at + 46] = struct.pack("<L", b.header_offset)

    assert a.compress_size < b.header_offset
    assert refusal(altered(content, "word/a.xml", change), "avtal.docx") == DOCUMENT


def test_a_document_that_unpacks_to_too_much():
    parts = {f"word/{number}.xml": bytes(50 * 1024 * 1024) for number in range(5)}
    assert refusal(office(parts=parts), "avtal.docx") == UNPACKS
    assert refusal(opendocument(TEXT, parts), "avtal.odt") == UNPACKS


def test_a_document_that_is_damaged_inside():
    content = bytearray(office(parts={"word/x.xml": bytes(range(256)) * 40}))
    content[content.index(b"word/x.xml") + 60] ^= 0xFF
    assert refusal(bytes(content), "avtal.docx") == DOCUMENT


def test_a_locked_document():
    def change(data: bytearray, at: int) -> None:
        data[at + 8] |= 1

    assert refusal(altered(office(), "word/document.xml", change), "avtal.docx") == DOCUMENT


# --- Text ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("name", ["anteckningar.txt", "ANTECKNINGAR.TXT"])
def test_text_in_the_encodings_that_people_use(encoding, name):
    text = "Årsmöte – “öppet” för alla.\r\n\tPunkt 1\f€\n" * 5_000
    assert kind(text.encode(encoding), name) == "text/plain"


def test_a_character_that_is_cut_in_two_by_the_reading():
    assert kind(b"x" * 65_535 + "å€😀".encode(), "x.txt") == "text/plain"


@pytest.mark.parametrize("name", ["x.csv", "x.CSV"])
def test_a_table_as_text(name):
    assert kind(b"a;b\n1;2\n", name) == "text/csv"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + bytes(100),
        b"hej\x00hej",
        b"hej\x1b[31m",
        b"hej\x07",
        b"\x81\x8d",
        "hej".encode("utf-16-le"),
        "hej".encode("utf-32"),
        b"\xff\xfeh\x00e",
        b"\xff\xfe\x00\xd8",
        "hej\x00".encode("utf-16"),
        "hej\x85".encode().replace(b"\x85", b"\x86"),
        b"x" * 70_000 + b"\x00",
    ],
)
def test_what_is_not_text(content):
    assert refusal(content, "x.txt") == NOT_TEXT


@pytest.mark.parametrize(
    "name", ["x.html", "x.svg", "x.js", "x.sh", "x.pdf", "x.jpg", "x.docx", "x", "txt", ".txt"]
)
def test_text_by_another_name_is_no_evidence(name):
    assert refusal(b"<script>alert(1)</script>", name).startswith(KIND)
