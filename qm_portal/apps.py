from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    """Django's admin, as the association's place to work."""

    default_site = "applications.site.Site"
