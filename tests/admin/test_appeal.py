"""The page on which an appeal is heard: who reads, who answers, and nothing typed is lost."""

from __future__ import annotations

import pytest

from applications import workflow
from applications.models import Appeal, Application, Event, Status
from members.models import User

from ..cases import Cast, make_application, make_user
from .conftest import at

pytestmark = pytest.mark.django_db
TEXT = "Look at question 2 again: the budget was attached."


@pytest.fixture
def declined(cast: Cast) -> Application:
    return make_application(cast, Status.DECLINED)


@pytest.fixture
def appealed(cast: Cast, declined: Application) -> Application:
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    return declined


@pytest.fixture
def other(cast: Cast) -> User:
    return make_user("other@qm.example", "Other", "Decision maker")


def signed_in(client, user: User):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def html(answer) -> str:
    return answer.content.decode()


def upheld(reasons: str = "Evidence was overlooked.") -> dict[str, str]:
    return {"outcome": "upheld", "reasons": reasons}


def test_who_reads_and_who_answers(client, cast, appealed, other):
    people = {"sigrid": cast.sigrid, "nils": cast.nils, "asta": cast.asta, "alma": cast.alma}
    people |= {"beata": cast.beata, "other": other}
    found = {}
    for name, user in people.items():
        signed_in(client, user)
        read = client.get(at("appeal", appealed))
        may_answer = read.status_code == 200 and "Answer the appeal" in html(read)
        posted = client.post(at("appeal", appealed), {"outcome": "forged", "reasons": "x"})
        found[name] = (read.status_code, may_answer, posted.status_code)
    assert found == {
        "sigrid": (404, False, 404),
        "nils": (404, False, 404),
        "asta": (403, False, 403),
        "alma": (403, False, 403),
        "beata": (200, False, 403),
        "other": (200, True, 200),
    }
    assert Appeal.objects.get().outcome == ""


def test_the_page_has_the_appeal_the_decision_and_all_reviews(client, cast, appealed, other):
    page = html(signed_in(client, other).get(at("appeal", appealed)))
    for told in (TEXT, "More is needed.", "Comment by asta@qm.example on 1", "Summary by axel@qm.example"):
        assert told in page.replace("&#x27;", "'"), told
    assert at("appeal", appealed) in html(client.get(at("change", appealed)))
    signed_in(client, cast.beata)
    assert "You made the decision, so somebody else hears the appeal." in html(
        client.get(at("appeal", appealed))
    )
    assert at("appeal", appealed) not in html(client.get(at("change", appealed)))


def test_without_an_appeal_there_is_no_page(client, declined, other):
    signed_in(client, other)
    assert client.get(at("appeal", declined)).status_code == 404
    kept = html(client.post(at("appeal", declined), upheld()))
    assert "Nobody has appealed the decision." in kept
    assert "Evidence was overlooked." in kept


def test_upheld_the_case_goes_to_others_and_a_second_answer_keeps_its_text(client, cast, appealed, other):
    signed_in(client, other)
    assert client.post(at("appeal", appealed), upheld()).url == at("change", appealed)
    appealed.refresh_from_db()
    assert (appealed.status, appealed.round) == (Status.IN_REVIEW, 2)
    # Sent twice it says no more than once.
    assert client.post(at("appeal", appealed), upheld()).url == at("change", appealed)
    again = html(client.post(at("appeal", appealed), upheld("Typed once more.")))
    assert "the application is now “In review”" in again
    assert "Typed once more." in again
    # Read by nobody while others review anew.
    assert (TEXT in again, "Comment by" in again) == (False, False)
    assert client.get(at("appeal", appealed)).status_code == 403
    assert Event.objects.filter(kind=Event.Kind.APPEAL_UPHELD).count() == 1


def test_dismissed_the_answer_is_read_on_the_same_page(client, appealed, other):
    signed_in(client, other)
    client.post(at("appeal", appealed), {"outcome": "dismissed", "reasons": "The budget was read."})
    page = html(client.get(at("appeal", appealed)))
    assert ("The budget was read." in page, "Heard by Other" in page, "<form method" in page) == (
        True,
        True,
        True,
    )
    assert "Answer the appeal" not in page
    late = html(client.post(at("appeal", appealed), upheld("On second thoughts.")))
    assert "The appeal has been heard already: dismissed." in late
    assert "On second thoughts." in late


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"outcome": "upheld"},
        {"outcome": "upheld", "reasons": "   "},
        {"outcome": "upheld", "reasons": "x" * 10_001},
        {"outcome": "upheld", "reasons": "a\x00b"},
        {"outcome": "approved", "reasons": "Kept all the same."},
        {"outcome": ["upheld", "nonsense"], "reasons": ["one", "two"]},
    ],
)
def test_what_is_wanting_or_forged_is_said_beside_the_form(client, appealed, other, posted):
    answer = signed_in(client, other).post(at("appeal", appealed), posted)
    assert (answer.status_code, "error-summary" in html(answer)) == (200, True)
    assert Appeal.objects.get().outcome == ""
    if "Kept" in str(posted):
        assert "Kept all the same." in html(answer)


APPEAL_QUERIES = 24


def test_what_the_page_asks_of_the_database(client, appealed, other, django_assert_num_queries):
    signed_in(client, other)
    with django_assert_num_queries(APPEAL_QUERIES):
        client.get(at("appeal", appealed))
