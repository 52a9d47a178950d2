"""The certificate's PDF, read back with other programs than the one that wrote it."""

import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest
import segno
from django.utils import translation
from PIL import Image

from applications.certificates.fonts import missing_characters
from applications.certificates.render import (
    SEAL,
    Content,
    FontsOnly,
    certificate_pdf,
)

KRISTINEHAMN = Content(
    number="QMC-2026-0001",
    holder="Kristinehamns kommun",
    area="Kristinehamn",
    issued_on=date(2026, 3, 14),
    valid_through=date(2029, 3, 13),
    verify_url="https://qm.example.se/verify/ABCD-EFGH-JKLM/",
    issuer="Svenska Stadskärnor",
)
NAMES = [
    ("Kristinehamn", "Kristinehamns kommun"),
    ("Å", "Ö"),
    ("Linköpings innerstad", "Linköping City Samverkan AB"),
    ("Örnsköldsviks stadskärna med Domsjö och Gullänget", "Samverkan i Örnsköldsvik ekonomisk förening"),
    ("Upplands-Bro", ("Föreningen för samverkan mellan fastighetsägare, handel och kommun " * 2)[:120]),
    ("Västra hamnen, Östra torget, Slottsstaden och kvarteren kring Ågatan i Söderköping", "A"),
    ("W" * 80, "W" * 120),
    ("i" * 80, "Ö" * 120),
    ("Å " * 40, "Å " * 60),
    ("a " + "W" * 78, "a " + "W" * 118),
    ("Deatnu ja Guovdageaidnu, Ŋ ŧ", "Sámi siida Ŋ"),
]
MM = 72 / 25.4


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return certificate_pdf(KRISTINEHAMN)


def text_of(pdf: bytes) -> str:
    """The text in reading order, with single spaces."""
    run = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


def words_of(pdf: bytes) -> list[tuple[str, float, float, float, float]]:
    """Each word with its left, top, right and bottom in points from the page's top left corner."""
    run = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    found = re.findall(
        r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', run.stdout.decode()
    )
    return [(unescape(word), *map(float, sides)) for *sides, word in found]


def picture_of(pdf: bytes, dpi: int) -> Image.Image:
    """The page in grey."""
    run = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-gray", "-png", "-singlefile", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return Image.open(io.BytesIO(run.stdout)).convert("L")


def tags_of(pdf: bytes) -> list[dict[str, str]]:
    """The structure elements in reading order: what each is, its language, its alternative text."""

    def walk(element):
        if isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield {key: str(element[key]) for key in ("/S", "/Lang", "/Alt") if key in element}
            kids = element.get("/K", [])
            for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
                yield from walk(kid)

    with pikepdf.open(io.BytesIO(pdf)) as file:
        return [tag for element in file.Root.StructTreeRoot.K for tag in walk(element)]


def test_it_states_everything_in_swedish_and_english(pdf):
    assert text_of(pdf) == (
        "QUALITY MARK tilldelas awarded to Kristinehamn "
        "för samverkan som utvecklar stadskärnan for collaboration that develops the town centre "
        "innehas av held by Kristinehamns kommun "
        "Certifikatnummer QMC-2026-0001 Certificate number Utfärdat av Svenska Stadskärnor Issued by "
        "Utfärdat 14 mars 2026 Issued 14 March 2026 "
        "Giltigt till och med 13 mars 2029 Valid through 13 March 2029 "
        "Se om certifikatet gäller https://qm.example.se/verify/ABCD-EFGH-JKLM/ "
        "See whether the certificate is valid "
        "Quality Mark bygger på den europeiska certifiering som flera länder tagit fram tillsammans i TOCEMA "
        "Europe. Quality Mark builds on the European certification developed jointly by several countries in "
        "TOCEMA Europe."
    )


def test_letters_beyond_english_come_out():
    text = text_of(certificate_pdf(replace(KRISTINEHAMN, area="Åre äng öé ü", holder="Ída Ærø Ščerbić Łódź")))
    assert "Åre äng öé ü" in text
    assert "Ída Ærø Ščerbić Łódź" in text


