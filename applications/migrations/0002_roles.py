"""The three roles of the association's people, as groups."""

from django.db import migrations

GROUPS = {
    "Advisor": [
        ("applications", "application", "review_application"),
        ("applications", "application", "assign_application"),
        ("applications", "application", "view_application"),
        ("applications", "certificate", "view_certificate"),
    ],
    "Decision maker": [
        ("applications", "application", "decide_application"),
        ("applications", "application", "view_application"),
        ("applications", "certificate", "view_certificate"),
    ],
    "Administrator": [
        ("applications", "application", "assign_application"),
        ("applications", "application", "view_application"),
        ("applications", "certificate", "view_certificate"),
        ("applications", "certificate", "issue_certificate"),
        *(
            ("applications", model, f"{action}_{model}")
            for model in ("questionnaire", "question", "rubriclevel")
            for action in ("view", "add", "change", "delete")
        ),
        *(
            ("members", model, f"{action}_{model}")
            for model in ("user", "organisation", "membership", "affiliation")
            for action in ("view", "add", "change", "delete")
        ),
    ],
}


def add(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name, permissions in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        for app, model, codename in permissions:
            # Django makes the permissions after the last migration; here they are made early. It finds them
            # then, by content type and codename.
            content_type, _created = ContentType.objects.get_or_create(app_label=app, model=model)
            permission, _created = Permission.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": codename.replace("_", " ")}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0001_initial"),
        ("members", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
