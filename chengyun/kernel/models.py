"""Tables of the kernel, and the base classes of all others."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import orjson
from django.db import models

from chengyun.kernel import registry, scope
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import require_write


class GuardedQuerySet(models.QuerySet):
    """Refuses to change rows outside `write()`, and lets the model's registry know of a change."""

    def update(self, **kwargs: Any) -> int:
        require_write(f"{self.model.__name__}.objects.update")
        count = super().update(**kwargs)
        self._told()
        return count

    def delete(self) -> tuple[int, dict[str, int]]:
        require_write(f"{self.model.__name__}.objects.delete")
        gone = super().delete()
        self._told()
        return gone

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        require_write(f"{self.model.__name__}.objects.bulk_create")
        made = super().bulk_create(objs, *args, **kwargs)
        self._told()
        return made

    def _told(self) -> None:
        model: Any = self.model
        if model.registry is not None:
            registry.changed(model.registry)

    def visible_to(self, user: Any) -> Self:
        """Only the rows within the user's areas and classes; a model without either names is for all who are logged in."""
        model: Any = self.model
        where = scope.condition(user, area=model.scope_area, klass=model.scope_class)
        return self.none() if where is None else self.filter(where)


class Row(models.Model):
    """Base of every table: rows change only inside `write()`. What memory may keep of it goes by `registry`."""

    registry: ClassVar[str | None] = None
    scope_area: ClassVar[str | None] = None
    scope_class: ClassVar[str | None] = None

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        require_write(f"{type(self).__name__}.save")
        super().save(*args, **kwargs)
        if self.registry is not None:
            registry.changed(self.registry)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        require_write(f"{type(self).__name__}.delete")
        gone = super().delete(*args, **kwargs)
        if self.registry is not None:
            registry.changed(self.registry)
        return gone


class ScopedRow(Row):
    """A row with a place: `scope_area` is the lookup to its area path."""

    scope_area = "area__path"

    class Meta:
        abstract = True


class JournalEntry(Row):
    """One thing that happened. Never changed, never deleted: triggers in the database refuse it.

    `area` is an area path ("" for what has no place), `payload_text` canonical JSON kept as text, because the hash is
    over these very bytes and a database's own JSON type rewrites numbers.
    """

    at = models.DateTimeField(T("时间", "time"))
    area = models.CharField(T("区域", "area"), max_length=255, default="", db_index=True)
    klass = models.CharField(T("密级", "class"), max_length=16, default=scope.OPEN)
    actor = models.CharField(T("操作者", "actor"), max_length=64)
    kind = models.CharField(T("类型", "kind"), max_length=64)
    subject = models.CharField(T("对象", "subject"), max_length=80)
    payload_text = models.TextField(T("内容", "payload"))
    cause = models.ForeignKey("self", models.PROTECT, null=True, db_constraint=False, related_name="effects")
    content_hash = models.CharField(T("内容哈希", "content hash"), max_length=64)

    class Meta:
        verbose_name = T("日志", "journal entry")
        verbose_name_plural = T("日志", "journal")
        indexes = [
            models.Index(fields=["subject", "id"], name="journal_subject"),
            models.Index(fields=["kind", "id"], name="journal_kind"),
        ]

    scope_area: ClassVar[str | None] = "area"
    scope_class: ClassVar[str | None] = "klass"

    @property
    def payload(self) -> dict[str, Any]:
        value: dict[str, Any] = orjson.loads(self.payload_text)
        return value

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.subject}"


class JournalSeal(Row):
    """The place of an entry in the chain: dense `seq`, and h(n) = H(h(n-1) + content_hash(n))."""

    seq = models.BigIntegerField(T("序号", "number"), primary_key=True)
    entry = models.OneToOneField(
        JournalEntry, models.PROTECT, related_name="seal", verbose_name=T("日志", "entry")
    )
    chain_hash = models.CharField(T("链哈希", "chain hash"), max_length=64)

    class Meta:
        verbose_name = T("封存", "seal")
        verbose_name_plural = T("封存", "seals")


