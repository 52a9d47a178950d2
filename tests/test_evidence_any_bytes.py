"""Any bytes under any name: kept as they are, under a name that harms nobody, or turned down with a reason."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from applications.evidence import EXTENSIONS, Rejected, inspect
from applications.models import Evidence

from .cases import PDF, make_application
from .uploads import KINDS

STARTS = [content[:length] for _kind, content in KINDS.values() for length in (4, 12, 40, 200)]
HARMFUL = re.compile(r"[\x00-\x1f\x7f/\\\u200b-\u200f\u2028-\u202e\u2066-\u2069]")

names = st.one_of(
    st.text(max_size=300),
    st.builds(
        lambda stem, ending: f"{stem}.{ending}",
        st.text(max_size=60),
        st.sampled_from([*KINDS, "exe", "svg", ""]),
    ),
)
anything = st.builds(
    lambda start, rest: start + rest, st.sampled_from([b"", *STARTS]), st.binary(max_size=600)
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real file in which some bytes were changed, left out, doubled or added."""
    _kind, content = draw(st.sampled_from(list(KINDS.values())))
    data = bytearray(content)
    for _change in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.integers(1, 40))
        match draw(st.sampled_from(["change", "leave out", "double", "add", "cut off"])):
            case "change":
                data[at : at + 4] = draw(st.binary(min_size=4, max_size=4))
            case "leave out":
                del data[at : at + length]
            case "double":
                data[at:at] = data[at : at + length]
            case "add":
                data[at:at] = draw(st.binary(max_size=40))
            case "cut off":
                del data[at:]
    return bytes(data)


def check(content: bytes, name: str) -> None:
    upload = SimpleUploadedFile("x", content)
    upload.__dict__["_name"] = name  # As it was sent: Django's own cleaning is not what is tested here.
    try:
        found = inspect(upload)
    except Rejected as error:
        assert str(error).strip()
        return
    assert (found.size, found.sha256) == (len(content), sha256(content).hexdigest())
    assert found.name.lower().endswith(EXTENSIONS[found.content_type])
    assert 0 < len(found.name) <= 150
    assert not HARMFUL.search(found.name)


@given(anything, names)
@settings(max_examples=400, deadline=None)
def test_any_bytes_under_any_name(content, name):
    check(content, name)


@given(mutated(), names)
@settings(max_examples=600, deadline=None)
def test_real_files_that_were_damaged(content, name):
    check(content, name)


@pytest.fixture
def form(cast, client: Client) -> str:
    client.force_login(cast.sigrid)
    return reverse("question", args=[make_application(cast).reference, 1])


@example(PDF, "protokoll.pdf")
@given(st.one_of(anything, mutated()), names)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_through_the_form_nothing_is_a_server_error(form, client, content, name):
    assume(all(ord(c) < 0xD800 or ord(c) > 0xDFFF for c in name))  # No browser sends half a character.
    Evidence.objects.all().delete()
    upload = SimpleUploadedFile("x", content)
    upload.__dict__["_name"] = name
    response = client.post(form, {"evidence": upload})
    assert response.status_code == 302 or (response.status_code == 200 and not Evidence.objects.exists())
    if (content, name) == (PDF, "protokoll.pdf"):
        assert Evidence.objects.exists()
    for item in Evidence.objects.all():
        with item.file.open("rb") as kept:
            assert kept.read() == content
        assert (item.size, item.sha256) == (len(content), sha256(content).hexdigest())
        assert not HARMFUL.search(item.name)
