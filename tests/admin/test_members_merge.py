"""Two organisations become one, in the admin: who may, what is refused, and what is left afterwards."""

from __future__ import annotations

import datetime
import io

import pytest
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from applications import team, workflow
from applications.models import Application, Certificate, Status, Submission
from members import merging
from members.models import Affiliation, Invitation, Membership, Organisation

from ..cases import fill, make_application, make_organisation, make_user
from ..queries import asked
from .test_case import text_of
from .test_questionnaire import form_of

pytestmark = pytest.mark.django_db
Role = Affiliation.Role


@pytest.fixture(autouse=True)
def administrator(client, cast):
    client.cookies["django_language"] = "en"
    client.force_login(cast.alma)


@pytest.fixture
def twin(cast) -> Organisation:
    """The same municipality, once more: Edit signs for it, and so does Tora, who isn't in the other."""
    twin = Organisation.objects.create(name="Ekstad kommun", town="Ekstad", kind=Organisation.Kind.OTHER)
    tora = make_user("tora@ekstad.example", "Tora")
    for user, role in ((cast.edit, Role.SIGNATORY), (cast.vide, Role.VIEWER), (tora, Role.SIGNATORY)):
        Affiliation.objects.create(user=user, organisation=twin, role=role)
    return twin


def page(stays: Organisation, goes: Organisation) -> str:
    return reverse("admin:members_organisation_merge_with", args=[stays.pk, goes.pk])


def search(organisation: Organisation) -> str:
    return reverse("admin:members_organisation_merge", args=[organisation.pk])


def begin(twin: Organisation, area: str = "Ekstad") -> Application:
    """A draft of the twin's own, which takes a membership."""
    Membership.objects.get_or_create(organisation=twin, starts=datetime.date(2020, 1, 1))
    tora = twin.people.get(email="tora@ekstad.example")
    return workflow.start(twin, tora, area, twin.name)


def expect_refused(client, stays: Organisation, goes: Organisation, words: str) -> None:
    """The page says why, has nothing to press, and posting all the same changes nothing."""
    html = client.get(page(stays, goes))
    assert words in text_of(html)
    assert "Merge them" not in text_of(html)
    answer = client.post(page(stays, goes), follow=True)
    assert words in text_of(answer)
    assert Organisation.objects.filter(pk__in=[stays.pk, goes.pk]).count() == 2
    assert not LogEntry.objects.exists()


# --- Who, and what is refused ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("person", "status"), [("sigrid", 404), ("nils", 404), ("asta", 403), ("beata", 403), ("alma", 200)]
)
def test_only_administrators_merge(client, cast, twin, person, status):
    client.force_login(getattr(cast, person))
    assert client.get(search(cast.town)).status_code == status
    assert client.get(page(cast.town, twin)).status_code == status
    assert client.post(page(cast.town, twin)).status_code == (302 if status == 200 else status)
    assert Organisation.objects.filter(pk=twin.pk).exists() is (status != 200)


@pytest.mark.parametrize("permission", ["change_organisation", "delete_organisation"])
def test_it_takes_leave_both_to_change_and_to_delete(client, cast, twin, permission):
    cast.alma.groups.get().permissions.get(codename=permission).group_set.clear()
    assert client.get(search(cast.town)).status_code == 403
    assert client.post(page(cast.town, twin)).status_code == 403


def test_the_link_is_on_the_organisation_s_page_for_who_may(client, cast):
    address = reverse("admin:members_organisation_change", args=[cast.town.pk])
    assert search(cast.town) in client.get(address).content.decode()
    cast.alma.groups.get().permissions.get(codename="delete_organisation").group_set.clear()
    assert search(cast.town) not in client.get(address).content.decode()


@pytest.mark.parametrize("which", ["stays", "goes"])
def test_nobody_merges_an_organisation_they_act_for(client, cast, twin, which):
    Affiliation.objects.create(user=cast.alma, organisation=cast.town if which == "stays" else twin)
    expect_refused(client, cast.town, twin, "Somebody else has to do this")


@pytest.mark.parametrize("area", ["Ekstad", "EKSTAD", "ekstad"])
def test_two_open_applications_for_the_same_centre_are_refused(client, cast, twin, area):
    one, other = make_application(cast), begin(twin, area)
    words = f"under way for {area}: {one.reference} (draft) and {other.reference} (draft)."
    expect_refused(client, cast.town, twin, words)
    assert other.organisation == twin