def test_the_address_can_be_followed(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as file:
        links = [str(note.A.URI) for note in file.pages[0].Annots]
    assert links == [KRISTINEHAMN.verify_url]


def test_it_is_pdf_a_3a_and_tagged(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as file:
        with file.open_metadata(update_docinfo=False) as xmp:
            assert xmp.pdfa_status == "3A"
            assert xmp["dc:title"] == "Quality Mark QMC-2026-0001: Kristinehamn"
            assert xmp["dc:creator"] == ["Svenska Stadskärnor"]
            assert xmp["xmp:CreateDate"] == "2026-03-14T00:00:00Z"
        assert str(file.Root.Lang) == "sv"
        assert file.Root.MarkInfo.Marked
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert len(file.Root.OutputIntents) == 1
        assert str(file.docinfo.CreationDate) == "D:20260314000000Z"


def test_pictures_have_words_and_english_is_marked(pdf):
    tags = tags_of(pdf)
    assert [tag["/Alt"] for tag in tags if tag["/S"] == "/Figure"] == [
        "Quality Mark",
        "QR-kod till https://qm.example.se/verify/ABCD-EFGH-JKLM/, där certifikatets giltighet visas",
    ]
    assert [tag["/S"] for tag in tags if tag["/S"] in ("/H1", "/H2")] == ["/H1", "/H2"]
    assert [tag["/S"] for tag in tags if tag.get("/Lang") == "en"] == ["/Span"] * 9


@pytest.mark.parametrize(("area", "holder"), NAMES)
def test_any_name_stays_on_one_page_inside_the_frame_and_clear_of_its_neighbours(area, holder):
    pdf = certificate_pdf(replace(KRISTINEHAMN, area=area, holder=holder))
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert len(file.pages) == 1
        assert [float(side) for side in file.pages[0].MediaBox] == pytest.approx(
            [0, 0, 595.28, 841.89], abs=0.01
        )
    assert area.replace(" ", "") in text_of(pdf).replace(" ", "")
    assert holder.replace(" ", "") in text_of(pdf).replace(" ", "")
    words = words_of(pdf)
    for _, left, top, right, bottom in words:
        assert left > 20 * MM and right < 190 * MM
        assert top > 20 * MM and bottom < 280 * MM
    # A word's box is as high as the font's tallest and deepest letters: a fifth off at either end is ink.
    boxes = [(word, x, y + (v - y) / 5, u, v - (v - y) / 5) for word, x, y, u, v in words]
    for index, (word, x, y, u, v) in enumerate(boxes):
        for other, x2, y2, u2, v2 in boxes[index + 1 :]:
            assert x >= u2 or x2 >= u or y >= v2 or y2 >= v, (word, other)


@pytest.mark.parametrize(("area", "holder"), NAMES[:6])
def test_the_area_is_the_largest_thing_in_type(area, holder):
    words = words_of(certificate_pdf(replace(KRISTINEHAMN, area=area, holder=holder)))
    heights = {word: bottom - top for word, _, top, _, bottom in words}
    assert heights[area.split()[0]] == pytest.approx(max(heights.values()))
    assert heights[area.split()[0]] > 1.1 * heights["QUALITY"]


def test_a_name_of_two_lines_is_divided_about_in_the_middle():
    area = "Örnsköldsviks stadskärna med Domsjö och Gullänget"
    words = words_of(certificate_pdf(replace(KRISTINEHAMN, area=area)))
    tops = {word: top for word, _, top, _, _ in words}
    assert tops["Örnsköldsviks"] == tops["stadskärna"]
    assert tops["Domsjö"] == tops["Gullänget"] > tops["stadskärna"]


def test_a_text_without_end_is_refused():
    with pytest.raises(ValueError, match="no room on a certificate"):
        certificate_pdf(replace(KRISTINEHAMN, area="W" * 5000))


@pytest.mark.parametrize("area", ["Kristinehamn", "Deatnu Ŋ"])
def test_every_font_is_ours_and_embedded(area):
    names = set()
    with pikepdf.open(io.BytesIO(certificate_pdf(replace(KRISTINEHAMN, area=area)))) as file:
        for font in file.pages[0].Resources.Font.values():
            assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
            names.add(str(font.BaseFont).split("+")[1].split("-")[0])
    ours = {"qm_serif", "qm_serif_italic", "qm_sans"}
    assert names == ours | {"qm_serif_light" if area == "Kristinehamn" else "qm_sans_light"}


def test_a_letter_the_fonts_lack_is_refused_by_name():
    with pytest.raises(ValueError, match="fonts lack '中': write its area without"):
        certificate_pdf(replace(KRISTINEHAMN, area="Kristinehamn 中"))
    assert missing_characters("Kristinehamn 中 😀") == "中😀"
    assert missing_characters("Å‑ö Ŋuorgŧa") == ""


def test_composed_and_invisible_characters_are_evened_out():
    odd = "Vänersborgs\N{NO-BREAK SPACE}\n A\N{COMBINING RING ABOVE}\N{SOFT HYPHEN}ker\N{RIGHT-TO-LEFT OVERRIDE}"
    assert "tilldelas awarded to Vänersborgs Åker för samverkan" in text_of(
        certificate_pdf(replace(KRISTINEHAMN, area=odd))
    )


def test_the_same_content_gives_the_same_bytes(pdf):
    with translation.override("en"):
        assert certificate_pdf(replace(KRISTINEHAMN)) == pdf


def test_a_machine_with_other_settings_and_no_fonts_gives_the_same_bytes(pdf, tmp_path):
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>")
    script = (
        "import hashlib, django; django.setup()\n"
        "from tests.certificates.test_render import KRISTINEHAMN, certificate_pdf\n"
        "print(hashlib.sha256(certificate_pdf(KRISTINEHAMN)).hexdigest())"
    )
    other = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "FONTCONFIG_FILE": str(config),
        "PYTHONHASHSEED": "7",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
    }
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | other,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.split()[-1] == hashlib.sha256(pdf).hexdigest()


def test_the_identifier_comes_from_the_content(pdf):
    def identifier(content):
        with pikepdf.open(io.BytesIO(certificate_pdf(content))) as file:
            return bytes(file.trailer.ID[0])

    assert identifier(KRISTINEHAMN) == identifier(replace(KRISTINEHAMN))
    assert identifier(KRISTINEHAMN) != identifier(replace(KRISTINEHAMN, valid_through=date(2029, 3, 14)))


def test_markup_in_a_name_is_text():
    smuggled = '<img src="file:///etc/passwd">'
    styled = "</h2><style>*{display:none}</style>{{ issuer }}"
    pdf = certificate_pdf(replace(KRISTINEHAMN, holder=smuggled, area=styled))
    text = text_of(pdf)
    assert f"held by {smuggled} Certifikatnummer" in text
    assert f"awardedto{styled}församverkan".replace(" ", "") in text.replace(" ", "")
    assert "root:" not in text
    assert len([tag for tag in tags_of(pdf) if tag["/S"] == "/Figure"]) == 2


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "https://example.se/font.ttf", "data:text/plain,a", SEAL.as_uri()]
)
def test_nothing_but_the_fonts_is_fetched(url):
    with pytest.raises(ValueError, match="nothing but its fonts"):
        FontsOnly()(url)


