"""Eight people writing at once, each a process of its own as in use."""

import subprocess
import sys

from .site import ROOT, Site

PEOPLE, SECONDS = 8, 10

START = """
import datetime
from applications import workflow
from members.models import Affiliation, Membership, Organisation, User
user = User.objects.create_user("one@ekstad.example", name="One")
town = Organisation.objects.create(name="Ekstads kommun", town="Ekstad")
Membership.objects.create(organisation=town, starts=datetime.date(2020, 1, 1))
Affiliation.objects.create(user=user, organisation=town, role="signatory")
workflow.start(town, user, "Ekstad", "Ekstads kommun")
"""


def test_eight_people_write_at_once_for_ten_seconds(tmp_path):
    site = Site(tmp_path, "qm_writers")
    site.manage("shell", "--no-imports", "--command", START)
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.writers", str(1 + person % 5), str(SECONDS)],
            cwd=ROOT,
            env=site.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for person in range(PEOPLE)
    ]
    results = [writer.communicate(timeout=120) for writer in writers]
    assert [errors for _out, errors in results if errors] == []
    assert all(int(out) > 0 for out, _errors in results)
