"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from applications.views import answer, case, evidence, outcome, public, submission

application = [
    path("", case.overview, name="application"),
    path("facts/", case.facts, name="facts"),
    path("questions/<int:number>/", answer.question, name="question"),
    path("check/", submission.check, name="check"),
    path("receipt/", submission.receipt, name="receipt"),
    path("decision/", outcome.decision, name="decision"),
    path("withdraw/", submission.withdraw, name="withdraw"),
    path("evidence/<uuid:uuid>/", evidence.evidence, name="evidence"),
    path("evidence/<uuid:uuid>/view/", evidence.evidence_in_place, name="evidence_in_place"),
    path("evidence/<uuid:uuid>/remove/", answer.remove_evidence, name="remove_evidence"),
    path("certificate.pdf", outcome.certificate, name="certificate"),
]

urlpatterns = [
    path("", public.front, name="front"),
    path("questions/", public.questions, name="questions"),
    path("register/", public.register, name="register"),
    path("verify/", public.verify_form, name="verify_form"),
    path("verify/<str:code>/", public.verify, name="verify"),
    path("language/", public.set_language, name="set_language"),
    path("healthz", public.healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("applications/", case.applications, name="application_list"),
    path("applications/new/", case.start, name="application_start"),
    path("applications/<slug:reference>/", include(application)),
    path("admin/", admin.site.urls),
]
handler400 = "applications.views.errors.bad_request"
handler403 = "applications.views.errors.permission_denied"
handler404 = "applications.views.errors.not_found"
handler500 = "applications.views.errors.server_error"
