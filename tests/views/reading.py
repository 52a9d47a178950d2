"""What the tests of the public pages share: certificates to show, and how to read a page."""

import re

from applications import workflow
from applications.models import Certificate, Status
from tests.cases import make_application


def certify(cast, area: str = "Ekstad") -> Certificate:
    return Certificate.objects.get(decision__application=make_application(cast, Status.APPROVED, area=area))


def copy(certificate: Certificate, areas: list[str]) -> None:
    """Further certificates like this one, made at once instead of through fifty cases."""
    decision = certificate.decision
    for number, area in enumerate(areas, 2):
        decision.pk, decision.round = None, number
        decision.save(force_insert=True)
        certificate.pk, certificate.decision, certificate.area = None, decision, area
        certificate.number, certificate.code = f"QMC-2020-{number:04}", f"COPY-{number:04}-COPY"
        certificate.save(force_insert=True)


def change(cast, certificate: Certificate, status: Certificate.Status, reason: str) -> None:
    workflow.change_certificate(certificate, cast.alma, status, reason)


def text(response) -> str:
    """The words of the page's main part, without markup."""
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())
