"""A duty officer at the console: does only what the pages offer, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Locator, Page, TimeoutError, expect

CLOCK = "[data-testid=connection] time"
LOUD = "[data-testid=incident-card][data-state=unacknowledged]"
# What moves a case on, the first that is open to the officer. An urgent case goes out first and is filed afterwards; to
# send out others is the dispatcher's.
VERBS = ("complete_filing", "dispatch", "file", "request_check")

# The alerts of an incident that wait to be judged, as the page knows them; and whether it knows that they have been.
UNJUDGED = """(incident) => window.__chengyun.live.all('alert')
    .filter((row) => row.incident === Number(incident) && row.open && row.hidden === '' && row.verdict === null)
    .map((row) => row.id)"""
JUDGED = """(alerts) => alerts.every((id) => {
    const row = window.__chengyun.live.one('alert', id)
    return !row || !row.open || row.verdict !== null
})"""


def pressed(what: Locator) -> bool:
    """Press Enter on it, unless somebody else's doing has taken it away meanwhile."""
    try:
        what.and_(what.page.locator(":enabled, a")).press("Enter", timeout=5_000)
    except TimeoutError:
        return False
    return True


class Officer:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.moved: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self.keys = 0

    # ---- the keyboard ----

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Latin letters and digits a key each; what an input method writes counts as its characters."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def go(self, letter: str, there: str) -> None:
        """`g` and a letter: another page."""
        self.page.evaluate("() => document.activeElement?.blur?.()")
        self.press("g", letter)
        self.page.wait_for_selector(there)

    def enter(self, what: Locator) -> None:
        """Enter, on a button or a link, once it may be pressed."""
        expect(what).to_be_enabled()
        what.press("Enter")

    def check(self, box: Locator) -> None:
        """Space, on a box or a choice."""
        if not box.is_checked():
            box.press("Space")

    def choose(self, select: Locator, value: str) -> None:
        """Down, until the field says so."""
        select.focus()
        for _ in range(select.locator("option").count()):
            if select.input_value() == value:
                return
            self.press("ArrowDown")
        expect(select).to_have_value(value)

    def write(self, field: Locator, text: str) -> None:
        """As an input method writes it."""
        field.focus()
        self.page.keyboard.insert_text(text)

    def hold(self, button: Locator, until: Locator) -> None:
        """Keep a button pressed until it has done what it does."""
        expect(button).to_be_enabled()
        button.focus()
        self.page.keyboard.down("Enter")
        try:
            until.wait_for()
        finally:
            self.page.keyboard.up("Enter")

    # ---- what the pages say ----

    def clock(self) -> datetime:
        return datetime.fromisoformat(str(self.page.get_attribute(CLOCK, "datetime")).replace("Z", "+00:00"))

    def to_map(self) -> None:
        if self.page.locator("[data-testid=incident-panel]").is_hidden():
            self.go("m", "[data-testid=incident-panel]")

    # ---- alarms ----

    def incidents(self, which: str = "") -> list[str]:
        """The numbers of the incidents in the list, as it stands this moment."""
        found = self.page.eval_on_selector_all(
            f"[data-testid=incident-card]{which}", "(all) => all.map((one) => one.dataset.incident)"
        )
        return [str(number) for number in found]

    def item(self, number: str) -> Locator:
        return self.page.locator(f"[data-testid=incident-card][data-incident='{number}']")

    def acknowledge(self, number: str) -> None:
        """Walk to the card with `j` and `k`, take notice with `a`."""
        for _ in range(60):
            shown = self.incidents()
            if number not in shown:
                return
            at = self.page.evaluate("() => document.activeElement?.dataset.open")
            if at == number:
                break
            self.press("k" if at in shown and shown.index(at) > shown.index(number) else "j")
        else:
            raise AssertionError(f"the keys do not lead to incident {number}")
        self.press("a")
        self.page.wait_for_function(
            f"(number) => !document.querySelector(`{LOUD}[data-incident='${{number}}']`)", arg=number
        )
        # The button that said so is gone; whoever works by keyboard must still stand where they stood.
        at = self.page.evaluate("() => document.activeElement?.dataset.open")
        assert at == number or number not in self.incidents(), f"the focus went from {number} to {at}"

    def open_card(self, number: str) -> Locator | None:
        """The card beside the map, by Enter; None where the incident has just left the list."""
        try:
            self.item(number).locator("[data-open]").focus(timeout=5_000)
        except TimeoutError:
            return None
        self.press("Enter")
        card = self.page.locator(f"[data-testid=incident-detail][data-incident-detail='{number}']")
        card.locator("[data-testid=action-judge]").wait_for()
        return card

    def judge(self, card: Locator, verdict: str = "true") -> None:
        """研判, where it waits for that."""
        button = card.locator("[data-testid=action-judge]")
        if button.get_attribute("aria-disabled") or not pressed(button):
            return
        waiting = self.page.evaluate(UNJUDGED, card.get_attribute("data-incident-detail"))
        dialog = self.page.locator("[data-testid=judge-dialog]")
        self.check(dialog.locator(f"input[name=verdict][value='{verdict}']"))
        self.enter(dialog.locator("button[type=submit]"))
        self.page.wait_for_function(
            "() => !document.querySelector('[data-testid=judge-dialog] form:not(:has(.problem))')"
        )
        if dialog.locator(".problem").count():
            self.refused.append(dialog.inner_text())
            self.press("Escape")
        dialog.locator("form").wait_for(state="detached")
        # Not looked at again before the page has heard of it: a person would not either.
        self.page.wait_for_function(JUDGED, arg=waiting)

    def see_to_alarms(self) -> None:
        """Take notice of all that calls, and say of what waits for it whether it is so."""
        self.to_map()
        while loud := self.incidents("[data-state=unacknowledged]"):
            self.acknowledge(loud[0])
        for number in self.incidents(":has([data-testid=unjudged])"):
            if card := self.open_card(number):
                self.judge(card)
                self.press("Escape")

    # ---- cases ----

    def see_to_cases(self, *queues: str) -> None:
        """Each case of these queues: the next step that is this desk's."""
        self.go("c", "[data-testid=queue-open] b")
        for queue in queues:
            tab = self.page.locator(f"[data-testid=queue-{queue}]")
            if tab.locator("b:not(.zero)").count() == 0:
                continue
            self.enter(tab)
            self.page.wait_for_selector(f"[data-testid=queue-{queue}][aria-current=page]")
            self.page.locator("[data-testid=case-row], [data-testid=empty]").first.wait_for()
            for link in self.page.eval_on_selector_all(
                "[data-testid=case-row] a.open", "(all) => all.map((one) => one.getAttribute('href'))"
            ):
                self._see_to_case(link)

    def _see_to_case(self, link: str) -> None:
        # A list that was seen before shows what it showed until it has been asked again: what has left it cannot be opened.
        actions = self.page.locator("[data-testid=case-actions]")
        while pressed(self.page.locator(f"[data-testid=case-row] a.open[href='{link}']")):
            try:
                actions.wait_for(timeout=15_000)
                break
            except TimeoutError:
                continue  # the list was sorted anew between the look and the key, and the focus was gone
        else:
            return
        urgent = self.page.locator("[data-testid=case-page] h1 .urgent").count() > 0
        for verb in VERBS:
            button = actions.locator(f"[data-testid=verb-{verb}]")
            if button.count() and (urgent or verb != "dispatch") and pressed(button):
                if self.fill_and_send():
                    # It is done once the page no longer offers it.
                    expect(button).to_have_count(0)
                    self.moved.append((link.rsplit("/", 1)[-1], verb))
                break
        self.page.go_back()
        self.page.wait_for_selector("[data-testid=queue-open]")

    def fill_and_send(self) -> bool:
        """Fill in what a verb asks for, with the first that fits. Says whether it was done; a refusal is read and left."""
        form = self.page.locator("form.verb")
        form.wait_for()
        for field in form.locator("[data-field]").all():
            if field.locator("input[type=radio]").count() and not field.locator("input:checked").count():
                self.check(field.locator("input[type=radio]").first)
        self.enter(form.locator("[data-testid=verb-go]"))
        self.page.wait_for_function("() => !document.querySelector('form.verb:not(:has(.problem, .fault))')")
        if form.count() == 0:
            return True
        self.refused.append(form.inner_text())
        self.press("Escape")
        form.wait_for(state="detached")
        return False

    # ---- the watch ----

    def serve_until(self, moment: datetime, *, unless: Callable[[], bool] = lambda: False) -> None:
        """Do what the queues ask for, again and again, until the night's clock has come to a moment."""
        while self.clock() < moment and not unless():
            self.see_to_alarms()
            if unless():
                return
            self.see_to_cases("to_file", "due_soon")
            self.to_map()
            self.rest(moment)

    def rest(self, moment: datetime, minutes: int = 3) -> None:
        """Look up again when something calls, or after some minutes of the night."""
        wake = min(moment.timestamp(), self.clock().timestamp() + minutes * 60) * 1000
        self.page.wait_for_function(
            f"""(wake) => document.querySelector('{LOUD}')
                || document.querySelector('[data-testid=posture-waiting]')
                || Date.parse(document.querySelector('{CLOCK}').dateTime) >= wake""",
            arg=wake,
        )
