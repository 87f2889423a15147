"""People in the admin. Every form ends in an action; Django's own pages for users and groups are put away."""

from chengyun.people.admin import accounts, registry, shifts

__all__ = ["accounts", "registry", "shifts"]
