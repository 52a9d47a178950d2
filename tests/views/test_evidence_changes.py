"""Adding evidence and looking after it, one change at a time (as the page's script does) and with the answer's form
(as a browser without scripts does)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from applications import screening, writing
from applications.models import Answer, Application, Evidence, Status

from ..cases import PDF, make_application, questions, upload
from ..uploads import KINDS

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}
OTHER = PDF + b"% another\n"


@pytest.fixture
def draft(cast) -> Application:
    return make_application(cast)


@pytest.fixture
def edit(client, cast):
    """Edit's browser, in English."""
    client.force_login(cast.edit)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def item(draft, cast) -> Evidence:
    return writing.add_evidence(draft, questions(draft)[0], cast.sigrid, upload(PDF, "protokoll.pdf"))


def at(
    application: Application, name: str = "add_evidence", item: Evidence | None = None, number: int = 1
) -> str:
    return reverse(name, args=[application.reference, number, *([item.pk] if item else [])])


def numbers(item: Evidence) -> list[int]:
    return list(item.questions.order_by("number").values_list("number", flat=True))


# --- With the page's script ---------------------------------------------------------------------------------
def test_a_file_more_and_the_list_as_it_is_then(edit, draft):
    answer = edit.post(at(draft), {"evidence": upload(PDF, "möte.pdf")}, headers=SCRIPT)
    assert answer.status_code == 200
    item = draft.evidence.get()
    assert f'id="file-{item.pk}"' in answer.text
    assert "“möte.pdf” is attached." in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 422, "The file is empty."),
        (b"MZ", 422, "This kind of file can't be attached."),
        (b"PK\x05\x06" + bytes(18), 422, "This is an archive of packed files."),
        (b"%PDF-" + bytes(3000), 413, "The file is too large. It may be at most"),
    ],
)
def test_a_file_that_is_refused_says_why_and_leaves_the_rest(
    edit, draft, item, settings, content, status, reason
):
    settings.QM_EVIDENCE_MAX_BYTES = 2000
    answer = edit.post(at(draft), {"evidence": upload(content, "x.pdf")}, headers=SCRIPT)
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert answer.text.startswith(reason)
    assert list(draft.evidence.all()) == [item]


def test_no_file_at_all(edit, draft):
    assert edit.post(at(draft), headers=SCRIPT).text == "Choose a file first."


def test_too_many_and_too_much_together(edit, draft, item, settings):
    settings.QM_EVIDENCE_TOTAL_BYTES = item.size + 10
    answer = edit.post(at(draft), {"evidence": upload(OTHER)}, headers=SCRIPT)
    assert (answer.status_code, "may take at most" in answer.text) == (413, True)
    settings.QM_EVIDENCE_MAX_FILES = 1
    answer = edit.post(at(draft), {"evidence": upload(OTHER)}, headers=SCRIPT)
    assert (answer.status_code, "at most 1 files" in answer.text) == (422, True)


def test_the_same_file_is_linked_and_that_is_said(edit, draft, item):
    answer = edit.post(at(draft, number=3), {"evidence": upload(PDF, "kopia.pdf")}, headers=SCRIPT)
    assert "You have sent this file before: “protokoll.pdf” now supports this question, too." in answer.text
    assert numbers(item) == [1, 3]
    answer = edit.post(at(draft, number=3), {"evidence": upload(PDF, "kopia.pdf")}, headers=SCRIPT)
    assert (answer.status_code, "which is here already" in answer.text) == (422, True)


def test_a_description_is_saved_by_itself(edit, draft, item):
    address = at(draft, "describe_evidence", item)
    answer = edit.post(address, {f"description-{item.pk}": "Mötet i maj"}, headers=SCRIPT)
    assert "The description of “protokoll.pdf” is saved." in answer.text
    assert 'value="Mötet i maj"' in answer.text
    answer = edit.post(address, {f"description-{item.pk}": "x" * 201}, headers=SCRIPT)
    assert (answer.status_code, answer.text) == (422, "Shorten the description to at most 200 characters.")
    item.refresh_from_db()
    assert item.description == "Mötet i maj"


def test_only_what_was_ticked_or_unticked_here_is_changed(edit, draft, item, cast):
    """A colleague has linked question 5 since this page was shown."""
    writing.relink_evidence(draft, item, questions(draft)[0], cast.sigrid, add={2, 5}, remove=set())
    sent = {f"shown-also-{item.pk}": "2", f"also-{item.pk}": ["3", "4", "x", "99"]}
    answer = edit.post(at(draft, "link_evidence", item), sent, headers=SCRIPT)
    assert numbers(item) == [1, 3, 4, 5]
    assert "Also supports questions 3, 4, 5" in answer.text


def test_files_of_other_questions_are_offered_and_used(edit, draft, item):
    page = edit.get(at(draft, number=2), headers=SCRIPT).text
    assert f'value="{item.pk}"' in page
    answer = edit.post(at(draft, "reuse_evidence", number=2), {"reuse": [item.pk, "x", "0"]}, headers=SCRIPT)
    assert f'id="file-{item.pk}"' in answer.text
    assert "Use a file you have already uploaded" not in answer.text
    assert numbers(item) == [1, 2]
    answer = edit.post(at(draft, "reuse_evidence", number=2), headers=SCRIPT)
    assert (answer.status_code, answer.text) == (422, "Choose a file first.")


