"""What is let in as evidence and what isn't: by content, never by name."""

from __future__ import annotations

import io
import re
import tracemalloc
import warnings
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from applications import evidence, pictures
from applications.evidence import Accepted, Rejected, inspect, shown_name
from applications.models import Answer, Evidence, Status

from .cases import PDF, jpeg, make_application
from .uploads import WORD, office, picture

ARCHIVE = "This is an archive of packed files. Unpack it and send the files one by one."
KIND = "This kind of file can't be attached."
PICTURE = "The picture can't be read. Save it again and choose it once more."
DOCUMENT = "The document can't be read. Save it again and choose it once more."
MACROS = "The document has macros in it. Save it without macros, or as PDF."
UNPACKS = "The document unpacks to far more than it should. Save it as PDF instead."
PIXELS = "The picture has too many pixels. Make it smaller and choose it again."
CUT_OFF = "The PDF seems to be cut off. Save it again and choose it once more."


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def look(content: bytes, name: str = "fil.pdf") -> Accepted:
    return inspect(SimpleUploadedFile(name, content))


def refusal(content: bytes, name: str = "fil.pdf") -> str:
    with pytest.raises(Rejected) as caught:
        look(content, name)
    return str(caught.value)


# --- What is let in ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "content_type", "name"),
    [
        (PDF, "application/pdf", "fil.pdf"),
        (b"\xef\xbb\xbf\r\n" + PDF, "application/pdf", "fil.pdf"),
        (jpeg(), "image/jpeg", "fil.pdf.jpg"),
        (picture("JPEG", progressive=True), "image/jpeg", "fil.pdf.jpg"),
        (picture("JPEG", mode="CMYK"), "image/jpeg", "fil.pdf.jpg"),
        (picture("PNG"), "image/png", "fil.pdf.png"),
        (picture("PNG", mode="P"), "image/png", "fil.pdf.png"),
        (picture("WEBP"), "image/webp", "fil.pdf.webp"),
        (picture("WEBP", lossless=True), "image/webp", "fil.pdf.webp"),
        (picture("WEBP", mode="RGBA"), "image/webp", "fil.pdf.webp"),
        (office(), WORD, "fil.pdf.docx"),
    ],
)
def test_the_kinds_that_are_let_in_are_told_by_their_content(content, content_type, name):
    assert look(content) == Accepted(name, content_type, len(content), sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("family", "ending"), [("spreadsheetml.sheet", ".xlsx"), ("presentationml.presentation", ".pptx")]
)
def test_the_other_documents(family, ending):
    content_type = f"application/vnd.openxmlformats-officedocument.{family}"
    found = look(office(f"{content_type}.main+xml"), "budget" + ending)
    assert (found.content_type, found.name) == (content_type, "budget" + ending)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("WEBP", "RGB"), ("WEBP", "RGBA")]
)
@pytest.mark.parametrize("size", [(1, 1), (17, 300), (300, 17)])
def test_the_size_of_a_picture_is_read_from_its_structure(kind, mode, size):
    found = pictures.identify(io.BytesIO(picture(kind, size, mode)))
    assert found == pictures.Picture(f"image/{kind.lower()}", *size)


def test_a_telephone_may_add_a_film_behind_a_picture():
    assert look(jpeg() + b"ftypmp4" * 50_000).content_type == "image/jpeg"


# --- What isn't -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\x00" * 500,
        b"MZ\x90\x00" + b"\x00" * 200 + PDF,
        b"<html><script>alert(1)</script>" + PDF,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + b"\x00" * 50,
        b"#!/bin/sh\nrm -rf /\n",
        b"BM" + b"\x00" * 60,
        b"P",
        b"\x00" * 12,
    ],
    ids=[
        "exe",
        "exe before a pdf",
        "html before a pdf",
        "svg",
        "gif",
        "script",
        "bmp",
        "one",
        "nul",
    ],
)
def test_other_kinds_are_refused_whatever_their_name(content):
    assert refusal(content, "protokoll.pdf").startswith(KIND)


