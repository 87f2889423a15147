"""Beside the workflow: reminders, supervision, appeals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from chengyun.cases.models.case import Case
from chengyun.cases.models.clock import Clock
from chengyun.cases.models.papers import OfCase
from chengyun.kernel.i18n import T


class Reminder(OfCase):
    """催办: somebody asks the holder to hurry. It changes nothing but is on record."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reminders", verbose_name=T("案件", "case"))
    at = models.DateTimeField(T("时间", "time"))
    post = models.ForeignKey(
        "people.Post", models.PROTECT, related_name="+", db_index=False, verbose_name=T("岗位", "post")
    )
    by = models.CharField(T("催办人", "by"), max_length=64)

    class Meta:
        verbose_name = T("催办", "Reminder")
        verbose_name_plural = T("催办", "Reminders")


class Supervision(OfCase):
    """督办: issued at a level with a deadline for the reply; ended only by the post that issued it."""

    STATES: ClassVar = [
        ("open", T("督办中", "open")),
        ("replied", T("已回复", "replied")),
        ("ended", T("已解除", "ended")),
    ]
    case = models.ForeignKey(
        Case, models.PROTECT, related_name="supervisions", verbose_name=T("案件", "case")
    )
    issuer_post = models.ForeignKey(
        "people.Post", models.PROTECT, null=True, related_name="+", db_index=False
    )
    issuer = models.CharField(T("督办人", "issuer"), max_length=64)
    level = models.CharField(T("级别", "level"), max_length=16)
    at = models.DateTimeField(T("时间", "time"))
    reply_by = models.DateTimeField(T("回复期限", "reply by"))
    replied_at = models.DateTimeField(T("回复时间", "replied"), null=True)
    late_at = models.DateTimeField(T("逾期未回复", "no reply in time"), null=True)
    ended_at = models.DateTimeField(T("解除时间", "ended"), null=True)
    state = models.CharField(T("状态", "state"), max_length=8, choices=STATES, default="open")

    class Meta:
        verbose_name = T("督办", "Supervision")
        verbose_name_plural = T("督办", "Supervisions")


class Appeal(OfCase):
    """超时申诉: a department, once, after closing; two reviews. Granted, the clock is exempt and the raw fact stays."""

    STATES: ClassVar = [
        ("open", T("待初审", "waiting for the first review")),
        ("reviewed", T("待复审", "waiting for the second review")),
        ("granted", T("申诉成立", "granted")),
        ("refused", T("申诉不成立", "refused")),
    ]
    case = models.ForeignKey(Case, models.PROTECT, related_name="appeals", verbose_name=T("案件", "case"))
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="appeals", verbose_name=T("时钟", "clock"))
    at = models.DateTimeField(T("时间", "time"))
    by = models.CharField(T("申诉人", "by"), max_length=64)
    organisation = models.CharField(T("单位", "organisation"), max_length=32)
    state = models.CharField(T("状态", "state"), max_length=10, choices=STATES, default="open")
    first_by = models.CharField(T("初审人", "first reviewer"), max_length=64, blank=True, default="")
    second_by = models.CharField(T("复审人", "second reviewer"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = T("超时申诉", "Appeal")
        verbose_name_plural = T("超时申诉", "Appeals")
        constraints = [models.UniqueConstraint(fields=["case"], name="one_appeal_a_case")]
