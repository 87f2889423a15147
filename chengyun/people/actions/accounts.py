"""Log-ins: roles, passwords, throttling."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from chengyun.district.models import Area
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people import login, passwords, roles
from chengyun.people.actions.roster import root_path
from chengyun.people.logic import throttle
from chengyun.people.models import LoginFailures, RoleGrant, Staff

# Rows of failed log-ins older than this say nothing any more (suggested value).
_FORGET = timedelta(days=1)


def account_ref(user: Any) -> str:
    """How the journal names a log-in: its person's ref, else its number."""
    ref = Staff.objects.filter(user=user).values_list("ref", flat=True).first()
    return ref or f"u-{user.pk}"


def grant_role(actor: Actor, *, user_id: int, role: str, area: str, cause: int | None = None) -> RoleGrant:
    """Give a log-in a role for an area (by code) and everything below it. Nobody grants a role to themselves."""
    with write():
        place = Area.objects.filter(code=area).first()
        actor.require("role.grant", place.path if place else root_path())
        if place is None:
            raise NotFound("no_area", T(f"没有区域 {area}", f"There is no area {area}"), field="area")
        user = _user(user_id)
        if role not in roles.table().roles:
            raise Invalid(
                "role",
                T("未知角色", "Unknown role"),
                field="role",
                hint=", ".join(sorted(roles.table().roles)),
            )
        _not_oneself(actor, user)
        grant, new = RoleGrant.objects.get_or_create(user=user, role=role, area=place)
        if new:
            _open_admin(user)
            _record("role.granted", user, place, actor, role, cause)
        return grant


def revoke_role(actor: Actor, *, grant_id: int, cause: int | None = None) -> None:
    """Take a role back."""
    with write():
        grant = RoleGrant.objects.select_related("user", "area").filter(pk=grant_id).first()
        actor.require("role.grant", grant.area.path if grant else root_path())
        if grant is None:
            raise NotFound("no_grant", T("没有这条授权", "There is no such grant"), field="grant_id")
        _record("role.revoked", grant.user, grant.area, actor, grant.role, cause)
        user = grant.user
        grant.delete()
        if not user.is_superuser and not RoleGrant.objects.filter(user=user).exists():
            user.is_staff = False
            user.save(update_fields=["is_staff"])


def _record(kind: str, user: Any, area: Area, actor: Actor, role: str, cause: int | None) -> None:
    ref = account_ref(user)
    journal.record(
        kind,
        subject=f"account:{ref}",
        area=area.path,
        actor=actor,
        payload={"role": role, "account": ref},
        cause=cause,
    )


def _open_admin(user: Any) -> None:
    # Django's own flag for "may open the registries"; what is seen there follows the scope.
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])


def _user(user_id: int) -> Any:
    user = get_user_model().objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("no_account", T("没有这个账号", "There is no such account"), field="user_id")
    return user


def _not_oneself(actor: Actor, user: Any) -> None:
    if actor.user is not None and actor.user.pk == user.pk:
        raise NotAllowed(
            "own_role",
            T("不能变更自己的权限", "Nobody changes their own access"),
            hint=T("请由另一名管理员办理。", "Ask another administrator."),
        )


def open_account(actor: Actor, *, staff_ref: str, username: str, cause: int | None = None) -> Any:
    """Give a person a log-in, without a password yet; one they have already gets the new name."""
    with write():
        actor.require("role.grant", root_path())
        person = Staff.objects.select_related("user").filter(ref=staff_ref, state="active").first()
        if person is None:
            raise NotFound(
                "no_staff", T("没有这名在岗人员", "There is no such active person"), field="staff_ref"
            )
        users = get_user_model().objects
        if users.filter(username=username).exclude(pk=person.user_id).exists():
            raise Conflict("taken", T("该账号名已被使用", "This name is taken"), field="username")
        if person.user is None:
            person.user = users.model(
                username=username, password=make_password(None), date_joined=clock.now()
            )
        elif person.user.username == username:
            return person.user
        person.user.username = username
        person.user.save()
        person.save()
        _account(person.user, actor, {"is_active": person.user.is_active}, cause)
        return person.user


