"""The applicant's appeal: the way there, the form, and what can be read afterwards."""

from __future__ import annotations

import datetime
import html

import pytest
from django.utils import timezone

from applications import clock, workflow
from applications.models import Appeal, Application, Status
from members.models import User

from ..cases import Cast, join, make_application, make_user, uphold

pytestmark = pytest.mark.django_db
TEXT = "Look at question 2 again: the budget was attached."


@pytest.fixture
def declined(cast: Cast) -> Application:
    return make_application(cast, Status.DECLINED)


@pytest.fixture
def other(cast: Cast) -> User:
    return make_user("other@qm.example", "Other", "Decision maker")


def at(application: Application, page: str = "appeal/") -> str:
    return f"/applications/{application.reference}/{page}"


def read(client, user: User, address: str) -> str:
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return html.unescape(client.get(address).content.decode())


def test_the_decision_leads_the_signatory_to_it_and_names_the_last_day(client, cast, declined):
    day = timezone.localdate() + datetime.timedelta(days=28)
    last = f"The last day to appeal is {day.day} {day:%B} {day.year}."
    page = read(client, cast.sigrid, at(declined, "decision/"))
    assert (last in page, f'href="{at(declined)}"' in page) == (True, True)
    page = read(client, cast.edit, at(declined, "decision/"))
    assert (last in page, f'href="{at(declined)}"' in page) == (True, False)
    assert last in read(client, cast.sigrid, at(declined))


def test_a_signatory_lodges_it_and_everybody_with_a_part_reads_it(client, cast, declined):
    join(declined, cast.mina)
    client.force_login(cast.sigrid)
    assert client.post(at(declined), {"text": f"{TEXT}\r\nAnd 3."}).url == at(declined)
    assert client.post(at(declined), {"text": f"{TEXT}\r\nAnd 3."}).url == at(declined)
    assert Appeal.objects.get().text == f"{TEXT}\nAnd 3."
    day = timezone.localdate() + datetime.timedelta(days=28)
    for user in (cast.sigrid, cast.edit, cast.vide, cast.mina):
        page = read(client, user, at(declined))
        assert (TEXT in page, "Lodge the appeal" in page) == (True, False)
        assert f"An answer can be expected by {day.day} {day:%B} {day.year}." in page
        assert "The appeal was lodged on" in read(client, user, at(declined, "decision/"))
        assert "Your appeal is being heard." in read(client, user, at(declined, ""))
    assert client.get(at(declined)).status_code == 200


def test_who_may_not_sign_cant_lodge_it(client, cast, declined):
    join(declined, cast.mina)
    found = {}
    for name in ("edit", "vide", "mina", "stina", "nils", "asta", "beata", "alma"):
        client.force_login(getattr(cast, name))
        found[name] = (
            client.get(at(declined)).status_code,
            client.post(at(declined), {"text": TEXT}).status_code,
        )
    inside, outside = (403, 403), (404, 404)
    assert found == {
        **dict.fromkeys(("edit", "vide", "mina"), inside),
        **dict.fromkeys(("stina", "nils", "asta", "beata", "alma"), outside),
    }
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("text", ["", "  ", "\x00", "x" * 10_001])
def test_what_cant_be_kept_is_said_beside_the_form(client, cast, declined, text):
    client.force_login(cast.sigrid)
    answer = client.post(at(declined), {"text": text})
    assert (answer.status_code, "error-summary" in answer.content.decode()) == (200, True)
    assert not Appeal.objects.exists()


def test_too_late_the_text_is_shown_again_and_why(client, cast, declined):
    decided = declined.decision_set.get().decided_at
    client.force_login(cast.sigrid)
    client.cookies["django_language"] = "en"
    with clock.at(decided + datetime.timedelta(days=29)):
        assert "The last day to appeal was" in client.get(at(declined)).content.decode()
        assert "The last day to appeal was" in client.get(at(declined, "decision/")).content.decode()
        answer = client.post(at(declined), {"text": TEXT})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert (TEXT in page, "The last day to appeal was" in page, "Lodge the appeal" in page) == (
        True,
        True,
        False,
    )


def test_somebody_else_was_there_before(client, cast, declined):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    client.force_login(cast.sigrid)
    client.cookies["django_language"] = "en"
    answer = client.post(at(declined), {"text": "Something else."})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert ("Something else." in page, TEXT in page) == (True, True)
    assert "The decision has been appealed already." in page


def test_beside_a_new_application_it_is_refused_and_the_other_way_round(client, cast, declined):
    new = make_application(cast)
    client.force_login(cast.sigrid)
    client.cookies["django_language"] = "en"
    page = client.post(at(declined), {"text": TEXT}).content.decode()
    assert (TEXT in page, new.reference in page) == (True, True)
    workflow.withdraw(new, cast.sigrid)
    client.post(at(declined), {"text": TEXT})
    answer = client.post("/applications/new/", {"area": "Ekstad", "holder": "Ekstads kommun"})
    assert f"You have appealed the decision on {declined.reference}" in answer.content.decode()
    assert Application.objects.count() == 2


def test_the_answer_is_read_with_its_reasons(client, cast, declined, other):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    workflow.hear_appeal(declined, other, Appeal.Outcome.DISMISSED, "The budget was read.")
    page = read(client, cast.edit, at(declined))
    assert ("The appeal was dismissed" in page, "The budget was read." in page) == (True, True)
    # By whom stays with the association.
    assert "Other" not in page.replace("Others", "")
    assert "The appeal was dismissed" in read(client, cast.sigrid, at(declined, "decision/"))


def test_an_upheld_appeal_is_read_while_others_review(client, cast, declined, other):
    uphold(declined, cast, other, "Evidence was overlooked.")
    page = read(client, cast.sigrid, at(declined))
    assert ("The appeal was upheld" in page, "Evidence was overlooked." in page) == (True, True)
    assert "Lodge the appeal" not in page


@pytest.mark.parametrize("status", [status for status in Status if status != Status.DECLINED])
def test_there_is_nothing_to_appeal(client, cast, status):
    application = make_application(cast, status)
    client.force_login(cast.sigrid)
    assert client.get(at(application)).status_code == 404
    assert client.post(at(application), {"text": TEXT}).status_code == 404