def test_letters_beyond_ascii_are_compared_as_the_workflow_does(client, cast, twin):
    make_application(cast, area="Östra Ön")
    begin(twin, "ÖSTRA ÖN")
    expect_refused(client, cast.town, twin, "Both have a case under way for ÖSTRA ÖN")


def test_an_appeal_on_one_side_and_an_application_on_the_other_are_refused(client, cast, twin):
    case = make_application(cast, Status.DECLINED)
    workflow.lodge_appeal(case, cast.sigrid, "Look at it again.")
    other = begin(twin)
    words = f"{case.reference} (an appeal to be heard) and {other.reference} (draft)"
    expect_refused(client, cast.town, twin, words)


def test_an_appeal_in_both_is_refused(client, cast, twin):
    for organisation in (twin, cast.town):
        case = make_application(cast, Status.DECLINED)
        workflow.lodge_appeal(case, cast.sigrid, "Look at it again.")
        Application.objects.filter(pk=case.pk).update(organisation=organisation)
    expect_refused(client, cast.town, twin, "(an appeal to be heard) and")


def test_a_closed_application_a_self_diagnosis_and_another_centre_stand_in_nobody_s_way(client, cast, twin):
    make_application(cast)
    begin(twin, "Ekby")
    workflow.withdraw(begin(twin), twin.people.get(email="tora@ekstad.example"))
    workflow.start_diagnosis(twin, twin.people.get(email="tora@ekstad.example"), "Ekstad")
    assert client.post(page(cast.town, twin)).status_code == 302
    assert Application.objects.filter(organisation=cast.town).count() == 4


def test_what_isn_t_there_is_not_found(client, cast, twin):
    for pk, other in ((twin.pk, 10**6), (10**6, twin.pk), (twin.pk, twin.pk), (twin.pk, 10**40), (0, 0)):
        address = f"/admin/members/organisation/{pk}/merge/{other}/"
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404), address
    assert client.get(f"/admin/members/organisation/{10**40}/merge/").status_code == 404


def test_other_methods_are_refused(client, cast, twin):
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(page(cast.town, twin)).status_code == 405
        assert getattr(client, method)(search(cast.town)).status_code == 405


def test_one_that_has_just_been_merged_is_told(cast, twin):
    merging.carry_out(cast.town, twin, cast.alma)
    with pytest.raises(merging.NotPossible) as refused:
        merging.carry_out(cast.town, twin, cast.alma)
    assert "no longer here" in str(refused.value) or "finns inte" in str(refused.value)


# --- Finding the other -----------------------------------------------------------------------------------
def test_those_of_the_same_town_are_suggested(client, cast, twin):
    said = text_of(client.get(search(cast.town)))
    assert ("Ekstad kommun" in said, "Furuby kommun" in said) == (True, False)


def test_a_search_finds_by_name_and_town_and_never_the_organisation_itself(client, cast, twin):
    said = client.get(search(cast.town), {"q": "kommun"}).content.decode()
    assert page(cast.town, twin) in said
    assert page(cast.town, cast.other_town) in said
    assert page(cast.town, cast.town) not in said
    assert "No other organisation" in text_of(client.get(search(cast.town), {"q": "Ekstads"}))


@pytest.mark.parametrize("words", ["\x00", "x" * 5000, "%_'\"<b>"])
def test_a_search_for_anything_is_answered(client, cast, words):
    answer = client.get(search(cast.town), {"q": words})
    assert answer.status_code == 200
    assert "<b>" not in answer.content.decode()


def test_a_search_shows_the_first_twenty(client, cast):
    for number in range(21):
        make_organisation(f"Stad {number:02}", "Stad")
    said = text_of(client.get(search(cast.town), {"q": "stad"}))
    assert ("Stad 19" in said, "Stad 20" in said, "The first 20 are shown" in said) == (True, False, True)


# --- What the page says, and what happens ----------------------------------------------------------------
def test_the_page_says_what_will_happen_and_changes_nothing(client, cast, twin):
    make_application(cast)
    begin(twin, "Ekby")
    said = text_of(client.get(page(cast.town, twin)))
    for words in (
        "Ekstads kommun stays and takes over everything. Ekstad kommun disappears.",
        "Let Ekstad kommun stay instead",
        "Editor: Authorised signatory (the highest of two roles)",
        "Viewer: Viewer",
        "2020-01-01 until further notice",
    ):
        assert words in said
    assert Organisation.objects.filter(name="Ekstad kommun").exists()


