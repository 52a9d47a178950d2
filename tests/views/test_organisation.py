"""An organisation's own page and a person's own page."""

from __future__ import annotations

import datetime
import io
import json
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from PIL import Image

from applications import team, writing
from applications.certificates import issue
from applications.models import Appeal, Certificate, DecisionDraft, ReviewPresence, Status, Talk
from members.models import Affiliation, Membership, Organisation, User

from ..cases import fill, join, jpeg, make_application, make_organisation, make_user, questions, upload
from .test_team import words

pytestmark = pytest.mark.django_db
NEW = "ny@ekstad.example"


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


@pytest.fixture
def page(cast) -> str:
    return reverse("organisation", args=[cast.town.pk])


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300)) -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGB", size, "#b08147").save(
        stream, kind, **({"exif": b"Exif\0\0secret"} if kind == "JPEG" else {})
    )
    return SimpleUploadedFile(f"logo.{kind.lower()}", stream.getvalue())


# --- The organisation's page -----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["stina", "nils", "mina", "asta", "alma"])
def test_strangers_get_nothing(client, cast, page, name):
    join(make_application(cast), cast.mina)
    client.force_login(getattr(cast, name))
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("name", ["sigrid", "edit", "vide"])
def test_the_team_sees_everything_and_the_signatory_changes_it(client, cast, page, name):
    team.invite(cast.town, cast.sigrid, NEW, "viewer")
    client.force_login(getattr(cast, name))
    seen = words(client.get(page))
    for part in ("Ekstads kommun", "Signatory", "Authorised signatory: may write, submit and withdraw", NEW):
        assert part in seen
    assert ("Send the invitation" in seen) is (name == "sigrid")
    assert seen.count("Leave the team") == 1


@pytest.mark.parametrize(
    ("periods", "says"),
    [
        ([(-400, None)], "Member of Svenska Stadskärnor since"),
        ([(-400, 30)], ", through"),
        ([(-400, -30)], "The membership of Svenska Stadskärnor ended on"),
        ([(-400, -30), (30, None)], "The membership of Svenska Stadskärnor begins on"),
        ([], "Not a member of Svenska Stadskärnor"),
    ],
)
def test_how_it_is_with_the_membership(client, cast, page, periods, says):
    today = timezone.localdate()
    Membership.objects.filter(organisation=cast.town).delete()
    for starts, ends in periods:
        Membership.objects.create(
            organisation=cast.town,
            starts=today + datetime.timedelta(days=starts),
            ends=None if ends is None else today + datetime.timedelta(days=ends),
        )
    client.force_login(cast.vide)
    assert says in words(client.get(page))


def test_certificates_and_applications_through_time(client, cast, page):
    make_application(cast, Status.APPROVED)
    issue.document(Certificate.objects.get().pk)
    draft = make_application(cast, area="Granby")
    client.force_login(cast.vide)
    response = client.get(page)
    certificate = Certificate.objects.get()
    assert f"{certificate.number} Valid" in words(response)
    assert certificate.get_absolute_url() in response.content.decode()
    seen = words(response)
    assert seen.index(f"Granby {draft.reference}") < seen.index("Ekstad QM-")


def test_a_signatory_invites_and_what_is_wrong_is_said_beside_the_field(client, cast, page):
    client.force_login(cast.sigrid)
    response = client.post(page, {"email": cast.edit.email, "role": "viewer"})
    assert response.context["form"].errors == {"email": [f"{cast.edit.email} is in the team already."]}
    assert response.context["form"]["role"].value() == "viewer"
    response = client.post(page, {"email": NEW, "role": "owner"})
    assert response.context["form"].errors == {"role": ["Choose one of the roles."]}
    response = client.post(page, {"email": NEW, "role": "viewer"}, follow=True)
    assert f"An invitation is on its way to {NEW}." in words(response)
    invitation = cast.town.invitations.get()
    client.post(reverse("invitation_withdraw", args=[cast.town.pk, invitation.pk]))
    assert f"{NEW} Viewer" not in words(client.get(page))