def test_it_is_small():
    sizes = [len(certificate_pdf(replace(KRISTINEHAMN, area=area, holder=holder))) for area, holder in NAMES]
    assert max(sizes) < 200_000


@pytest.mark.parametrize(
    "url",
    [KRISTINEHAMN.verify_url, "https://kvalitetsmark.stadskarnor.example.se/verify/WXYZ-2345-6789/"],
)
def test_the_qr_code_encodes_the_address(url):
    pdf = certificate_pdf(replace(KRISTINEHAMN, verify_url=url))
    tops = {word: top for word, _, top, _, _ in words_of(pdf)}
    dpi = 300
    sides = (80 / 25.4, tops["Certifikatnummer"] / 72, 130 / 25.4, tops["gäller"] / 72)
    page = picture_of(pdf, dpi).crop(tuple(round(side * dpi) for side in sides))
    dark = page.point(lambda grey: 255 if grey < 128 else 0)
    code = dark.crop(dark.getbbox())
    matrix = [[bool(module) for module in row] for row in segno.make(url, error="m", micro=False).matrix]
    step = code.width / len(matrix)
    assert code.height == pytest.approx(code.width, abs=1)
    assert [
        [code.getpixel((int((x + 0.5) * step), int((y + 0.5) * step))) > 0 for x in range(len(matrix))]
        for y in range(len(matrix))
    ] == matrix
    assert step / dpi * 25.4 > 0.5  # millimetres: what a telephone reads from a wall


def test_the_seal_needs_no_font_style_or_other_file():
    root = ElementTree.parse(SEAL).getroot()  # noqa: S314 - our own file
    svg = "{http://www.w3.org/2000/svg}"
    assert {element.tag.removeprefix(svg) for element in root.iter()} == {
        "svg",
        "title",
        "g",
        "circle",
        "path",
    }
    assert root.findtext(f"{svg}title") == "Quality Mark"
    assert not {name for element in root.iter() for name in element.attrib} & {"style", "class", "id", "href"}


def test_an_example_says_so_and_nothing_else_does(pdf):
    example = text_of(certificate_pdf(replace(KRISTINEHAMN, is_example=True)))
    assert "EXEMPEL – ingen stad har fått detta certifikat" in example
    assert "EXAMPLE – no town has been awarded this certificate" in example
    assert "EXEMPEL" not in text_of(pdf)