def test_people_keep_their_highest_role(client, cast, twin):
    assert client.post(page(cast.town, twin)).url == reverse(
        "admin:members_organisation_change", args=[cast.town.pk]
    )
    roles = Affiliation.objects.order_by("user__email").values_list("user__email", "role", "organisation")
    town = cast.town.pk
    assert list(roles) == [
        ("edit@ekstad.example", "signatory", town),
        ("sigrid@ekstad.example", "signatory", town),
        ("stina@furuby.example", "signatory", cast.other_town.pk),
        ("tora@ekstad.example", "signatory", town),
        ("vide@ekstad.example", "viewer", town),
    ]
    assert not Organisation.objects.filter(pk=twin.pk).exists()


def day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("own", "others", "united"),
    [
        ([], [], []),
        ([], [("2020-01-01", "")], [("2020-01-01", "")]),
        (
            [("2020-01-01", "2020-12-31")],
            [("2021-01-01", "")],
            [("2020-01-01", "2020-12-31"), ("2021-01-01", "")],
        ),
        ([("2020-01-01", "2021-06-30")], [("2021-01-01", "2022-12-31")], [("2020-01-01", "2022-12-31")]),
        ([("2020-01-01", "")], [("2020-01-01", "2020-12-31")], [("2020-01-01", "")]),
        (
            [("2020-01-01", "2020-12-31"), ("2022-01-01", "2022-12-31")],
            [("2020-06-01", "2022-06-01")],
            [("2020-01-01", "2022-12-31")],
        ),
        ([("2021-01-01", "2021-02-01")], [("2020-01-01", "2022-01-01")], [("2020-01-01", "2022-01-01")]),
    ],
)
def test_memberships_are_united_without_overlap(client, cast, twin, own, others, united):
    Membership.objects.all().delete()
    for organisation, periods in ((cast.town, own), (twin, others)):
        for starts, ends in periods:
            Membership.objects.create(organisation=organisation, starts=day(starts), ends=day(ends))
    client.post(page(cast.town, twin))
    kept = Membership.objects.order_by("starts").values_list("organisation", "starts", "ends")
    assert list(kept) == [(cast.town.pk, day(starts), day(ends)) for starts, ends in united]


def invited(organisation: Organisation, email: str, days: int, role: str = Role.EDITOR) -> Invitation:
    by = organisation.people.filter(affiliation__role=Role.SIGNATORY).first()
    invitation = Invitation(organisation=organisation, email=email, invited_by=by, role=role)
    invitation.renew(timezone.now() + datetime.timedelta(days=days))
    invitation.save()
    return invitation


def test_of_two_open_invitations_for_an_address_the_one_that_lasts_longest_goes_on(client, cast, twin):
    former, later = invited(cast.town, "ny@ekstad.example", -3), invited(twin, "ny@ekstad.example", 0)
    alone = invited(twin, "ensam@ekstad.example", -30)
    client.post(page(cast.town, twin))
    kept = Invitation.objects.filter(organisation=cast.town)
    assert set(kept.filter(withdrawn_at=None)) == {later, alone}
    assert set(kept.exclude(withdrawn_at=None)) == {former}


def test_an_invitation_that_was_moved_lets_one_in(client, cast, twin):
    invitation = invited(twin, cast.nils.email, 0)
    client.post(page(cast.town, twin))
    invitation.refresh_from_db()
    team.accept(invitation, cast.nils)
    assert Affiliation.objects.get(user=cast.nils).organisation == cast.town


def test_applications_and_certificates_follow_and_what_is_frozen_stays(client, cast, twin):
    case = make_application(cast, Status.APPROVED)
    certificate, submission = Certificate.objects.get(), Submission.objects.get()
    before = (certificate.holder, certificate.area, submission.content, submission.sha256)
    client.post(page(twin, cast.town))
    case.refresh_from_db()
    certificate, submission = Certificate.objects.get(), Submission.objects.get()
    assert case.organisation == twin
    assert (certificate.holder, certificate.area, submission.content, submission.sha256) == before
    assert certificate.holder == "Ekstads kommun"
    said = io.StringIO()
    call_command("verify_events", stdout=said, stderr=said)
    assert said.getvalue().count("\n") == 1