def test_roles_are_given_and_people_taken_out(client, cast, page):
    client.force_login(cast.sigrid)
    role = reverse("change_role", args=[cast.town.pk, cast.vide.pk])
    assert "Viewer is now Editor." in words(client.post(role, {"role": "editor"}, follow=True))
    assert "Nothing was changed" in words(client.post(role, {"role": "owner"}, follow=True))
    assert Affiliation.objects.get(user=cast.vide).role == "editor"
    remove = reverse("remove_person", args=[cast.town.pk, cast.vide.pk])
    assert "Remove Viewer from the team?" in words(client.get(remove))
    assert Affiliation.objects.filter(user=cast.vide).exists()
    assert "Viewer is no longer in the team." in words(client.post(remove, follow=True))


def test_the_last_signatory_is_told_to_hand_over_first(client, cast, page):
    client.force_login(cast.sigrid)
    sentence = (
        "Ekstads kommun must have at least one authorised signatory. Give somebody else that role first."
    )
    leave = reverse("remove_person", args=[cast.town.pk, cast.sigrid.pk])
    role = reverse("change_role", args=[cast.town.pk, cast.sigrid.pk])
    assert sentence in words(client.get(leave))
    assert sentence in words(client.post(leave, follow=True))
    assert sentence in words(client.post(role, {"role": "viewer"}, follow=True))
    assert Affiliation.objects.get(user=cast.sigrid).role == "signatory"


def test_people_of_other_organisations_are_out_of_reach(client, cast):
    other = team.invite(cast.other_town, cast.stina, NEW, "viewer")
    client.force_login(cast.sigrid)
    for name, key in (("change_role", cast.stina.pk), ("remove_person", cast.stina.pk)):
        assert client.post(reverse(name, args=[cast.town.pk, key]), {"role": "viewer"}).status_code == 404
    for name in ("invitation_withdraw", "invitation_send_again"):
        assert client.post(reverse(name, args=[cast.town.pk, other.pk])).status_code == 404


def test_the_contact_is_changed_and_checked(client, cast, page):
    client.force_login(cast.sigrid)
    contacts = reverse("organisation_contacts", args=[cast.town.pk])
    typed = {"contact_name": "Växeln", "contact_email": "vaxel", "contact_phone": "ring mig"}
    form = client.post(contacts, typed).context["form"]
    assert set(form.errors) == {"contact_email", "contact_phone"}
    assert form["contact_name"].value() == "Växeln"
    client.post(contacts, typed | {"contact_email": "Vaxel@ekstad.example", "contact_phone": "010-000 00 00"})
    seen = words(client.get(page))
    assert "Växeln" in seen and "vaxel@ekstad.example" in seen and "010-000 00 00" in seen


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_shown_to_the_team_and_taken_away(client, cast, page, kind):
    client.force_login(cast.sigrid)
    change, logo = (reverse(name, args=[cast.town.pk]) for name in ("change_logo", "logo"))
    assert client.post(change, {"logo": picture(kind)}).status_code == 302
    first = Organisation.objects.get(pk=cast.town.pk).logo.name
    response = client.get(logo)
    sent = b"".join(response.streaming_content)
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Image.open(io.BytesIO(sent)).size == (240, 80)
    assert b"secret" not in sent
    assert logo in client.get(page).content.decode()
    client.force_login(cast.stina)
    assert client.get(logo).status_code == 404
    client.force_login(cast.sigrid)
    client.post(change, {"logo": picture("PNG", (50, 50))})
    client.post(reverse("remove_logo", args=[cast.town.pk]))
    assert client.get(logo).status_code == 404
    assert not Organisation.objects.get(pk=cast.town.pk).logo
    assert first.startswith(f"logos/{cast.town.pk}-")


