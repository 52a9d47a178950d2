from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = _("Quality Mark")

    def ready(self) -> None:
        from applications import joining, protection, team
        from members import merging
        from members.removal import leaving

        # SQLite rebuilds a table to alter it, which would silently drop the table's triggers: they are
        # taken away before any migration and laid anew after it.
        pre_migrate.connect(protection.lift_for_migration, sender=self)
        post_migrate.connect(protection.lay_after_migration, sender=self)
        leaving.connect(team.on_leaving, sender=None, dispatch_uid="applications.team")
        merging.locking.connect(joining.on_locking, dispatch_uid="applications.joining")
        merging.weighing.connect(joining.on_weighing, dispatch_uid="applications.joining")
        merging.merging.connect(joining.on_merging, dispatch_uid="applications.joining")