def test_nothing_is_told_to_be_nothing():
    assert refusal(b"") == "The file is empty."


def test_the_last_byte_allowed_and_one_more(settings):
    settings.QM_EVIDENCE_MAX_BYTES = len(PDF)
    assert look(PDF).size == len(PDF)
    assert refusal(PDF + b"\n").startswith("The file is too large. It may be at most")


def test_a_truncated_pdf():
    whole = PDF + b" " * 5000
    assert refusal(PDF[:30]) == CUT_OFF
    assert refusal(whole) == CUT_OFF


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("cut", [1, 2, 10, 0.5, 0.9])
def test_a_truncated_picture(kind, cut):
    content = picture(kind)
    missing = cut if isinstance(cut, int) else int(len(content) * cut)
    assert refusal(content[:-missing]) == PICTURE


def test_a_truncated_picture_whose_preview_is_whole():
    camera = Image.Exif()
    camera[0x010E] = "preview " + jpeg().hex()
    whole = picture("JPEG", exif=camera.tobytes() + jpeg())
    assert look(whole).content_type == "image/jpeg"
    assert refusal(whole[:-100]) == PICTURE


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x00",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff" + b"\xff" * 300_000,
        b"\xff\xd8" + b"\xff\xe1\x00\x02" * 150_000,
        b"\xff\xd8\xff\xda\x00\x02\xff\xd9",
        b"\xff\xd8\xffMZ" + b"\x00" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\xaeB`\x82",
        picture("PNG").replace(b"IDAT", b"IDAX"),
        b"RIFF\x00\x00\x00\x00WEBP",
        b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"\x00" * 20,
    ],
)
def test_a_broken_picture(content):
    assert refusal(content) == PICTURE


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is very large."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    pixels = chunk(b"IDAT", zlib.compress(b"\x00" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_a_picture_that_unfolds_to_gigabytes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert look(bomb(12_000, 10_000)).content_type == "image/png"
        assert refusal(bomb(12_000, 10_001)) == PIXELS
        assert refusal(bomb(60_000, 60_000)) == PIXELS
    assert refusal(bomb(0, 10)) == PICTURE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (office(parts={"word/vbaProject.bin": b"x"}), MACROS),
        (office(parts={"word/VBAPROJECT.BIN": b"x"}), MACROS),
        (office(parts={"word/embeddings/setup.exe": b"MZ"}), MACROS),
        (office("application/vnd.ms-word.document.macroEnabled.main+xml"), MACROS),
        (office(listing='<Override ContentType="application/vnd.ms-office.vbaProject"/>'), MACROS),
        (office(listing='<Override ContentType="application/vnd.ms-excel.macrosheet+xml"/>'), MACROS),
        (office(parts={f"word/{n}.xml": b"" for n in range(5_001)}), UNPACKS),
        (office()[:-30], DOCUMENT),
        (b"PK\x03\x04" + b"\x00" * 100, DOCUMENT),
        (b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18, DOCUMENT),
    ],
    ids=[
        "macros",
        "macros in capitals",
        "program inside",
        "macro type",
        "macro part",
        "old macros",
        "too many parts",
        "truncated",
        "broken",
        "nonsense directory",
    ],
)
def test_a_document_that_could_do_harm(content, reason):
    assert refusal(content, "avtal.docx") == reason


def test_a_zip_bomb():
    stream = io.BytesIO(office())
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/media/bomb.xml", "w") as part,
    ):
        for _piece in range(251):
            part.write(bytes(1024 * 1024))
    assert len(stream.getvalue()) < 2 * 1024 * 1024
    assert refusal(stream.getvalue(), "avtal.docx") == UNPACKS


def test_an_archive_that_is_no_document():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("hej.txt", "hej")
    assert refusal(stream.getvalue(), "avtal.docx") == ARCHIVE


def test_the_directory_of_an_archive_is_not_read_whole_when_it_is_enormous():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", WORD)
        for number in range(400):
            part = zipfile.ZipInfo(f"{number}" + "x" * 5_000)
            archive.writestr(part, b"")
    assert refusal(stream.getvalue(), "avtal.docx") == DOCUMENT


@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\x00\x00\x00WEBPVP8X", b"PK\x03\x04", b"%PDF-"]
    ),
    st.binary(max_size=200),
)
def test_no_content_whatever_makes_it_fall_over(start, rest):
    try:
        look(start + rest + b"x")
    except Rejected as error:
        assert str(error)


# --- Names ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("protokoll.pdf", "protokoll.pdf"),
        ("PROTOKOLL.PDF", "PROTOKOLL.pdf"),
        ("Årsmöte åäö.pdf", "Årsmöte åäö.pdf"),
        ("A\u030arsmo\u0308te.pdf", "Årsmöte.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\hemligt.pdf", "hemligt.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("a\x00b\r\nSet-Cookie: c.pdf", "ab Set-Cookie: c.pdf"),
        ("rad\u2028brytning.pdf", "rad brytning.pdf"),
        ("protokoll.exe", "protokoll.exe.pdf"),
        ("", "fil.pdf"),
        ("...", "fil.pdf"),
        (" . ", "fil.pdf"),
        (".pdf", "pdf.pdf"),
        ("/", "fil.pdf"),
        ("\u200b", "fil.pdf"),
        ("å" * 300 + ".pdf", "å" * 140 + ".pdf"),
        ('"><script>alert(1)</script>.pdf', "script>.pdf"),
    ],
)
def test_a_name_is_made_harmless(sent, kept):
    assert shown_name(sent, "application/pdf") == kept


@given(st.text(max_size=400), st.sampled_from(sorted(evidence.EXTENSIONS)))
def test_any_name_becomes_one_that_can_be_kept(sent, content_type):
    name = shown_name(sent, content_type)
    assert 0 < len(name) <= 150
    assert name.lower().endswith(evidence.EXTENSIONS[content_type])
    assert not re.search(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]", name)


# --- The upload itself ------------------------------------------------------------------------------------
BOUNDARY = "----grense"


class Body(io.RawIOBase):
    """A multipart body that is made as it is read: form fields, then one file of `size` zero bytes."""

    def __init__(self, fields: dict[str, str], name: str, size: int, start: bytes = b"") -> None:
        head = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        head += (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="evidence"; filename="{name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        )
        self.pieces = [head.encode() + start, size, f"\r\n--{BOUNDARY}--\r\n".encode()]
        self.length = sum(piece if isinstance(piece, int) else len(piece) for piece in self.pieces)

    def read(self, size: int = -1) -> bytes:
        while self.pieces and not self.pieces[0]:
            self.pieces.pop(0)
        if not self.pieces:
            return b""
        first = self.pieces[0]
        if isinstance(first, int):
            count = min(first, size)
            self.pieces[0] = first - count
            return bytes(count)
        self.pieces[0] = first[size:]
        return first[:size]


def post(client, address: str, body: Body) -> HttpResponse:
    """What the portal answers, the body being read as it comes."""
    return client.request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": address,
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(body.length),
            "wsgi.input": body,
        }
    )


def peak(client, address: str, body: Body) -> tuple[HttpResponse, int]:
    """What the portal answers, and the most memory that it held meanwhile, in bytes."""
    tracemalloc.start()
    response = post(client, address, body)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return response, most


def grown(client, address: str, body: Body) -> tuple[HttpResponse, int]:
    """What the portal answers, and by how much more memory than to a form with no file in it."""
    empty = Body({"text": ""}, "", 0)
    post(client, address, empty)  # What is loaded once, for the first request, is no request's own.
    _response, usual = peak(client, address, empty)
    response, most = peak(client, address, body)
    return response, most - usual


@pytest.fixture
def signed_in(client, cast):
    client.force_login(cast.sigrid)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def address(signed_in, cast) -> str:
    application = make_application(cast, Status.DRAFT)
    return f"/applications/{application.reference}/questions/1/"


def test_a_file_that_is_too_large_is_neither_kept_nor_held_in_memory(signed_in, address, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.QM_EVIDENCE_MAX_BYTES = 2 * 1024 * 1024
    body = Body({"text": "Svaret åäö", "rating": "2"}, "stor.pdf", 60 * 1024 * 1024, PDF)
    response, growth = grown(signed_in, address, body)
    assert response.status_code == 200
    assert (
        "“stor.pdf” was not attached. The file is too large. It may be at most 2.0"
        in response.content.decode()
    )
    assert "Svaret åäö" in response.content.decode()
    assert growth < 8 * 1024 * 1024
    answer = Answer.objects.get(question__number=1)
    assert (answer.text, answer.rating) == ("Svaret åäö", 2)
    assert not Evidence.objects.exists()
    assert list(tmp_path.glob("*.upload*")) == []


def test_no_more_than_the_limit_is_written_to_disk(settings):
    settings.QM_EVIDENCE_MAX_BYTES = 1000
    handler = evidence.BoundedUploadHandler()
    handler.new_file("evidence", "stor.pdf", "application/pdf", None)
    for _piece in range(10):
        handler.receive_data_chunk(b"x" * 300, 0)
    upload = handler.file_complete(3000)
    assert (upload.name, upload.size) == ("stor.pdf", 3000)
    assert Path(upload.temporary_file_path()).stat().st_size <= 1000
    upload.close()


def test_a_file_within_the_limit_is_kept_piece_by_piece(signed_in, address):
    size = 20 * 1024 * 1024
    body = Body({"text": "", "rating": ""}, "film.jpg", size, jpeg())
    response, growth = grown(signed_in, address, body)
    assert response.status_code == 302
    item = Evidence.objects.get()
    assert (item.name, item.content_type, item.size) == ("film.jpg", "image/jpeg", len(jpeg()) + size)
    assert growth < 8 * 1024 * 1024
    digest = sha256(jpeg())
    for _piece in range(20):
        digest.update(bytes(1024 * 1024))
    assert item.sha256 == digest.hexdigest()
    with item.file.open("rb") as kept:
        assert sha256(kept.read()).hexdigest() == item.sha256


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a." + "x" * 250, "a." + "x" * 138 + ".pdf"),
        ("x" * 850 + ".pdf", "x" * 140 + ".pdf"),
        ("å." + "å" * 200, "å." + "å" * 138 + ".pdf"),
        ("C:\\fakepath\\protokoll.pdf", "protokoll.pdf"),
        ("..%2f..%2fetc", "%2f..%2fetc.pdf"),
    ],
)
def test_no_name_is_too_odd_for_the_file_system(signed_in, address, name, kept):
    response = post(signed_in, address, Body({}, name, 0, PDF))
    assert response.status_code == 302
    item = Evidence.objects.get()
    assert item.name == kept
    assert item.file.name == f"evidence/{item.application_id}/{item.pk}"


def test_a_body_that_is_cut_off_is_no_server_error(signed_in, address):
    body = Body({"text": "Hej"}, "x.pdf", 5000, PDF)
    body.pieces[2] = b""
    response = post(signed_in, address, body)
    assert response.status_code in {200, 302, 400}


@pytest.mark.parametrize("name", ["", ".", "..", "\x00"])
def test_a_file_without_a_name_is_no_file(signed_in, address, name):
    response = post(signed_in, address, Body({}, name, 0, PDF))
    assert response.status_code == 302
    assert not Evidence.objects.exists()


def test_files_lie_where_only_the_portal_reads_them(signed_in, address, settings):
    post(signed_in, address, Body({}, "x.pdf", 0, PDF))
    path = Path(Evidence.objects.get().file.path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.is_relative_to(settings.STATIC_ROOT)
    assert path.name == str(Evidence.objects.get().pk)


def test_a_form_that_is_no_form(signed_in, address):
    response = signed_in.post(address, urlencode({"text": "x"}), content_type="text/plain")
    assert response.status_code == 302
    assert not Answer.objects.filter(revision__gt=0).exists()