def test_the_logo_before_is_gone_from_the_disk(client, cast, django_capture_on_commit_callbacks):
    client.force_login(cast.sigrid)
    change = reverse("change_logo", args=[cast.town.pk])
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(change, {"logo": picture()})
    kept = Organisation.objects.get(pk=cast.town.pk).logo.name
    assert [f"logos/{name}" for name in default_storage.listdir("logos")[1]] == [kept]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"<svg onload=alert(1)>", "This is not a picture that we can use."),
        (picture().read()[:200], "can&#x27;t be read"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "can&#x27;t be read"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (2 * 1024 * 1024), "It may be at most 2 MB."),
    ],
    ids=["empty", "svg", "cut", "damaged", "large"],
)
def test_what_is_no_logo_is_refused_with_a_reason(client, cast, content, says):
    client.force_login(cast.sigrid)
    change = reverse("change_logo", args=[cast.town.pk])
    response = client.post(change, {"logo": SimpleUploadedFile("logo.png", content)})
    assert response.status_code == 200
    assert says in response.content.decode()
    assert not Organisation.objects.get(pk=cast.town.pk).logo


ORGANISATION_QUERIES = 8  # session, person, place, team, invitations, memberships, certificates, applications


@pytest.mark.parametrize("count", [1, 10])
def test_the_page_asks_as_much_however_many_there_are(client, cast, page, django_assert_num_queries, count):
    for number in range(count):
        colleague = make_user(f"c{number}@ekstad.example", f"Colleague {number}")
        Affiliation.objects.create(user=colleague, organisation=cast.town)
        team.invite(cast.town, cast.sigrid, f"i{number}@ekstad.example", "viewer")
        make_application(cast, area=f"Stad {number}")
    make_application(cast, Status.APPROVED, area="Ett")
    if count > 1:
        make_application(cast, Status.APPROVED, area="Två")
    client.force_login(cast.sigrid)
    with django_assert_num_queries(ORGANISATION_QUERIES):
        client.get(page)


def test_the_list_leads_to_each_organisation(client, cast):
    Affiliation.objects.create(user=cast.sigrid, organisation=cast.other_town, role="viewer")
    client.force_login(cast.sigrid)
    content = client.get("/applications/").content.decode()
    for organisation in (cast.town, cast.other_town):
        assert f'href="{reverse("organisation", args=[organisation.pk])}"' in content


# --- A person's own page ---------------------------------------------------------------------------------
def test_name_and_language_are_changed(client, cast):
    client.force_login(cast.mina)
    form = client.post(reverse("me"), {"name": "", "language": "de"}).context["form"]
    assert set(form.errors) == {"name", "language"}
    client.post(reverse("me"), {"name": "Ny\x00tt  Namn", "language": "sv"})
    cast.mina.refresh_from_db()
    assert (cast.mina.name, cast.mina.language) == ("Nytt Namn", "sv")
    assert '<html lang="sv">' in client.get(reverse("me")).content.decode()


ME_QUERIES = 4  # session, person, organisations, parts in applications


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_says_where_one_has_a_part(client, cast, django_assert_num_queries, count):
    for number in range(count):
        join(make_application(cast, area=f"Stad {number}"), cast.mina, f"Hus {number}")
        other = make_organisation(f"Bolag {number}", "Ekstad")
        Affiliation.objects.create(user=cast.mina, organisation=other)
    client.force_login(cast.mina)
    with django_assert_num_queries(ME_QUERIES):
        seen = words(client.get(reverse("me")))
    assert "Co-applicant for Hus 0 in QM-" in seen
    assert "Bolag 0 Viewer: may read" in seen


def data_of(client, user: User) -> dict:
    client.force_login(user)
    response = client.get(reverse("my_data"))
    assert response["Content-Disposition"].startswith('attachment; filename="quality-mark-')
    assert "no-store" in response["Cache-Control"]
    return json.loads(response.content)


