"""The time limits that the queue begins with, and who may do what is new."""

from django.db import migrations

LIMITS = {"submitted": 7, "declaration": 5, "in_review": 28, "ready_for_decision": 14, "appeal": 28}
GROUPS = {
    "Advisor": [
        ("completiontemplate", "view_completiontemplate"),
        ("completiontemplate", "add_completiontemplate"),
        ("completiontemplate", "change_completiontemplate"),
    ],
    "Administrator": [
        ("application", "override_tie"),
        ("application", "view_calibration"),
        ("timelimit", "view_timelimit"),
        ("timelimit", "change_timelimit"),
        ("completiontemplate", "view_completiontemplate"),
        ("completiontemplate", "add_completiontemplate"),
        ("completiontemplate", "change_completiontemplate"),
        ("completiontemplate", "delete_completiontemplate"),
    ],
}


def add(apps, schema_editor):
    TimeLimit = apps.get_model("applications", "TimeLimit")
    for step, days in LIMITS.items():
        TimeLimit.objects.get_or_create(step=step, defaults={"days": days})
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name, permissions in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        for model, codename in permissions:
            # As in 0002_roles: Django finds them by content type and codename when it makes its own.
            content_type, _created = ContentType.objects.get_or_create(app_label="applications", model=model)
            permission, _created = Permission.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": codename.replace("_", " ")}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("applications", "0008_review_and_decision")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
