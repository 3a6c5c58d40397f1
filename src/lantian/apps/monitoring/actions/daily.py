"""The daily report: made, verified, sent, corrected; and how it goes out.

Figures are read before the transaction begins, so that nobody waits for the lake with a locked ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import display, duties
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import Organisation, Region, User
from lantian.apps.monitoring import daily, daily_reports
from lantian.apps.monitoring.access import DAILY_SEND, DAILY_VERIFY, DAILY_VIEW
from lantian.apps.monitoring.choices_daily import VERIFIED, ReportPart, ReportState, Running
from lantian.apps.monitoring.models import DailyReport, DailyReportRow, DailySetting
from lantian.apps.monitoring.places import may_act_for, office_of
from lantian.lake.errors import LakeError
from lantian.rules.monitoring.daily_report import clock

#: accounts that one message goes to at most
MOST_TOLD = 500
#: characters of a remark
MOST_WORDS = 200
STATES = {str(code) for code, _label in VERIFIED}
#: columns that are written anew with a draft
_FROZEN = [
    "name", "place", "state", *daily_reports.COUNTS,
    *(f"{name}_{what}" for name in daily.POLLUTANTS for what in ("kg", "hours")),
]  # fmt: skip


def verifiers(report: DailyReport) -> list[User]:
    """Accounts that may verify a row of a report."""
    rows = DailyReportRow.objects.filter(report=report)
    return [user for user in duties.holders(DAILY_VERIFY)[:MOST_TOLD] if rows.visible_to(user, DAILY_VERIFY).exists()]


def senders(report: DailyReport) -> list[User]:
    """Accounts that may send a report."""
    one = DailyReport.objects.filter(pk=report.pk)
    return [user for user in duties.holders(DAILY_SEND)[:MOST_TOLD] if one.whole_to(user, DAILY_SEND).exists()]


class _Reading(Action[DailyReport]):
    """An action that reads the figures of a day first."""

    figures: Sequence[daily.Row] = ()

    def read(self, region: Region, day: date, part: str, last: datetime) -> None:
        """Read them.

        Raises
        ------
        Conflict
            The values cannot be read at this moment.
        """
        try:
            self.figures = daily_reports.figures_of(region, day, part, last)
        except (LakeError, OSError) as error:
            raise Conflict(__("The values cannot be read at this moment. Try again in a minute; nothing is lost.")) from error

    def put(self, report: DailyReport, kept: Iterable[DailyReportRow]) -> list[DailyReportRow]:
        """Write the rows anew; what people verified stays with its enterprise, and so does the row that they have open."""
        known = {row.source_id: row for row in kept}
        rows = [daily_reports.row_of(report, figures) for figures in self.figures]
        for row in rows:
            former = known.get(row.source_id)
            if former is None:
                continue
            row.verified, row.verified_at, row.verified_by_id = former.verified, former.verified_at, former.verified_by_id
            row.remark = former.remark
            if former.report_id == report.pk:
                row.pk = former.pk
        stay = [row for row in rows if row.pk is not None]
        report.rows.exclude(pk__in=[row.pk for row in stay]).delete()
        DailyReportRow.objects.bulk_update(stay, _FROZEN, batch_size=100)
        DailyReportRow.objects.bulk_create([row for row in rows if row.pk is None], batch_size=200)
        return rows


class MakeReport(_Reading):
    """Make the draft of a report, or make it anew from the data until it is sent.

    Parameters
    ----------
    at
        The moment at which it is made; for demonstrations and tests.
    """

    code = "monitoring.daily.make"
    permission = DAILY_SEND

    def __init__(
        self, actor: Actor, region: Region, day: date, part: str = ReportPart.DAY, *, at: datetime | None = None, reason: str = ""
    ) -> None:
        super().__init__(actor, reason=reason)
        self.region, self.day, self.part, self.at = region, day, str(part), at or timezone.now()
        self.book = daily_reports.book()

    def check(self) -> None:
        """Who may act for the place."""
        super().check()
        if not may_act_for(self.actor, DAILY_SEND, self.region):
            raise NotAllowed(permission=DAILY_SEND)

    def execute(self) -> DailyReport:
        """Read the figures, then make it."""
        if self.part in ReportPart.values and may_act_for(self.actor, DAILY_SEND, self.region):
            hours = clock(self.book, self.day, self.part)
            if hours.last <= self.at:
                self.read(self.region, self.day, self.part, hours.last)
        return super().execute()

    def validate(self) -> None:
        """Of a time that is over, and until it is sent."""
        super().validate()
        if self.part not in ReportPart.values:
            raise Invalid(fields={"part": __("Choose one of the values.")})
        self.hours = clock(self.book, self.day, self.part)
        if self.hours.last > self.at:
            raise Invalid(fields={"day": __("This time is not over yet; the form can be made afterwards.")})
        Region.objects.select_for_update().get(pk=self.region.pk)
        self.report = daily_reports.latest(self.region.pk, self.day, self.part)
        if self.report is not None and self.report.state != ReportState.DRAFT:
            raise Conflict(__("This form has been sent. Make a corrected version of it."))

    def perform(self) -> DailyReport:
        """Write it; the first draft tells who is to verify."""
        warning = daily_reports.warning_of(self.region, self.day, self.part, self.book)
        setting = DailySetting.objects.filter(region=self.region).select_related("organisation").first()
        new = self.report is None
        report = self.report or DailyReport(region=self.region, day=self.day, part=self.part)
        kept = [] if new else list(report.rows.all())
        report.first, report.last, report.due_at = self.hours.first, self.hours.last, self.hours.due
        report.facts = daily_reports.facts_of(warning, self.book, self.part)
        report.organisation = (setting.organisation if setting is not None else None) or office_of(self.region)
        report.addressee = setting.addressee if setting is not None else ""
        report.made_at = self.at
        report.save()
        rows = self.put(report, kept)
        self.log(report, after={"version": report.version, "enterprises": len(rows)})
        if new and rows:
            title = __("To be verified: daily report of key enterprises, %(place)s, %(day)s")
            due = __("Verify who ran and who stood still. The form is due %(due)s.")
            self.notify(
                verifiers(report), "monitoring.daily", title % {"place": str(self.region), "day": self.day.isoformat()},
                body=due % {"due": display.campaign_date(report.due_at)}, url=report.get_absolute_url(),
            )  # fmt: skip
        return report


class _OnReport(_Reading):
    """Something done with a report; it is locked before it is judged."""

    #: whether the whole report must be the actor's, not only rows of it
    whole = True

    def __init__(self, actor: Actor, report: DailyReport, *, at: datetime | None = None, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.report, self.at = report, at or timezone.now()

    def subject(self) -> DailyReport:
        """The report."""
        return self.report

    def check(self) -> None:
        """The right over it."""
        super().check()
        assert self.permission is not None
        self.check_row(self.report)
        if self.whole and not daily_reports.whole(self.actor, self.report, self.permission):
            raise NotAllowed(permission=self.permission)

    def lock(self, state: str) -> None:
        """As it is now, in the state that is wanted."""
        fresh = DailyReport.objects.select_for_update().filter(pk=self.report.pk).first()
        if fresh is None:
            raise NotFound
        self.report = fresh
        if fresh.state != state:
            if fresh.state == ReportState.DRAFT:
                raise Conflict(__("This form has not been sent yet."))
            raise Conflict(__("This form has been sent. Make a corrected version of it."))


class VerifyRows(_OnReport):
    """Say of enterprises whether they ran or stood still, as people found it.

    Parameters
    ----------
    values
        Row → state and remark; an empty state takes a verification back.
    """

    code = "monitoring.daily.verify"
    permission = DAILY_VERIFY
    whole = False

    def __init__(
        self, actor: Actor, report: DailyReport, values: Mapping[int, tuple[str, str]], *, at: datetime | None = None, reason: str = ""
    ) -> None:
        super().__init__(actor, report, at=at, reason=reason)
        self.values = {key: (state, remark.strip()) for key, (state, remark) in values.items()}

    def validate(self) -> None:
        """Rows of the own places, and states that are one."""
        super().validate()
        self.lock(ReportState.DRAFT)
        if any(state and state not in STATES for state, _remark in self.values.values()):
            raise Invalid(fields={"state": __("Choose one of the values.")})
        if any(len(remark) > MOST_WORDS for _state, remark in self.values.values()):
            raise Invalid(fields={"remark": __("Use at most %(most)s characters.") % {"most": MOST_WORDS}})
        rows = DailyReportRow.objects.filter(report=self.report, pk__in=self.values)
        self.rows = list(self.actor.rows(rows, DAILY_VERIFY))
        if len(self.rows) != len(self.values):
            raise NotFound

    def perform(self) -> DailyReport:
        """Write those that changed."""
        changed: list[DailyReportRow] = []
        before: dict[str, str] = {}
        after: dict[str, str] = {}
        for row in self.rows:
            state, remark = self.values[row.pk]
            if (row.verified, row.remark) == (state, remark):
                continue
            before[row.name] = " ".join(part for part in (row.get_verified_display(), row.remark) if part)
            row.verified, row.remark = state, remark
            row.verified_at, row.verified_by = (self.at, self.actor.user) if state else (None, None)
            after[row.name] = " ".join(part for part in (row.get_verified_display(), row.remark) if part)
            changed.append(row)
        DailyReportRow.objects.bulk_update(changed, ["verified", "remark", "verified_at", "verified_by"], batch_size=200)
        self.unchanged = not changed
        if changed:
            self.log(self.report, before=before, after=after)
        self.changed = len(changed)
        return self.report


class VerifyAll(_OnReport):
    """Take over the state by the data for every row of the own places that nobody has verified; rows without data stay open."""

    code = "monitoring.daily.verify_all"
    permission = DAILY_VERIFY
    whole = False

    def validate(self) -> None:
        """Until it is sent."""
        super().validate()
        self.lock(ReportState.DRAFT)

    def perform(self) -> DailyReport:
        """Write them."""
        rows = DailyReportRow.objects.filter(report=self.report, verified="").exclude(state=Running.NONE)
        mine = list(self.actor.rows(rows, DAILY_VERIFY))
        for row in mine:
            row.verified, row.verified_at, row.verified_by = row.state, self.at, self.actor.user
        DailyReportRow.objects.bulk_update(mine, ["verified", "verified_at", "verified_by"], batch_size=200)
        self.unchanged = not mine
        if mine:
            self.log(self.report, after={row.name: str(row.get_verified_display()) for row in mine})
        self.changed = len(mine)
        return self.report


class SendReport(_OnReport):
    """Send a report: it stays as it is from now on, and those who get it are told.

    Parameters
    ----------
    by_house
        Sent by the house itself when it was due.
    """

    code = "monitoring.daily.send"
    permission = DAILY_SEND

    def __init__(
        self, actor: Actor, report: DailyReport, *, by_house: bool = False, at: datetime | None = None, reason: str = ""
    ) -> None:
        super().__init__(actor, report, at=at, reason=reason)
        self.by_house = by_house

    def validate(self) -> None:
        """Once."""
        super().validate()
        self.lock(ReportState.DRAFT)

    def perform(self) -> DailyReport:
        """Mark it, and tell the receivers what is not verified."""
        report = self.report
        rows = list(report.rows.all())
        found = daily_reports.sums(rows)
        report.state, report.sent_at, report.sent_by = ReportState.SENT, self.at, self.actor.user
        report.by_house = self.by_house
        report.save(update_fields=["state", "sent_at", "sent_by", "by_house"])
        earlier = daily_reports.before(report)
        if earlier is not None:
            earlier.state = ReportState.CORRECTED
            earlier.save(update_fields=["state"])
        self.log(
            report, before={"state": ReportState.DRAFT},
            after={"state": report.state, "enterprises": found.enterprises, "unverified": found.open,
                   "by_house": report.by_house, "late": report.late},
        )  # fmt: skip
        said = [__("%(n)s enterprises, %(open)s of them not verified.") % {"n": found.enterprises, "open": found.open}]
        if report.by_house:
            said.append(__("Sent by the house when it was due."))
        if report.late:
            said.append(__("It went out late: it was due %(due)s.") % {"due": display.campaign_date(report.due_at)})
        if earlier is not None:
            count = len(daily_reports.changes(report, rows, earlier.rows.all()))
            said.append(__("It corrects version %(n)s in %(count)s places: %(why)s") % {
                "n": earlier.version, "count": count, "why": report.cause,
            })  # fmt: skip
        title = (
            __("Daily report of key enterprises: %(place)s, %(day)s")
            if earlier is None
            else __("Corrected daily report of key enterprises: %(place)s, %(day)s")
        )
        self.notify(
            _receivers(report), "monitoring.daily", title % {"place": str(report.region), "day": report.day.isoformat()},
            body="\n".join(said), url=report.get_absolute_url(),
        )  # fmt: skip
        return report


def _receivers(report: DailyReport) -> Iterable[User]:
    setting = DailySetting.objects.filter(region=report.region_id).first()
    return list(setting.receivers.filter(is_active=True)) if setting is not None else []


class CorrectReport(_OnReport):
    """Begin a corrected version of a sent report, from the data as they are now; the sent one stays."""

    code = "monitoring.daily.correct"
    permission = DAILY_SEND
    needs_reason = True

    def execute(self) -> DailyReport:
        """Read the figures, then begin it."""
        if daily_reports.whole(self.actor, self.report, DAILY_SEND) and self.reason:
            self.read(self.report.region, self.report.day, self.report.part, self.report.last)
        return super().execute()

    def validate(self) -> None:
        """Of the newest version, once it is sent."""
        super().validate()
        self.lock(ReportState.SENT)
        newest = daily_reports.latest(self.report.region_id, self.report.day, self.report.part)
        if newest is not None and newest.pk != self.report.pk:
            raise Conflict(__("A corrected version has been begun already."))

    def perform(self) -> DailyReport:
        """Write it, with what was verified."""
        sent = self.report
        report = DailyReport.objects.create(
            region=sent.region, day=sent.day, part=sent.part, version=sent.version + 1, first=sent.first, last=sent.last,
            due_at=sent.due_at, facts=sent.facts, organisation=sent.organisation, addressee=sent.addressee,
            made_at=self.at, cause=self.reason,
        )  # fmt: skip
        rows = self.put(report, sent.rows.all())
        self.log(report, after={"version": report.version, "enterprises": len(rows)})
        return report


class RemakeReport(_OnReport):
    """Make a draft anew from the data as they are now; what was verified stays."""

    code = "monitoring.daily.remake"
    permission = DAILY_SEND

    def execute(self) -> DailyReport:
        """Read the figures, then write them."""
        if daily_reports.whole(self.actor, self.report, DAILY_SEND):
            self.read(self.report.region, self.report.day, self.report.part, self.report.last)
        return super().execute()

    def validate(self) -> None:
        """Until it is sent."""
        super().validate()
        self.lock(ReportState.DRAFT)

    def perform(self) -> DailyReport:
        """Write the rows anew."""
        rows = self.put(self.report, list(self.report.rows.all()))
        self.report.made_at = self.at
        self.report.save(update_fields=["made_at"])
        self.log(self.report, after={"version": self.report.version, "enterprises": len(rows)})
        return self.report


class RemindReport(_OnReport):
    """Tell who verifies and who sends that a report is still open; once before it is due, once afterwards."""

    code = "monitoring.daily.remind"
    permission = DAILY_SEND

    def validate(self) -> None:
        """Until it is sent."""
        super().validate()
        self.lock(ReportState.DRAFT)

    def perform(self) -> DailyReport:
        """Note it and tell them."""
        report = self.report
        missed = self.at >= report.due_at
        field = "missed_at" if missed else "reminded_at"
        setattr(report, field, self.at)
        report.save(update_fields=[field])
        left = report.rows.filter(verified="").count()
        self.log(report, after={"late": missed, "unverified": left})
        places = {"place": str(report.region), "day": report.day.isoformat()}
        title = (
            __("Overdue: daily report of key enterprises, %(place)s, %(day)s")
            if missed
            else __("Not sent yet: daily report of key enterprises, %(place)s, %(day)s")
        )
        body = __("Due %(due)s; %(n)s enterprises are not verified.")
        users = {user.pk: user for user in [*senders(report), *(verifiers(report) if left and not missed else [])]}
        self.notify(
            users.values(), "monitoring.daily", title % places,
            body=body % {"due": display.campaign_date(report.due_at), "n": left}, url=report.get_absolute_url(),
        )  # fmt: skip
        return report


class SetDaily(Action[DailySetting]):
    """Set how the report of a place goes out.

    Parameters
    ----------
    receivers
        Accounts that get a message when it is sent; each must be one that may see reports.
    """

    code = "monitoring.daily.set"
    permission = DAILY_SEND

    def __init__(
        self, actor: Actor, region: Region, *, organisation: Organisation | None, addressee: str,
        receivers: Sequence[User], auto_send: bool, reason: str = "",
    ) -> None:  # fmt: skip
        super().__init__(actor, reason=reason)
        self.region, self.organisation, self.addressee = region, organisation, addressee.strip()
        self.receivers, self.auto_send = list(receivers), auto_send

    def check(self) -> None:
        """Who may act for the place."""
        super().check()
        if not may_act_for(self.actor, DAILY_SEND, self.region):
            raise NotAllowed(permission=DAILY_SEND)

    def validate(self) -> None:
        """A message is of use only to who may open the report."""
        super().validate()
        wrong = [user.display_name for user in self.receivers if not user.is_active or not user.may(DAILY_VIEW)]
        if wrong:
            said = __("These accounts may not see daily reports: %(names)s") % {"names": "、".join(wrong)}
            raise Invalid(fields={"receivers": said})

    def perform(self) -> DailySetting:
        """Write it."""
        row = DailySetting.objects.filter(region=self.region).first() or DailySetting(region=self.region)
        changed = self.save(row, organisation=self.organisation, addressee=self.addressee, auto_send=self.auto_send)
        before = sorted(row.receivers.values_list("username", flat=True))
        after = sorted(user.username for user in self.receivers)
        if before != after:
            row.receivers.set(self.receivers)
            self.log(row, before={"receivers": before}, after={"receivers": after})
            changed = True
        self.unchanged = not changed
        return row
