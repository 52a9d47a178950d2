"""What every page may name."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, str]:
    return {"contact_email": settings.QM_CONTACT_EMAIL, "issuer": settings.QM_ISSUER}