def test_another_file_takes_its_place(edit, draft, item):
    address = at(draft, "replace_evidence", item)
    answer = edit.post(address, {"evidence": upload(OTHER, "ny.pdf")}, headers=SCRIPT)
    assert "“ny.pdf” has taken the place of “protokoll.pdf”." in answer.text
    assert draft.evidence.get().name == "ny.pdf"
    assert edit.post(address, {"evidence": upload(OTHER, "ny.pdf")}, headers=SCRIPT).status_code == 404


def test_removing(edit, draft, item):
    address = at(draft, "remove_evidence", item)
    answer = edit.post(address, headers=SCRIPT)
    assert (answer.status_code, "“protokoll.pdf” has been removed." in answer.text) == (200, True)
    assert not draft.evidence.exists()
    assert edit.post(address, headers=SCRIPT).status_code == 404


CHANGES = (
    "add_evidence",
    "describe_evidence",
    "link_evidence",
    "replace_evidence",
    "remove_evidence",
    "reuse_evidence",
)


@pytest.mark.parametrize("name", CHANGES)
def test_who_may_not_and_when_it_is_too_late(client, draft, item, cast, name):
    with_item = None if name in ("add_evidence", "reuse_evidence") else item
    address = at(draft, name, with_item)
    client.force_login(cast.vide)
    assert client.post(address, {"evidence": upload(OTHER)}, headers=SCRIPT).status_code == 403
    client.force_login(cast.stina)
    assert client.post(address, {"evidence": upload(OTHER)}, headers=SCRIPT).status_code == 404
    client.logout()
    assert client.post(address, {"evidence": upload(OTHER)}, headers=SCRIPT).status_code == 401
    Application.objects.filter(pk=draft.pk).update(status=Status.WITHDRAWN)
    client.force_login(cast.sigrid)
    assert client.post(address, {"evidence": upload(OTHER)}, headers=SCRIPT).status_code == 409
    assert list(draft.evidence.all()) == [item]


def test_a_file_of_another_application(edit, cast, item):
    other = make_application(cast, area="Granby")
    for name in CHANGES[1:-1]:
        assert (
            edit.post(at(other, name, item), {"evidence": upload(OTHER)}, headers=SCRIPT).status_code == 404
        )
    assert edit.post(at(other, "reuse_evidence"), {"reuse": [item.pk]}, headers=SCRIPT).status_code == 422
    assert numbers(item) == [1]
    assert edit.post(at(other, number=6), {"evidence": upload(OTHER)}, headers=SCRIPT).status_code == 404


