"""Admin pages of posture: to read. Deciding has more steps than a form; it goes through the console and the API."""

from __future__ import annotations

from django.contrib import admin

from chengyun.kernel.admin import ActionAdmin
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Policy, Proposal


@admin.register(Policy)
class PolicyAdmin(ActionAdmin):
    diagnostic = True
    list_display = ("loaded_at", "active", "digest")
    ordering = ("-loaded_at",)


@admin.register(Proposal)
class ProposalAdmin(ActionAdmin):
    list_display = ("proposed_at", "area", "mode", "level", "state", "times", "alarms", "asked_post")
    list_filter = ("state", "mode", "level")
    list_select_related = ("area", "asked_post")


@admin.register(Declaration)
class DeclarationAdmin(ActionAdmin):
    list_display = ("since", "area", "mode", "level", "by_post", "expected_end", "ended_at", "end_kind")
    list_filter = ("mode", "level", "end_kind")
    list_select_related = ("area",)


@admin.register(Approval)
class ApprovalAdmin(ActionAdmin):
    list_display = (
        "recorded_at",
        "area",
        "purpose",
        "leader_post",
        "spoken_at",
        "due_at",
        "overdue_at",
        "state",
    )
    list_filter = ("state", "purpose")
    list_select_related = ("area", "leader_post")


@admin.register(OfficialWarning)
class OfficialWarningAdmin(ActionAdmin):
    subject = "warning:{pk}"
    list_display = ("issued_at", "area", "kind", "colour", "issuer", "state", "alarms", "lifted_at")
    list_filter = ("state", "colour")
    list_select_related = ("area",)


@admin.register(DeclaredResponse)
class DeclaredResponseAdmin(ActionAdmin):
    subject = "response:{pk}"
    list_display = ("declared_at", "area", "level", "authority", "document", "ended_at")
    list_filter = ("level",)
    list_select_related = ("area",)