def test_who_acted_for_the_one_that_went_goes_on_with_the_application(client, cast, twin):
    case = make_application(cast)
    client.post(page(twin, cast.town))
    fill(Application.objects.get(pk=case.pk), cast.sigrid)
    workflow.submit(Application.objects.get(pk=case.pk), cast.sigrid, declares=True)
    client.force_login(twin.people.get(email="tora@ekstad.example"))
    assert client.get(reverse("application", args=[case.reference])).status_code == 200


def test_it_is_written_down_on_the_one_that_stays(client, cast, twin):
    application = begin(twin, "Ekby")
    number = twin.pk
    client.post(page(cast.town, twin))
    kept, gone = LogEntry.objects.order_by("pk")
    assert (kept.action_flag, kept.object_id, kept.user) == (CHANGE, str(cast.town.pk), cast.alma)
    tora = Affiliation.objects.get(user__email="tora@ekstad.example").user
    for words in (
        f"”Ekstad kommun” (Annan, Ekstad, nummer {number})",
        f"person {tora.pk} (Behörig företrädare)",
        "2020-01-01 tills vidare",
        application.reference,
    ):
        assert words in kept.change_message
    assert "Tora" not in kept.change_message
    assert (gone.action_flag, gone.object_id, gone.object_repr) == (DELETION, str(number), "Ekstad kommun")


def test_the_contact_is_taken_over_where_the_one_that_stays_has_none(client, cast, twin):
    Organisation.objects.filter(pk=twin.pk).update(contact_name="Kim", contact_email="kim@ekstad.example")
    client.post(page(cast.town, twin))
    cast.town.refresh_from_db()
    assert (cast.town.contact_name, cast.town.contact_email) == ("Kim", "kim@ekstad.example")


def test_a_contact_that_is_there_stays(client, cast, twin):
    Organisation.objects.filter(pk=twin.pk).update(contact_name="Kim", contact_phone="1")
    Organisation.objects.filter(pk=cast.town.pk).update(contact_email="kvar@ekstad.example")
    client.post(page(cast.town, twin))
    cast.town.refresh_from_db()
    assert (cast.town.contact_name, cast.town.contact_email, cast.town.contact_phone) == (
        "",
        "kvar@ekstad.example",
        "",
    )


def test_the_logo_of_the_one_that_goes_is_removed_and_the_other_stays(
    client, cast, twin, django_capture_on_commit_callbacks
):
    for organisation in (cast.town, twin):
        organisation.logo.save("logo", ContentFile(b"picture"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page(cast.town, twin))
    storage = cast.town.logo.storage
    assert (storage.exists(cast.town.logo.name), storage.exists(twin.logo.name)) == (True, False)


def test_the_pages_of_the_one_that_went_are_gone(client, cast, twin):
    old = [search(twin), page(cast.town, twin)]
    client.post(page(cast.town, twin))
    assert [client.get(address).status_code for address in old] == [404, 404]


def test_a_form_that_was_open_meanwhile_writes_nothing(client, cast, twin):
    address = reverse("admin:members_organisation_change", args=[twin.pk])
    typed = form_of(client.get(address).content.decode())
    client.post(page(cast.town, twin))
    assert client.post(address, typed).status_code == 302
    assert not Organisation.objects.filter(name="Ekstad kommun").exists()


def test_what_refers_to_an_organisation_is_known_here():
    """Whoever refers to an organisation anew has to say what becomes of it: deleting would take it along."""
    kinds = {relation.related_model.__name__ for relation in Organisation._meta.related_objects}
    assert kinds == {"Affiliation", "Application", "Invitation", "Membership"}


# --- Query counts ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("more", [0, 30])
def test_the_page_asks_as_much_for_few_as_for_many(client, cast, twin, more):
    begin(twin, "Ekby")
    make_application(cast)
    for n in range(more):
        user = make_user(f"person{n}@ekstad.example", f"Person {n}")
        Affiliation.objects.create(user=user, organisation=twin)
        begin(twin, f"Ekby {n}")
        invited(twin, f"ny{n}@ekstad.example", 0)
        Membership.objects.create(
            organisation=twin, starts=day(f"19{n + 50}-01-01"), ends=day(f"19{n + 50}-06-01")
        )
    with asked(11):
        answer = client.get(page(cast.town, twin))
    assert f"Applications and self-diagnoses {1 + more}" in text_of(answer)
