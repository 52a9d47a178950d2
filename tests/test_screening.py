"""From the upload to the scanner's word, with a real clamd: who sees what meanwhile, and what becomes of a virus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from applications import permissions, reading, screening, tasks, workflow, writing
from applications.doors import NotReady
from applications.models import Application, Event, Evidence, Status

from . import clamd
from .cases import PDF, Cast, fill, make_application, questions, upload

pytestmark = pytest.mark.django_db

BAD = PDF + clamd.MARKER
Scan = Evidence.Scan


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with clamd.running() as running:
        yield running


@pytest.fixture
def scanner(address, settings) -> None:
    settings.QM_CLAMD = address


@pytest.fixture
def silent(settings, tmp_path) -> None:
    """A scanner is set, and gives no answer."""
    settings.QM_CLAMD = f"unix:{tmp_path}/nobody"


@pytest.fixture
def draft(cast) -> Application:
    return make_application(cast)


@pytest.fixture
def send(draft, cast, django_capture_on_commit_callbacks):
    """Sends a file to the first question as Edit, and lets happen what follows it; the file as it is then."""

    def send(content: bytes = PDF, name: str = "protokoll.pdf") -> Evidence:
        with django_capture_on_commit_callbacks(execute=True):
            item = writing.add_evidence(draft, questions(draft)[0], cast.edit, upload(content, name))
        item.refresh_from_db()
        return item

    return send


def readers(item: Evidence, cast: Cast) -> set[str]:
    item = Evidence.objects.select_related("application").get(pk=item.pk)
    return {
        name for name in ("edit", "sigrid", "vide") if permissions.can_see_evidence(getattr(cast, name), item)
    }


def test_without_a_scanner_a_file_is_seen_at_once(send, cast):
    item = send()
    assert (item.scan, item.scanned_at) == (Scan.NONE, None)
    assert readers(item, cast) == {"edit", "sigrid", "vide"}


def test_a_clean_file_is_seen_after_the_scan(scanner, send, cast):
    item = send()
    assert item.scan == Scan.CLEAN
    assert item.scanned_at is not None
    assert readers(item, cast) == {"edit", "sigrid", "vide"}


def test_a_virus_is_deleted_and_kept_from_everybody(scanner, send, draft, cast, files):
    item = send(BAD)
    assert (item.scan, item.scan_finding, item.file.name) == (Scan.INFECTED, clamd.VIRUS, "")
    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert readers(item, cast) == set()
    assert not draft.evidence.present().exists()
    assert reading.attached_to(draft) == set()
    event = draft.event_set.get(kind=Event.Kind.EVIDENCE_REFUSED)
    assert (event.actor, event.data) == (None, {"uuid": str(item.pk), "sha256": item.sha256})


def test_no_answer_means_wait(silent, send, draft, cast):
    item = send()
    assert item.scan == Scan.WAITING
    assert readers(item, cast) == set()


def test_whoever_did_not_answer_is_asked_again_with_the_next_file(silent, send, address, settings):
    first = send()
    settings.QM_CLAMD = address
    send(PDF + b"2")
    first.refresh_from_db()
    assert first.scan == Scan.CLEAN


def test_scanning_twice_is_harmless(scanner, send, draft):
    item = send(BAD)
    screening.scan_waiting(draft.pk)
    tasks.scan.enqueue(draft.pk)
    assert draft.event_set.filter(kind=Event.Kind.EVIDENCE_REFUSED).count() == 1
    item.refresh_from_db()
    assert item.scan == Scan.INFECTED


def test_nothing_unscanned_is_handed_in(silent, draft, cast, address, settings):
    fill(draft, cast.sigrid)
    waiting = [gap.question for gap in reading.gaps(draft)]
    assert waiting == [question.number for question in questions(draft) if question.evidence_required]
    with pytest.raises(NotReady):
        workflow.submit(draft, cast.sigrid, declares=True)
    settings.QM_CLAMD = address
    screening.scan_waiting(draft.pk)
    workflow.submit(draft, cast.sigrid, declares=True)


def test_a_virus_does_not_support_an_answer(draft, cast, silent, address, settings):
    fill(draft, cast.sigrid)
    item = draft.evidence.get(questions__number=1)
    with item.file.storage.open(item.file.name, "wb") as file:
        file.write(BAD)
    settings.QM_CLAMD = address
    screening.scan_waiting(draft.pk)
    assert [gap.question for gap in reading.gaps(draft)] == [1]
    with pytest.raises(NotReady):
        workflow.submit(draft, cast.sigrid, declares=True)


def test_a_file_that_storage_has_lost_holds_nothing_up(silent, send, draft, address, settings):
    lost = send()
    lost.file.storage.delete(lost.file.name)
    settings.QM_CLAMD = address
    other = send(PDF + b"2")
    lost.refresh_from_db()
    assert (other.scan, lost.scan) == (Scan.CLEAN, Scan.WAITING)


def test_bytes_of_a_virus_that_could_not_be_deleted_are_deleted_later(scanner, send, files):
    item = send(BAD)
    item.file.save("", upload(BAD), save=True)
    assert sum(path.is_file() for path in files.rglob("*")) == 1
    assert screening.scan_all(patience=5) == (0, 0, "")
    assert sum(path.is_file() for path in files.rglob("*")) == 0


# --- Small pictures -----------------------------------------------------------------------------------------
def test_a_small_picture_is_made_after_the_scan_and_goes_with_the_file(
    scanner, send, draft, cast, files, django_capture_on_commit_callbacks
):
    from applications.demo.files import pdf

    item = send(pdf("Protokoll", ["Åäö."]))
    assert item.thumbnail.name == f"thumbnails/{draft.pk}/{item.pk}"
    assert item.thumbnail.read(4) == b"RIFF"
    with django_capture_on_commit_callbacks(execute=True):
        writing.remove_evidence(draft, item, questions(draft)[0], cast.edit)
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_no_decoder_sees_a_file_before_the_scanner(silent, send):
    assert not send().thumbnail


def test_a_file_without_a_small_picture_stays_without(send):
    item = send(b"a;b\n", "tabell.csv")
    assert not item.thumbnail


def test_the_picture_of_a_file_that_was_removed_meanwhile_is_not_kept(send, files, monkeypatch):
    from applications import thumbnails

    def remove_meanwhile(file, content_type: str) -> bytes:
        Evidence.objects.all().delete()
        return b"picture"

    monkeypatch.setattr(thumbnails, "make", remove_meanwhile)
    with pytest.raises(Evidence.DoesNotExist):
        send()
    assert not list(Path(files).glob("thumbnails/*/*"))


# --- What the pages say -------------------------------------------------------------------------------------
def page(client, user, application: Application) -> str:
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.get(
        reverse("add_evidence", args=[application.reference, 1]), headers={"HX-Request": "true"}
    ).text


def test_only_the_uploader_knows_what_is_being_checked(silent, send, draft, cast, client):
    item = send(name="hemligt.pdf")
    own, others = page(client, cast.edit, draft), page(client, cast.sigrid, draft)
    assert "hemligt.pdf" in own
    assert "hemligt.pdf" not in others
    for text in (own, others):
        assert "evidence-poll" in text
        assert reverse("evidence", args=[draft.reference, item.pk]) not in text
    client.force_login(cast.edit)
    for name in ("evidence", "evidence_in_place", "evidence_thumbnail"):
        assert client.get(reverse(name, args=[draft.reference, item.pk])).status_code == 404
    for name in ("check", "question"):
        client.force_login(cast.sigrid)
        args = [draft.reference] if name == "check" else [draft.reference, 1]
        assert "hemligt.pdf" not in client.get(reverse(name, args=args)).text


def test_the_page_asks_again_only_while_something_waits(silent, send, draft, cast, client, address, settings):
    send()
    assert "evidence-poll" in page(client, cast.edit, draft)
    settings.QM_CLAMD = address
    screening.scan_waiting(draft.pk)
    assert "evidence-poll" not in page(client, cast.edit, draft)


def test_the_uploader_alone_is_told_of_the_virus_until_it_is_put_away(scanner, send, draft, cast, client):
    item = send(BAD, "faktura.pdf")
    assert "faktura.pdf" not in page(client, cast.sigrid, draft)
    client.force_login(cast.sigrid)
    address = reverse("dismiss_evidence", args=[draft.reference, 1, item.pk])
    assert client.post(address).status_code == 404
    told = page(client, cast.edit, draft)
    assert f"“faktura.pdf” contained a virus ({clamd.VIRUS})" in told
    answer = client.post(address, headers={"HX-Request": "true"})
    assert (answer.status_code, "faktura.pdf" in answer.text) == (200, False)


def test_a_virus_is_told_at_once(scanner, draft, cast, client, django_capture_on_commit_callbacks):
    client.force_login(cast.edit)
    client.cookies["django_language"] = "en"
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            reverse("add_evidence", args=[draft.reference, 1]),
            {"evidence": upload(BAD, "faktura.pdf")},
            headers={"HX-Request": "true"},
        )
    # In a test the scan comes after the answer; in use it comes before.
    assert answer.status_code == 200
    assert "contained a virus" in page(client, cast.edit, draft)


# --- By command ---------------------------------------------------------------------------------------------
def test_the_command_scans_what_waits(silent, send, draft, address, settings, capsys):
    send()
    send(BAD)
    with pytest.raises(CommandError, match="gives no answer"):
        call_command("scan_evidence")
    settings.QM_CLAMD = address
    capsys.readouterr()
    call_command("scan_evidence")
    assert capsys.readouterr().out == "Scanned 2 files; 0 still wait.\n"
    assert sorted(draft.evidence.values_list("scan", flat=True)) == [Scan.CLEAN, Scan.INFECTED]


def test_the_command_without_a_scanner(settings):
    settings.QM_CLAMD = ""
    with pytest.raises(CommandError, match="QM_CLAMD"):
        call_command("scan_evidence")


def test_the_chores_scan_what_waits(silent, send, draft, address, settings, capsys):
    send()
    with pytest.raises(CommandError, match="virus"):
        call_command("chores")
    settings.QM_CLAMD = address
    call_command("chores")
    assert "Scanned 1 files for viruses; 0 still wait." in capsys.readouterr().out
    assert draft.evidence.get().scan == Scan.CLEAN


def test_the_status_of_a_case_does_not_matter(cast, silent, address, settings):
    """A file that waits in a draft that was withdrawn is scanned all the same."""
    application = make_application(cast)
    writing.add_evidence(application, questions(application)[0], cast.sigrid, upload())
    workflow.withdraw(application, cast.sigrid)
    settings.QM_CLAMD = address
    call_command("scan_evidence")
    application.refresh_from_db()
    assert (application.status, application.evidence.get().scan) == (Status.WITHDRAWN, Scan.CLEAN)
