"""The admin as a whole: one sign-in, nothing for strangers, our look, and a policy that every page keeps."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from applications.models import Certificate, Question, Questionnaire, Status
from members.models import Organisation, User

from ..cases import PASSWORD, make_application
from .conftest import at

pytestmark = pytest.mark.django_db


def every_page(cast) -> list[str]:
    """A page of each kind, with something on it."""
    case = make_application(cast, Status.READY_FOR_DECISION)
    make_application(cast, Status.APPROVED, area="Orrby")
    unused = Questionnaire.objects.create(version=9, title_sv="Ny", title_en="New")
    question = unused.question_set.create(number=1, heading_sv="R", heading_en="H", text_sv="F", text_en="Q")
    change = {
        "applications_certificate": Certificate.objects.get().pk,
        "applications_questionnaire": unused.pk,
        "applications_question": question.pk,
        "members_user": cast.sigrid.pk,
        "members_organisation": cast.town.pk,
    }
    lists = (
        "applications_application",
        "applications_certificate",
        "applications_questionnaire",
        "members_user",
        "members_organisation",
    )
    return [
        "/admin/",
        "/admin/applications/",
        "/admin/members/",
        *(reverse(f"admin:{model}_changelist") for model in lists),
        *(reverse(f"admin:{model}_change", args=[pk]) for model, pk in change.items()),
        reverse("admin:applications_questionnaire_change", args=[case.questionnaire_id]),
        reverse("admin:applications_questionnaire_publish", args=[unused.pk]),
        reverse("admin:applications_questionnaire_differences")
        + f"?old={case.questionnaire_id}&new={unused.pk}",
        *(
            reverse(f"admin:{model}_add")
            for model in ("members_user", "members_organisation", "applications_question")
        ),
        reverse("admin:members_organisation_delete", args=[cast.other_town.pk]),
        reverse("admin:members_organisation_history", args=[cast.town.pk]),
        *(at(page, case) for page in ("change", "decide", "further-review")),
        *(
            reverse(f"admin:applications_application_{page}")
            for page in ("statistics", "calibration", "export")
        ),
    ]


def test_every_page_keeps_the_policy_and_has_our_look(client, cast):
    boss = User.objects.create_superuser("boss@qm.example", PASSWORD)
    pages = every_page(cast)
    client.force_login(boss)
    for page in pages:
        answer = client.get(page)
        html = answer.content.decode()
        assert answer.status_code == 200, page
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=|javascript:", html), page
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', html), page
        assert "css/tokens" in html and "img/seal" in html, page
        assert f'action="{reverse("account_logout")}"' in html, page
        assert f'action="{reverse("set_language")}"' in html, page
        assert f'href="{reverse("front")}"' in html, page
        assert html.count("<h1") == 1, page
        assert re.search(r"<title>[^<]*Quality Mark</title>", html), page


def test_the_only_sign_in_is_the_portals_own(client, cast):
    answer = client.get("/admin/login/", {"next": "/admin/applications/application/"})
    assert answer.url == reverse("account_login") + "?next=%2Fadmin%2Fapplications%2Fapplication%2F"
    posted = client.post("/admin/login/", {"username": cast.alma.email, "password": PASSWORD})
    assert posted.url.startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session
    client.force_login(cast.asta)
    posted = client.post("/admin/login/", {"username": cast.alma.email, "password": PASSWORD})
    assert posted.url == "/admin/"
    assert client.session["_auth_user_id"] == str(cast.asta.pk)


def test_signing_out_and_passwords_are_the_portals_own(client, cast):
    client.force_login(cast.asta)
    assert client.get("/admin/logout/").url == reverse("account_logout")
    assert client.post("/admin/logout/").url == reverse("account_logout")
    assert client.get("/admin/password_change/").url == reverse("account_change_password")
    assert client.get("/admin/password_change/done/").url == reverse("account_change_password")


def test_for_who_does_not_work_here_the_admin_does_not_exist(client, cast):
    for user in (cast.sigrid, cast.nils):
        client.force_login(user)
        for page in (
            "/admin/",
            "/admin/login/",
            "/admin/jsi18n/",
            "/admin/applications/",
            "/admin/nowhere/",
            "/admin/autocomplete/",
        ):
            assert client.get(page).status_code == 404, page


def test_an_unknown_address_is_not_found(client, cast):
    client.force_login(cast.alma)
    for page in (
        "/admin/nowhere/",
        "/admin/auth/group/",
        "/admin/account/emailaddress/",
        "/admin/mfa/authenticator/",
    ):
        assert client.get(page).status_code == 404


def test_only_what_the_office_keeps_is_registered():
    ours = {model for model in admin.site._registry if model._meta.app_label in ("applications", "members")}
    assert {model.__name__ for model in ours} == {
        "Application",
        "Certificate",
        "CompletionTemplate",
        "Question",
        "Questionnaire",
        "TimeLimit",
        "Organisation",
        "User",
    }
    assert {Question, Organisation} <= ours
    others = {model.__name__ for model in admin.site._registry} - {model.__name__ for model in ours}
    assert others == {"DBTaskResult"}


def test_each_role_is_led_to_what_it_may_see(client, cast):
    found = {}
    for user in (cast.asta, cast.beata, cast.alma):
        client.force_login(user)
        html = client.get("/admin/").content.decode()
        header = html.partition("<header")[2].partition("</header>")[0]
        found[user.name] = re.findall(r'<li><a href="/admin/(\w+/\w+)/"', header)
    cases = ["applications/application", "applications/certificate"]
    assert found == {
        "Advisor one": cases,
        "Decision maker": cases,
        "Administrator": [*cases, "members/organisation", "members/user"],
    }


def test_a_broken_list_parameter_does_not_break_the_page(client, cast):
    client.force_login(cast.alma)
    for query in (
        "p=x",
        "p=99999",
        "o=9.9.x",
        "o=\x00",
        "e=1",
        "_facets=True",
        "all=",
        "organisation__id=x",
        "q=%00&p=-1",
        "_popup=1",
        "_to_field=x",
    ):
        for page in (
            "/admin/applications/application/",
            "/admin/members/user/",
            "/admin/applications/certificate/",
        ):
            assert client.get(f"{page}?{query}").status_code in (200, 302, 400), query
