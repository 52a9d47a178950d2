"""What happens after a commit, at once or in a worker (`QM_WORKER`): mail and documents. A document that failed is
made by the next `manage.py chores`, and making it twice is harmless; a mail that failed is logged with its cause."""

from django_tasks import task

from . import emails
from .certificates import issue


@task()
def mail(name: str, pk: int) -> None:
    """Send the mail `name` (a function of `applications.emails`) about the record `pk`."""
    emails.SENDERS[name](pk)


@task()
def issue_document(certificate_pk: int) -> None:
    """Make and keep the certificate's PDF, unless that is done."""
    issue.document(certificate_pk)
