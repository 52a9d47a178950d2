from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0031_questionnaires_one_key_for_each_question")]
    operations = [
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(fields=("questionnaire", "key"), name="question_key_unique"),
        ),
    ]
