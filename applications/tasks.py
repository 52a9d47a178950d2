"""What happens after a commit, at once or in a worker (`QM_WORKER`): mail, documents, and what is done with new
evidence. A document that failed is made by the next `manage.py chores`, and making it twice is harmless; a mail that
failed is logged with its cause."""

from django_tasks import task

from . import emails, screening
from .certificates import issue


@task()
def mail(name: str, pk: int) -> None:
    """Send the mail `name` (a function of `applications.emails`) about the record `pk`."""
    emails.SENDERS[name](pk)


@task()
def mail_link(name: str, pk: int, link: str) -> None:
    """Send the mail `name` about the record `pk` with `link` (a path), which nothing else knows."""
    emails.LINK_SENDERS[name](pk, link)


@task()
def issue_document(certificate_pk: int) -> None:
    """Make and keep the certificate's PDF, unless that is done."""
    issue.document(certificate_pk)


@task()
def scan(application_pk: int) -> None:
    """Have the application's waiting evidence scanned for viruses."""
    screening.scan_waiting(application_pk)


@task()
def shrink(evidence_pk: str) -> None:
    """Make the small picture of a piece of evidence."""
    screening.shrink(evidence_pk)
