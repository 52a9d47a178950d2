"""Making a certificate's document: once, whoever asks and however often."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from applications.events import record
from applications.models import Application, Certificate, Event

if TYPE_CHECKING:
    from .render import Content


def content_of(certificate: Certificate) -> Content:
    """What the certificate's document states."""
    from .render import Content

    return Content(
        number=certificate.number,
        holder=certificate.holder,
        area=certificate.area,
        issued_on=certificate.issued_on,
        valid_through=certificate.valid_through,
        verify_url=certificate.verify_url,
        issuer=settings.QM_ISSUER,
        is_example=certificate.is_example,
    )


def document(certificate_pk: int) -> None:
    """Render the PDF and keep it with its hash, unless there is one. Two at once end with one document: the
    loser's file is thrown away. After a crash half-way it can be run again."""
    # Here, since WeasyPrint takes a second to load, and most processes never print a certificate.
    from .render import certificate_pdf

    certificate = Certificate.objects.get(pk=certificate_pk)
    if certificate.document:
        return
    pdf = certificate_pdf(content_of(certificate))
    digest = hashlib.sha256(pdf).hexdigest()
    name = default_storage.save(f"certificates/{certificate.number}.pdf", ContentFile(pdf))
    with transaction.atomic():
        application = Application.objects.select_for_update().get(decision__certificate=certificate)
        kept = Certificate.objects.filter(pk=certificate_pk, document="").update(document=name, sha256=digest)
        if kept:
            record(application, Event.Kind.CERTIFICATE_RENDERED, None, {"sha256": digest})
    if not kept:
        default_storage.delete(name)
