"""A key of its own for each question. Those of two versions that read the same get the same."""

from uuid import uuid4

from django.db import migrations


def give(apps, schema_editor):
    Question = apps.get_model("applications", "Question")
    keys = {}
    seen = set()
    for question in Question.objects.order_by("questionnaire__version", "number"):
        key = keys.setdefault(" ".join(question.text_sv.split()), uuid4())
        if (question.questionnaire_id, key) in seen:
            key = uuid4()
        seen.add((question.questionnaire_id, key))
        Question.objects.filter(pk=question.pk).update(key=key)


class Migration(migrations.Migration):
    dependencies = [("applications", "0030_questionnaires_keys_and_revisions")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
