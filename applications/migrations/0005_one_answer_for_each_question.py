"""Each application has an answer for every question from its start; each file has its question in a list."""

from django.db import migrations
from django.db.models import F


def carry_over(apps, schema_editor) -> None:
    Answer = apps.get_model("applications", "Answer")
    Answer.objects.filter(updated_at__isnull=False).update(revision=F("revision") + 1)
    for application in apps.get_model("applications", "Application").objects.iterator():
        present = set(application.answer_set.values_list("question_id", flat=True))
        questions = application.questionnaire.question_set.exclude(pk__in=present)
        Answer.objects.bulk_create(Answer(application=application, question=q) for q in questions)
    for evidence in apps.get_model("applications", "Evidence").objects.iterator():
        evidence.questions.add(evidence.question_id)


class Migration(migrations.Migration):
    dependencies = [("applications", "0004_the_applicants_side")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