def set_active(actor: Actor, *, user_id: int, is_active: bool, cause: int | None = None) -> Any:
    """Close a log-in, or open it again. Nobody closes their own."""
    with write():
        actor.require("role.grant", root_path())
        user = _user(user_id)
        _not_oneself(actor, user)
        if user.is_active != is_active:
            user.is_active = is_active
            user.save(update_fields=["is_active"])
            _account(user, actor, {"is_active": is_active}, cause)
        return user


def _account(user: Any, actor: Actor, payload: dict[str, Any], cause: int | None) -> None:
    subject = f"account:{account_ref(user)}"
    journal.record(
        "account.changed", subject=subject, area=root_path(), actor=actor, payload=payload, cause=cause
    )


def set_password(actor: Actor, *, user_id: int, password: str, cause: int | None = None) -> None:
    """Set a password: one's own, or, with `role.grant`, somebody's. Weak ones are refused with the reasons."""
    with write():
        user = _user(user_id)
        if actor.user is None or actor.user.pk != user.pk:
            actor.require("role.grant", root_path())
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Invalid("weak_password", " ".join(error.messages), field="password") from error
        user.set_password(password)
        user.save(update_fields=["password"])
        _password_set(actor, user, False, cause)


def create_demo_accounts(actor: Actor, *, cause: int | None = None) -> list[tuple[str, str]]:
    """Give each account of the folder's roles.yaml that has no password yet a new one; returns (username, password).

    They are returned once and kept nowhere in readable form. Called again it returns only accounts added since.
    """
    with write():
        actor.require("role.grant", root_path())
        made = []
        ids = RoleGrant.objects.filter(origin="pack").values_list("user_id", flat=True)
        for user in get_user_model().objects.filter(pk__in=list(ids), is_active=True).order_by("username"):
            if user.has_usable_password():
                continue
            password = passwords.new_password()
            user.set_password(password)
            user.save(update_fields=["password"])
            _password_set(actor, user, True, cause)
            made.append((user.username, password))
        return made


def _password_set(actor: Actor, user: Any, demo: bool, cause: int | None) -> None:
    journal.record(
        "account.password_set",
        subject=f"account:{account_ref(user)}",
        area=root_path(),
        actor=actor,
        payload={"demo": demo},
        cause=cause,
    )


def note_login_failure(*, username: str, address: str, at: datetime) -> None:
    """Count a failure for the name and for the address; from the limit on both must wait. `at` is real time."""
    with write():
        LoginFailures.objects.filter(since__lt=at - _FORGET).delete()
        for kind, value, limit in (
            ("account", username, throttle.ACCOUNT),
            ("address", address, throttle.ADDRESS),
        ):
            if not value:
                continue
            key = login.key(kind, value)
            row = LoginFailures.objects.select_for_update().filter(key=key).first()
            before = throttle.Count(row.failures, row.since, row.locked_until) if row else None
            count = throttle.after_failure(before, at, limit)
            LoginFailures.objects.update_or_create(
                key=key,
                defaults={
                    "kind": kind,
                    "failures": count.failures,
                    "since": count.since,
                    "locked_until": count.locked_until,
                },
            )
            if count.locked_until and count.failures == limit.failures:
                journal.record(
                    "account.locked",
                    subject="account:log-in",
                    area=root_path(),
                    actor=system("log-in"),
                    payload={"by": kind, "failures": count.failures, "until": count.locked_until.isoformat()},
                )


def note_login_success(*, username: str) -> None:
    """A name that got in starts afresh. Its address does not, or one good account would open the door to guessing."""
    key = login.key("account", username)
    if LoginFailures.objects.filter(key=key).exists():
        with write():
            LoginFailures.objects.filter(key=key).delete()