def test_the_download_holds_what_the_person_has_done_and_nothing_about_others(client, cast):
    application = fill(make_application(cast), cast.sigrid)
    join(application, cast.mina)
    first = questions(application)[0]
    writing.save_answer(application, first, cast.mina, "Vi äger tre hus på torget.", 2)
    writing.add_evidence(application, questions(application)[4], cast.mina, upload(jpeg(), "karta.jpg"))
    writing.hand_over(application, questions(application)[1], cast.sigrid, cast.mina)
    team.endorse(application, cast.mina, True)
    data = data_of(client, cast.mina)
    assert data["Account"]["E-mail address"] == "mina@hus.example"
    assert [part["Organisation or company"] for part in data["Co-applications"]] == ["Ekstads Hus AB"]
    assert [(part["Question"], part["The answer"]) for part in data["Answers you wrote last"]] == [
        (str(first), "Vi äger tre hus på torget.")
    ]
    assert [part["File"] for part in data["Evidence you uploaded"]] == ["karta.jpg"]
    assert [part["Question"][0] for part in data["Questions handed over to you"]] == ["2"]
    assert [part["What"] for part in data["What you did, by the log"]] == [
        "Evidence added",
        "Co-applicant endorsed the application",
    ]
    text = json.dumps(data)
    for other in (cast.sigrid, cast.edit, cast.stina):
        assert other.email not in text
    assert "Svar på fråga" not in json.dumps(data, ensure_ascii=False)


def test_the_download_holds_an_advisors_own_reviews_and_no_others(client, cast):
    make_application(cast, Status.APPROVED)
    data = data_of(client, cast.asta)
    assert data["Your reviews"][0]["Summary"] == "Summary by asta@qm.example"
    assert len(data["Your reviews"][0]["Points and comments"]) == 5
    assert "axel" not in json.dumps(data)
    assert data_of(client, cast.beata)["Your decisions"][0]["Reasons"] == "Well done."
    assert "Your reviews" not in data_of(client, cast.sigrid)


def test_the_download_holds_talks_appeals_and_begun_decisions_in_ones_own_words_only(client, cast):
    now = timezone.now()
    case = make_application(cast, Status.DECLINED)
    Talk.objects.create(
        application=case,
        submission=case.latest_submission,
        reason="Speak about the budget.",
        asked_by=cast.beata,
        asked_at=now,
        outcome="We agree on two points.",
        recorded_by=cast.asta,
        recorded_at=now,
    )
    DecisionDraft.objects.create(
        application=case, written_by=cast.beata, saved_at=now, outcome="declined", reasons="Not this year."
    )
    Appeal.objects.create(
        decision=case.decision_set.get(), text="You have missed a file.", lodged_by=cast.sigrid, lodged_at=now
    )
    ReviewPresence.objects.create(application=case, user=cast.axel, seen_at=now)
    decider, advisor, signatory = (data_of(client, person) for person in (cast.beata, cast.asta, cast.sigrid))
    (talk,) = decider["Talks you asked for or wrote down"]
    assert (talk["What to talk about"], talk["What you came to"]) == ("Speak about the budget.", None)
    (talk,) = advisor["Talks you asked for or wrote down"]
    assert (talk["What to talk about"], talk["What you came to"]) == (None, "We agree on two points.")
    assert [draft["Reasons"] for draft in decider["Decisions you have begun"]] == ["Not this year."]
    assert [appeal["Text"] for appeal in signatory["Appeals you lodged"]] == ["You have missed a file."]
    assert [one["Application"] for one in data_of(client, cast.axel)["Reviews you had open just now"]] == [
        case.reference
    ]


def test_the_download_is_in_the_readers_language(client, cast):
    client.cookies["django_language"] = "sv"
    data = data_of(client, cast.vide)
    with translation.override("sv"):
        assert data[_("Organisations")] == [{_("Organisation"): "Ekstads kommun", _("Role"): "Läsare"}]


def test_nobody_is_removed_by_looking_and_one_can_stay_after_all(client, cast):
    client.force_login(cast.mina)
    removal = reverse("my_removal")
    assert "What is kept, and why" in words(client.get(removal))
    cast.mina.refresh_from_db()
    assert cast.mina.removal_requested_at is None
    assert "remove you within a month" in words(client.post(removal, follow=True))
    assert "I want to stay" in words(client.get(reverse("me")))
    client.post(reverse("my_removal_take_back"))
    cast.mina.refresh_from_db()
    assert cast.mina.removal_requested_at is None