def test_a_locked_question(edit, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    for number, status in ((1, 403), (2, 200)):
        assert (
            edit.post(at(application, number=number), {"evidence": upload(OTHER)}, headers=SCRIPT).status_code
            == status
        )
    shared = application.evidence.get(questions__number=1)
    writing.link_evidence(application, shared, questions(application)[1], cast.edit)
    page = edit.get(at(application, number=2), headers=SCRIPT).text
    assert f'name="description-{shared.pk}"' not in page
    assert page.count("(locked)") == 3 * 4, "Three files, each with four other questions that are locked."


def test_a_viewer_reads_the_list(client, draft, item, cast):
    client.force_login(cast.vide)
    page = client.get(at(draft), headers=SCRIPT).text
    assert "protokoll.pdf" in page
    assert "hx-post" not in page


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["description", "also", "shown-also", "shown-description", "reuse", "remove", "x"]
            ),
            st.text(max_size=30),
        ),
        max_size=6,
    ),
    st.sampled_from(CHANGES[1:]),
)
@hypothesis(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_form_is_a_server_error(edit, draft, item, fields, name):
    with_item = None if name == "reuse_evidence" else item
    sent = {f"{field}-{item.pk}" if field != "reuse" else field: text for field, text in fields}
    for address in (at(draft, name, with_item), reverse("question", args=[draft.reference, 1])):
        assert edit.post(address, sent).status_code in (200, 302, 404)
        assert edit.post(address, sent, headers=SCRIPT).status_code in (200, 302, 404, 422)


# --- The small picture --------------------------------------------------------------------------------------
def test_a_small_picture_is_kept_by_the_browser_and_asked_for_each_time(edit, draft, cast):
    item = writing.add_evidence(draft, questions(draft)[0], cast.sigrid, upload(KINDS["png"][1], "torg.png"))
    address = reverse("evidence_thumbnail", args=[draft.reference, item.pk])
    assert edit.get(address).status_code == 404
    screening.shrink(str(item.pk))
    answer = edit.get(address)
    assert b"".join(answer.streaming_content)[:4] == b"RIFF"
    wanted = {
        "Content-Type": "image/webp",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {name: answer[name] for name in wanted} == wanted
    again = edit.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    client_of_a_stranger = type(edit)()
    client_of_a_stranger.force_login(cast.stina)
    assert client_of_a_stranger.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 404
    Evidence.objects.get().thumbnail.delete(save=False)
    assert edit.get(address).status_code == 404


@pytest.mark.parametrize("ending", ["txt", "csv"])
def test_text_is_sent_as_an_attachment_and_as_nothing_but_text(edit, draft, cast, ending):
    content = b"<html><script>alert(1)</script></html>"
    item = writing.add_evidence(draft, questions(draft)[0], cast.sigrid, upload(content, f"x.{ending}"))
    answer = edit.get(reverse("evidence", args=[draft.reference, item.pk]))
    wanted = {
        "Content-Type": "text/plain",
        "Content-Disposition": f'attachment; filename="x.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {name: answer[name] for name in wanted} == wanted
    assert edit.get(reverse("evidence_in_place", args=[draft.reference, item.pk])).status_code == 404


# --- With the answer's form ---------------------------------------------------------------------------------
@pytest.fixture
def save(edit, draft) -> Callable:
    def save(sent: dict, number: int = 1):
        address = reverse("question", args=[draft.reference, number])
        return edit.post(address, {"text": "Vi samverkar.", "rating": "2", "then": "stay", **sent})

    return save


def test_everything_goes_with_the_form(save, draft, item, cast):
    other = writing.add_evidence(draft, questions(draft)[1], cast.sigrid, upload(OTHER, "budget.pdf"))
    answer = save(
        {
            "evidence": upload(PDF + b"2", "ny.pdf"),
            f"description-{item.pk}": "Mötet i maj",
            f"shown-description-{item.pk}": "",
            f"shown-also-{item.pk}": "",
            f"also-{item.pk}": ["4"],
            "reuse": [other.pk],
        }
    )
    assert answer.status_code == 302
    item.refresh_from_db()
    assert (item.description, numbers(item), numbers(other)) == ("Mötet i maj", [1, 4], [1, 2])
    assert draft.evidence.filter(questions__number=1).count() == 3
    assert Answer.objects.get(application=draft, question__number=1).text == "Vi samverkar."


def test_what_the_form_did_not_change_stays_as_a_colleague_left_it(save, draft, item, cast):
    writing.describe_evidence(draft, item, questions(draft)[0], cast.sigrid, "Sigrids ord")
    writing.relink_evidence(draft, item, questions(draft)[0], cast.sigrid, add={3}, remove=set())
    shown = {f"description-{item.pk}": "", f"shown-description-{item.pk}": "", f"shown-also-{item.pk}": ""}
    assert save(shown).status_code == 302
    item.refresh_from_db()
    assert (item.description, numbers(item)) == ("Sigrids ord", [1, 3])


def test_one_file_that_is_refused_takes_nothing_else_with_it(save, draft, item):
    answer = save(
        {
            "evidence": [upload(b"MZ", "virus.exe"), upload(OTHER, "bra.pdf")],
            f"replace-{item.pk}": upload(b"MZ", "y.exe"),
            f"description-{item.pk}": "Mötet",
            f"shown-description-{item.pk}": "",
            f"shown-also-{item.pk}": "",
        }
    )
    assert answer.status_code == 200
    assert "“virus.exe” was not attached. This kind of file can&#x27;t be attached." in answer.text
    assert "“protokoll.pdf”: This kind of file can&#x27;t be attached." in answer.text
    assert sorted(draft.evidence.values_list("name", "description")) == [
        ("bra.pdf", ""),
        ("protokoll.pdf", "Mötet"),
    ]
    assert Answer.objects.get(application=draft, question__number=1).text == "Vi samverkar."


def test_a_file_is_replaced_with_the_form(save, draft, item):
    sent = {f"replace-{item.pk}": upload(OTHER, "ny.pdf"), f"shown-also-{item.pk}": ""}
    assert save(sent).status_code == 302
    assert draft.evidence.get().name == "ny.pdf"


def test_an_address_of_the_script_leads_a_person_to_the_question(edit, draft, item):
    question = f"{reverse('question', args=[draft.reference, 1])}#evidence"
    assert edit.get(at(draft))["Location"] == question
    assert edit.post(at(draft), {"evidence": upload(OTHER)})["Location"] == question
    answer = edit.post(at(draft), {"evidence": upload(b"MZ")}, follow=True)
    assert "This kind of file can&#x27;t be attached." in answer.text


# --- Queries ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_as_many_queries_for_thirty_files_as_for_one(
    edit, draft, cast, count, django_assert_num_queries
):
    for number in range(count):
        item = writing.add_evidence(draft, questions(draft)[0], cast.sigrid, upload(PDF + b"%d" % number))
        writing.relink_evidence(draft, item, questions(draft)[0], cast.sigrid, add={2, 3}, remove=set())
    Evidence.objects.update(scan=Evidence.Scan.WAITING)
    edit.get(at(draft), headers=SCRIPT)
    with django_assert_num_queries(7):
        page = edit.get(at(draft), headers=SCRIPT).text
    assert page.count('id="file-') == count