class Unsealed(Row):
    """Entries that wait for the sealer; a trigger fills it, so that no way of inserting an entry can forget it."""

    entry = models.OneToOneField(JournalEntry, models.PROTECT, primary_key=True, related_name="+")

    class Meta:
        verbose_name = T("待封存", "unsealed entry")
        verbose_name_plural = T("待封存", "unsealed entries")


class Timer(Row):
    """Something that must happen later. The row goes when it has happened, in the same transaction."""

    due_at = models.DateTimeField(T("到期", "due"))
    priority = models.SmallIntegerField(T("优先", "priority"), default=100)
    kind = models.CharField(T("类型", "kind"), max_length=64)
    subject = models.CharField(T("对象", "subject"), max_length=80)
    key = models.CharField(T("键", "key"), max_length=80, default="")
    payload_text = models.TextField(T("内容", "payload"), default="{}")
    cause = models.BigIntegerField(T("起因", "cause"), null=True)
    attempts = models.SmallIntegerField(T("尝试次数", "attempts"), default=0)
    last_error = models.TextField(T("最近错误", "last error"), default="")
    retry_at = models.DateTimeField(T("再试", "retry at"))

    class Meta:
        verbose_name = T("定时", "timer")
        verbose_name_plural = T("定时", "timers")
        constraints = [models.UniqueConstraint(fields=["kind", "subject", "key"], name="timer_once")]
        indexes = [
            models.Index(fields=["retry_at", "priority", "id"], name="timer_due"),
            models.Index(fields=["subject"], name="timer_subject"),
        ]

    @property
    def payload(self) -> dict[str, Any]:
        value: dict[str, Any] = orjson.loads(self.payload_text)
        return value


class OutboxItem(Row):
    """Something that must leave: handed off at least once, after the commit of what caused it."""

    at = models.DateTimeField(T("时间", "time"))
    topic = models.CharField(T("主题", "topic"), max_length=64)
    subject = models.CharField(T("对象", "subject"), max_length=80)
    payload_text = models.TextField(T("内容", "payload"))
    cause = models.BigIntegerField(T("起因", "cause"), null=True)
    next_at = models.DateTimeField(T("下次尝试", "next try"))
    attempts = models.SmallIntegerField(T("尝试次数", "attempts"), default=0)
    last_error = models.TextField(T("最近错误", "last error"), default="")
    handed_at = models.DateTimeField(T("交出时间", "handed off"), null=True)

    class Meta:
        verbose_name = T("待发", "outbox item")
        verbose_name_plural = T("待发", "outbox")
        indexes = [
            models.Index(fields=["next_at", "id"], name="outbox_waiting", condition=models.Q(handed_at=None)),
            models.Index(fields=["handed_at"], name="outbox_handed"),
        ]

    @property
    def payload(self) -> dict[str, Any]:
        value: dict[str, Any] = orjson.loads(self.payload_text)
        return value


class Command(Row):
    """What a command with an Idempotency-Key answered, so that sending it again changes nothing."""

    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    status = models.SmallIntegerField(default=0)
    body = models.TextField(default="")

    class Meta:
        verbose_name = T("命令", "command")
        verbose_name_plural = T("命令", "commands")
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="command_once")]


class RegistryVersion(Row):
    """The token under which a registry may be kept in memory; written by kernel/registry.py alone."""

    name = models.CharField(max_length=40, primary_key=True)
    token = models.CharField(max_length=32)

    class Meta:
        verbose_name = T("登记版本", "registry version")
        verbose_name_plural = T("登记版本", "registry versions")


class ClockRow(Row):
    """The scaled clock that the processes of a demonstration share; no row means real time."""

    real0 = models.DateTimeField()
    virtual0 = models.DateTimeField()
    rate = models.FloatField()

    class Meta:
        verbose_name = T("时钟", "clock")
        verbose_name_plural = T("时钟", "clock")
