"""The addresses as they are under QM_DEBUG, when the mails can be read."""

from django.urls import include, path

from applications.views import sent_mail
from qm_portal import urls

handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
urlpatterns = [*urls.urlpatterns, path("dev/mail/", include(sent_mail))]
