"""Every address of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from applications.views import (
    answer,
    appeal,
    autosave,
    case,
    diagnosis,
    documents,
    evidence,
    invitation,
    listing,
    mail,
    organisation,
    outcome,
    person,
    public,
    renewal,
    second_factor,
    sent_mail,
    submission,
    team,
    upload,
)

question_evidence = [
    path("", upload.add_evidence, name="add_evidence"),
    path("reuse/", upload.reuse_evidence, name="reuse_evidence"),
    path("<uuid:uuid>/describe/", upload.describe_evidence, name="describe_evidence"),
    path("<uuid:uuid>/link/", upload.link_evidence, name="link_evidence"),
    path("<uuid:uuid>/replace/", upload.replace_evidence, name="replace_evidence"),
    path("<uuid:uuid>/remove/", upload.remove_evidence, name="remove_evidence"),
    path("<uuid:uuid>/dismiss/", upload.dismiss_evidence, name="dismiss_evidence"),
]

application: list[URLPattern | URLResolver] = [
    path("", case.overview, name="application"),
    path("facts/", case.facts, name="facts"),
    path("questions/<int:number>/", answer.question, name="question"),
    path("questions/<int:number>/autosave/", autosave.autosave, name="autosave"),
    path("questions/<int:number>/presence/", autosave.presence, name="presence"),
    path("self-assessment/", autosave.self_assessment, name="self_assessment"),
    path("check/", submission.check, name="check"),
    path("receipt/", submission.receipt, name="receipt"),
    path("decision/", outcome.decision, name="decision"),
    path("decision.pdf", outcome.decision_letter, name="decision_letter"),
    path("feedback.pdf", outcome.feedback_report, name="feedback_report"),
    path("appeal/", appeal.appeal, name="appeal"),
    path("withdraw/", submission.withdraw, name="withdraw"),
    path("application.pdf", documents.application_pdf, name="application_pdf"),
    path("renew/", renewal.renew, name="renew"),
    path("recommendations/", renewal.recommendations, name="recommendations"),
    path("carry-over/", renewal.carry_over, name="carry_over"),
    path("result/", diagnosis.result, name="diagnosis_result"),
    path("report.pdf", documents.diagnosis_report, name="diagnosis_report"),
    path("apply/", diagnosis.apply, name="diagnosis_apply"),
    path("delete/", diagnosis.delete, name="diagnosis_delete"),
    path("evidence/<uuid:uuid>/", evidence.evidence, name="evidence"),
    path("evidence/<uuid:uuid>/view/", evidence.evidence_in_place, name="evidence_in_place"),
    path("questions/<int:number>/evidence/", include(question_evidence)),
    path("evidence/<uuid:uuid>/thumbnail/", evidence.evidence_thumbnail, name="evidence_thumbnail"),
    path("certificate.pdf", outcome.certificate, name="certificate"),
    path("team/", team.application_team, name="team"),
    path("team/endorsement/", team.endorse, name="endorse"),
    path("team/<int:co_applicant>/send-again/", team.send_again, name="co_applicant_send_again"),
    path("team/<int:co_applicant>/remove/", team.remove, name="co_applicant_remove"),
    path("questions/<int:number>/hand-over/", team.hand_over, name="hand_over"),
]

organisation_pages: list[URLPattern] = [
    path("", organisation.organisation, name="organisation"),
    path("contacts/", organisation.contacts, name="organisation_contacts"),
    path("logo/", organisation.logo, name="logo"),
    path("logo/change/", organisation.change_logo, name="change_logo"),
    path("logo/remove/", organisation.remove_logo, name="remove_logo"),
    path("people/<int:person>/role/", organisation.change_role, name="change_role"),
    path("people/<int:person>/remove/", organisation.remove, name="remove_person"),
    path("invitations/<int:invitation>/send-again/", organisation.send_again, name="invitation_send_again"),
    path("invitations/<int:invitation>/withdraw/", organisation.withdraw, name="invitation_withdraw"),
]

urlpatterns = [
    path("", public.front, name="front"),
    path("questions/", public.questions, name="questions"),
    path("register/", public.register, name="register"),
    path("verify/", public.verify_form, name="verify_form"),
    path("verify/<str:code>/", public.verify, name="verify"),
    path("language/", public.set_language, name="set_language"),
    path("accessibility/", public.accessibility, name="accessibility"),
    path("healthz", public.healthz, name="healthz"),
    path("accounts/me/", person.me, name="me"),
    path("accounts/me/data.json", person.data, name="my_data"),
    path("accounts/me/removal/", person.removal, name="my_removal"),
    path("accounts/me/removal/take-back/", person.take_back_removal, name="my_removal_take_back"),
    path("accounts/second-factor/", second_factor.second_factor, name="second_factor"),
    path("accounts/mails/", mail.mail_preferences, name="mail_preferences"),
    path("accounts/", include("allauth.urls")),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("organisation/<int:organisation>/", include(organisation_pages)),
    path("applications/", listing.applications, name="application_list"),
    path("applications/new/", case.start, name="application_start"),
    path("applications/new-diagnosis/", diagnosis.start, name="diagnosis_start"),
    path("applications/<slug:reference>/", include(application)),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    # A mail may hold a link that lets somebody in: elsewhere there is no such address.
    urlpatterns += [path("dev/mail/", include(sent_mail))]
handler400 = "applications.views.errors.bad_request"
handler403 = "applications.views.errors.permission_denied"
handler404 = "applications.views.errors.not_found"
handler500 = "applications.views.errors.server_error"
