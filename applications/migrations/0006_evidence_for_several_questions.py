from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0005_one_answer_for_each_question")]
    operations = [
        migrations.RemoveIndex(
            model_name="evidence",
            name="evidence_by_question",
        ),
        migrations.RemoveField(
            model_name="evidence",
            name="question",
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revision", 0), ("updated_at__isnull", True)),
                    models.Q(("revision__gt", 0), ("updated_at__isnull", False)),
                    _connector="OR",
                ),
                name="answer_saved_when",
            ),
        ),
    ]