def test_the_last_signatory_finds_no_button(client, cast):
    client.force_login(cast.sigrid)
    removal = reverse("my_removal")
    seen = words(client.get(removal))
    assert "you are the only authorised signatory" in seen
    assert "Remove me" not in seen
    assert "at least one authorised signatory" in words(client.post(removal, follow=True))
    cast.sigrid.refresh_from_db()
    assert cast.sigrid.removal_requested_at is None


# --- At the office ---------------------------------------------------------------------------------------
def test_the_office_sees_who_has_asked_and_carries_it_out(client, cast):
    team.ask_for_removal(cast.mina)
    client.force_login(cast.alma)
    listed = client.get("/admin/members/user/?removal=asked").content.decode()
    address = reverse("admin:members_user_removal", args=[cast.mina.pk])
    assert address in listed and "sigrid@ekstad.example" not in listed
    assert address in client.get(f"/admin/members/user/{cast.mina.pk}/change/").content.decode()
    assert "can't be undone" in client.get(address).content.decode()
    cast.mina.refresh_from_db()
    assert cast.mina.name == "Property owner"
    client.post(address)
    cast.mina.refresh_from_db()
    assert cast.mina.name == "Borttagen person"
    assert address not in client.get("/admin/members/user/?removal=asked").content.decode()


def test_the_office_removes_nobody_who_has_not_asked_nor_itself_nor_colleagues(client, cast):
    client.force_login(cast.alma)
    response = client.post(reverse("admin:members_user_removal", args=[cast.mina.pk]), follow=True)
    assert "has not asked to be removed" in response.content.decode()
    for person in (cast.alma, cast.asta):
        team.ask_for_removal(person)
        assert client.post(reverse("admin:members_user_removal", args=[person.pk])).status_code == 403
    cast.mina.refresh_from_db()
    assert cast.mina.is_active


def form_of(page: str) -> dict[str, str]:
    """What the admin's form would send if nothing were changed."""
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    found.update(dict.fromkeys(re.findall(r'name="([^"]+-DELETE)"', page), ""))
    return {name: value for name, value in found.items() if value or not name.endswith("DELETE")}


def test_the_office_can_not_leave_an_organisation_without_signatory_by_accident(client, cast):
    client.force_login(cast.alma)
    address = f"/admin/members/organisation/{cast.town.pk}/change/"
    page = client.get(address).content.decode()
    number = re.search(r'name="affiliation_set-(\d)-email" value="sigrid@', page).group(1)
    for change in ({f"affiliation_set-{number}-DELETE": "on"}, {f"affiliation_set-{number}-role": "viewer"}):
        response = client.post(address, form_of(page) | change)
        assert "would have no authorised signatory" in response.content.decode()
    own = f"/admin/members/user/{cast.sigrid.pk}/change/"
    page = client.get(own).content.decode()
    role = {"affiliation_set-0-role": "editor"}
    assert "would have no authorised signatory" in client.post(own, form_of(page) | role).content.decode()
    inactive = {name: value for name, value in form_of(page).items() if name != "is_active"}
    assert "would have no authorised signatory" in client.post(own, inactive).content.decode()
    client.post(f"/admin/members/user/{cast.sigrid.pk}/delete/", {"post": "yes"})
    assert Affiliation.objects.get(user=cast.sigrid).role == "signatory"
    assert User.objects.get(pk=cast.sigrid.pk).is_active


def test_the_office_can_give_the_role_to_another_in_the_same_step(client, cast):
    client.force_login(cast.alma)
    address = f"/admin/members/organisation/{cast.town.pk}/change/"
    page = client.get(address).content.decode()
    places = {
        name: re.search(rf'name="affiliation_set-(\d)-email" value="{name}@', page).group(1)
        for name in ("sigrid", "edit")
    }
    changes = {
        f"affiliation_set-{places['sigrid']}-DELETE": "on",
        f"affiliation_set-{places['edit']}-role": "signatory",
    }
    assert client.post(address, form_of(page) | changes).status_code == 302
    assert not Affiliation.objects.filter(user=cast.sigrid).exists()
    assert Affiliation.objects.get(user=cast.edit).role == "signatory"
