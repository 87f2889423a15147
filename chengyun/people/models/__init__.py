"""Tables of people."""

from chengyun.people.models.access import LoginFailures, RoleGrant, SourceToken
from chengyun.people.models.duty import Duty, DutyPattern, HandOver, Shift
from chengyun.people.models.position import StaffPosition
from chengyun.people.models.preference import Preference
from chengyun.people.models.registry import POST_KINDS, AreaLeader, Department, Post, PostArea, Staff

__all__ = [
    "POST_KINDS",
    "AreaLeader",
    "Department",
    "Duty",
    "DutyPattern",
    "HandOver",
    "LoginFailures",
    "Post",
    "PostArea",
    "Preference",
    "RoleGrant",
    "Shift",
    "SourceToken",
    "Staff",
    "StaffPosition",
]
