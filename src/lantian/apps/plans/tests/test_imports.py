"""A document's way into the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from lantian.apps.core import log
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import Attachment, LogEntry, Notification, Organisation
from lantian.apps.plans import actions, drafts, exceptions
from lantian.apps.plans.choices import IMPORT_STEPS, Decision, ImportStatus, PlanStatus
from lantian.apps.plans.models import (
    ImportContent,
    Plan,
    PlanImport,
    PlanParty,
    ReadingWarning,
    Section,
    Task,
    TaskUnit,
)
from lantian.apps.plans.tests.material import PLAN, Place, as_docx

pytestmark = pytest.mark.django_db

WATER = """关于做好2024年水污染防治工作的通知

各有关单位：

为保护河流水质，请加强巡查，发现排污口及时上报，确保断面水质达标。

云山区人民政府办公室
2024年4月1日
"""


def read(actor: Actor, place: Place, text: str = PLAN, **values: Any) -> PlanImport:
    """Upload and read a text."""
    return actions.start_reading(
        actor, actions.UploadPlan(actor, region=place.district, text=text, **values).execute()
    )


def draft(row: PlanImport) -> dict[str, Any]:
    found: dict[str, Any] = ImportContent.objects.get(pk=row.pk).draft
    return found


def test_the_facade_takes_a_plan_through_the_whole_door(place: Place, plan: Plan) -> None:
    tasks = list(plan.tasks.order_by("order"))

    assert [task.number for task in tasks] == ["1", "2", "3"]
    assert (plan.title, plan.document_number) == ("云山区2024年大气污染防治攻坚方案", "云政办〔2024〕7号")
    assert (plan.issued_on, plan.year, plan.status) == (date(2024, 3, 5), 2024, PlanStatus.ACTIVE)
    assert tasks[0].lead_name == "区生态环境局"
    assert tasks[0].next_deadline == date(2024, 9, 30)
    assert plan.text.content == PLAN
    assert plan.source_import.status == ImportStatus.CONFIRMED


def test_units_are_linked_to_what_is_known_spread_or_created(place: Place, plan: Plan) -> None:
    first = plan.tasks.get(number="1")
    linked = {
        (unit.role, unit.name, unit.organisation.name if unit.organisation else None)
        for unit in first.units.select_related("organisation")
    }

    assert linked == {
        ("lead", "区生态环境局", "云山区生态环境局"),
        ("responsible", "各镇（街道）", "河口镇人民政府"),
        ("responsible", "各镇（街道）", "柳林镇人民政府"),
        ("cooperating", "区发改委", "云山区发改委"),
        ("cooperating", "区市场监管局", "云山区市场监管局"),
    }
    assert not Organisation.objects.filter(name__contains="各镇").exists()


def test_a_town_named_in_a_plan_is_the_town_that_is_known(place: Place, plan: Plan) -> None:
    names = TaskUnit.objects.filter(task__number="2", role="responsible").values_list(
        "organisation__name", flat=True
    )

    assert sorted(names) == ["柳林镇人民政府", "河口镇人民政府"]


def test_the_tree_of_headings_is_kept_and_its_parts_are_the_chapters(plan: Plan) -> None:
    titles = [(section.level, section.title) for section in Section.objects.filter(plan=plan)]

    assert titles == [
        (1, "一、工作目标"),
        (1, "二、重点任务"),
        (2, "（一）治理燃煤污染"),
        (2, "（二）治理扬尘污染"),
        (1, "三、保障措施"),
    ]
    assert [task.chapter.title for task in plan.tasks.select_related("chapter")] == [
        "（一）治理燃煤污染",
        "（一）治理燃煤污染",
        "（二）治理扬尘污染",
    ]


def test_every_place_points_into_the_text_of_the_plan(plan: Plan) -> None:
    text = plan.text.content
    for task in plan.tasks.prefetch_related("deadlines", "quantities"):
        assert task.title[:4] in text[task.spans["title"][0] : task.spans["title"][1]]
        for item in [*task.deadlines.all(), *task.quantities.all()]:
            assert text[item.span_start : item.span_end].replace("\n", "") == item.text


def test_a_word_file_gives_the_same_tasks_and_stays_with_the_plan(place: Place, office: Actor) -> None:
    upload = actions.UploadPlan(office, region=place.district, data=as_docx(PLAN), filename="云山区方案.docx")
    row = actions.ReadImport(office, upload.execute()).execute()
    plan = actions.ConfirmImport(office, row, with_open_warnings=True).execute()
    attachment = Attachment.objects.get()

    assert plan.tasks.count() == 3
    assert (attachment.name, attachment.target) == ("云山区方案.docx", plan)


def test_the_log_tells_each_step(place: Place, office: Actor, plan: Plan) -> None:
    codes = list(
        LogEntry.objects.filter(action__startswith="plans.").order_by("pk").values_list("action", flat=True)
    )

    assert codes == [
        "plans.import.upload",
        "plans.import.read",
        "plans.import.create_units",
        "plans.import.map",
        "plans.import.confirm",
        "plans.plan.create",
    ]
    assert list(log.verify()) == []


def test_people_of_the_named_units_are_told_once_it_is_in_the_ledger(
    place: Place, office: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    officer = place.user("department_officer", place.housing, "below")
    place.user("department_officer", place.stranger, "below")
    with django_capture_on_commit_callbacks(execute=True):
        actions.import_plan_from_text(office, PLAN, "方案", place.district)

    assert list(Notification.objects.filter(kind="plans.plan").values_list("recipient", flat=True)) == [
        officer.pk
    ]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.docx", "nothing_to_read"),
        (b"MZ\x90\x00" + b"\x00" * 400, "a.docx", "unreadable_file"),
        (b"PK\x03\x04broken", "a.docx", "unreadable_file"),
        (b"%PDF-1.4\n%%EOF", "a.pdf", "unreadable_file"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "plan.png", "unreadable_file"),
        (b"<html><body><script>alert(1)</script></body></html>", "plan.html", "unreadable_file"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    place: Place, office: Actor, data: bytes, name: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        actions.UploadPlan(office, region=place.district, data=data, filename=name).execute()

    assert caught.value.code == code
    assert str(caught.value)
    assert (PlanImport.objects.count(), Attachment.objects.count(), Plan.objects.count()) == (0, 0, 0)


def test_a_text_beyond_the_limit_is_refused(place: Place, office: Actor) -> None:
    with pytest.raises(exceptions.PlanTooLarge):
        actions.UploadPlan(office, region=place.district, text="蓝" * 800_000).execute()

    assert PlanImport.objects.count() == 0


def test_a_path_in_the_name_of_a_file_is_taken_off(place: Place, office: Actor) -> None:
    row = actions.UploadPlan(
        office, region=place.district, data=PLAN.encode(), filename="../../etc/方案.txt"
    ).execute()

    assert (row.name, row.attachment.name) == ("方案.txt", "方案.txt")


def test_neither_file_nor_text_is_told(place: Place, office: Actor) -> None:
    with pytest.raises(exceptions.NothingToRead):
        actions.UploadPlan(office, region=place.district).execute()
    with pytest.raises(exceptions.NothingToRead):
        actions.UploadPlan(office, region=place.district, text=" \n\t ").execute()


def test_the_same_text_is_not_imported_twice_by_accident(place: Place, office: Actor, plan: Plan) -> None:
    with pytest.raises(exceptions.SameContent) as caught:
        actions.UploadPlan(office, region=place.district, text=PLAN).execute()
    assert plan.title in str(caught.value)

    again = actions.UploadPlan(office, region=place.district, text=PLAN, again=True).execute()
    assert again.status == ImportStatus.UPLOADED


def test_the_title_of_a_plan_that_is_not_visible_is_not_told(place: Place, plan: Plan) -> None:
    other = Actor(place.user("campaign_office", place.stranger, region=place.other))
    with pytest.raises(exceptions.SameContent) as caught:
        actions.UploadPlan(other, region=place.other, text=PLAN).execute()

    assert plan.title not in str(caught.value)
    assert caught.value.data["plan"] is None


def test_a_withdrawn_plan_may_come_back(place: Place, office: Actor, plan: Plan) -> None:
    actions.WithdrawPlan(office, plan, reason="wrong place").execute()

    assert actions.UploadPlan(office, region=place.district, text=PLAN).execute().pk


def test_a_document_without_tasks_gives_an_honest_partial_result(place: Place, office: Actor) -> None:
    row = read(office, place, WATER)
    codes = set(row.warnings.values_list("code", flat=True))
    plan = actions.ConfirmImport(office, row, with_open_warnings=True).execute()

    assert "no_tasks" in codes
    assert plan.tasks.count() == 0
    assert plan.text.content == WATER
    assert plan.warnings.count() == row.warnings.count() > 0


def test_open_warnings_do_not_slip_through(place: Place, office: Actor) -> None:
    row = read(office, place, WATER)
    with pytest.raises(exceptions.StillOpen):
        actions.ConfirmImport(office, row).execute()
    for warning in row.warnings.all():
        actions.DecideWarning(office, warning, Decision.IRRELEVANT, reason="a plan about water").execute()

    assert actions.ConfirmImport(office, row).execute().status == PlanStatus.ACTIVE
    decided = ReadingWarning.objects.filter(decided_by=office.user, note="a plan about water")
    assert decided.count() == row.warnings.count()


def test_a_correction_needs_a_reason_and_is_kept_with_before_and_after(place: Place, office: Actor) -> None:
    row = read(office, place)
    with pytest.raises(ReasonMissing):
        actions.EditEntry(office, row, "task", "t1", {"title": "淘汰锅炉"}).execute()
    actions.EditEntry(office, row, "task", "t1", {"title": "淘汰锅炉"}, reason="shorter").execute()
    entry = LogEntry.objects.filter(action="plans.import.edit").get()

    assert (entry.before, entry.after, entry.reason) == (
        {"title": "淘汰燃煤锅炉"},
        {"title": "淘汰锅炉"},
        "shorter",
    )
    assert drafts.find(draft(row), "task", "t1")["edited"] is True
    assert ImportContent.objects.get(pk=row.pk).reading["tasks"][0]["title"] == "淘汰燃煤锅炉"


def test_two_people_correcting_one_entry_are_told(place: Place, office: Actor) -> None:
    row = read(office, place)
    actions.EditEntry(office, row, "task", "t1", {"title": "甲"}, version=1, reason="x").execute()
    with pytest.raises(exceptions.EditConflict) as caught:
        actions.EditEntry(office, row, "task", "t1", {"title": "乙"}, version=1, reason="x").execute()

    assert caught.value.differences == {"title": ("乙", "甲")}
    assert actions.EditEntry(office, row, "task", "t2", {"title": "丙"}, version=1, reason="x").execute()


def test_what_is_left_out_does_not_enter_the_ledger_and_what_is_added_does(
    place: Place, office: Actor
) -> None:
    row = read(office, place)
    actions.RemoveEntry(office, row, "task", "t2", reason="no task").execute()
    values = {
        "number": "4",
        "title": "新增任务",
        "units": [{"role": "lead", "name": "区生态环境局"}],
        "deadlines": [{"kind": "deadline", "end": "2024-12-31"}],
    }
    actions.AddEntry(office, row, "task", values, reason="overlooked").execute()
    actions.AddEntry(
        office, row, "target", {"indicator": "PM10", "value": "70", "comparator": "<="}, reason="overlooked"
    ).execute()
    plan = actions.ConfirmImport(office, row, with_open_warnings=True).execute()
    added = plan.tasks.get(number="4")

    assert list(plan.tasks.values_list("number", flat=True)) == ["1", "3", "4"]
    assert (added.lead_name, added.next_deadline, added.span_start) == (
        "区生态环境局",
        date(2024, 12, 31),
        None,
    )
    assert added.units.get().organisation == place.bureau
    assert plan.target_rows.filter(indicator="PM10").get().number == "70"


def test_an_entry_that_was_left_out_can_be_taken_in_again(place: Place, office: Actor) -> None:
    row = read(office, place)
    actions.RemoveEntry(office, row, "task", "t2", reason="no").execute()
    actions.RemoveEntry(office, row, "task", "t2", removed=False, reason="yes").execute()

    assert actions.ConfirmImport(office, row, with_open_warnings=True).execute().tasks.count() == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "x" * 401},
        {"nothing": 1},
        {"deadlines": [{"kind": "deadline", "end": "2024-02-31"}]},
        {"deadlines": [{"kind": "period", "start": "2024-05-01", "end": "2024-04-01"}]},
        {"quantities": [{"value": "many", "unit": "台"}]},
        {"quantities": [{"what": "锅炉", "unit": "台"}]},
        {"units": [{"role": "king", "name": "甲"}]},
        {"units": "甲"},
    ],
)
def test_values_that_make_no_sense_are_refused(place: Place, office: Actor, changes: dict[str, Any]) -> None:
    row = read(office, place)
    before = draft(row)
    with pytest.raises(Invalid) as caught:
        actions.EditEntry(office, row, "task", "t1", changes, reason="x").execute()

    assert set(caught.value.fields) == set(changes)
    assert draft(row) == before


def test_the_head_can_be_corrected(place: Place, office: Actor) -> None:
    row = read(office, place)
    actions.EditMeta(
        office, row, {"title": "新标题", "issued_on": "2024-03-06"}, year=2025, reason="x"
    ).execute()
    plan = actions.ConfirmImport(office, row, with_open_warnings=True).execute()

    assert (plan.title, plan.issued_on, plan.year) == ("新标题", date(2024, 3, 6), 2025)


def test_units_can_be_picked_or_kept_as_names(place: Place, office: Actor) -> None:
    row = read(office, place)
    actions.MapUnits(office, row, {"区发改委": [place.bureau.pk], "区市场监管局": []}, finish=True).execute()
    plan = actions.ConfirmImport(office, PlanImport.objects.get(pk=row.pk), with_open_warnings=True).execute()
    units = {unit.name: unit.organisation for unit in TaskUnit.objects.filter(task__plan=plan)}

    assert (units["区发改委"], units["区市场监管局"]) == (place.bureau, None)


def test_an_organisation_that_is_not_there_cannot_be_picked(place: Place, office: Actor) -> None:
    row = read(office, place)
    with pytest.raises(Invalid):
        actions.MapUnits(office, row, {"区发改委": [999_999]}).execute()


def test_creating_the_missing_units_asks_for_the_right_of_the_register(place: Place) -> None:
    from lantian.apps.core.models import Role

    Role.objects.create(
        code="importer",
        name="importer",
        permissions=["plans.plan.import", "core.region.view", "core.organisation.view"],
    )
    actor = Actor(place.user("importer", place.office))
    row = read(actor, place)
    known = Organisation.objects.count()
    with pytest.raises(NotAllowed):
        actions.CreateMissingUnits(actor, row).execute()

    assert Organisation.objects.count() == known


def test_a_correction_that_names_a_new_unit_opens_the_mapping_again(place: Place, office: Actor) -> None:
    row = read(office, place)
    actions.MapUnits(office, row, {}, finish=True).execute()
    actions.EditEntry(
        office, row, "task", "t1", {"units": [{"role": "lead", "name": "区气象局"}]}, reason="x"
    ).execute()

    assert PlanImport.objects.get(pk=row.pk).status == ImportStatus.READ


def test_what_was_confirmed_or_discarded_is_closed(place: Place, office: Actor, plan: Plan) -> None:
    closed = plan.source_import
    other = read(office, place, WATER)
    actions.DiscardImport(office, other, reason="not ours").execute()
    for row in (closed, other):
        for action in (
            actions.EditEntry(office, row, "task", "t1", {"title": "x"}, reason="x"),
            actions.AddEntry(office, row, "target", {"indicator": "x"}, reason="x"),
            actions.MapUnits(office, row, {}, finish=True),
            actions.CreateMissingUnits(office, row),
            actions.ConfirmImport(office, row, with_open_warnings=True),
            actions.DiscardImport(office, row),
            actions.ReadImport(office, row),
        ):
            with pytest.raises(exceptions.WrongStep):
                action.execute()

    assert Plan.objects.count() == 1


def test_the_table_of_steps_knows_every_state() -> None:
    assert set(IMPORT_STEPS) == set(ImportStatus.values)
    assert all(steps <= set(ImportStatus.values) for steps in IMPORT_STEPS.values())
    assert IMPORT_STEPS[ImportStatus.DISCARDED] == frozenset() == IMPORT_STEPS[ImportStatus.WITHDRAWN]


def test_a_file_of_a_discarded_import_is_taken_away(place: Place, office: Actor) -> None:
    row = actions.UploadPlan(office, region=place.district, data=PLAN.encode(), filename="a.txt").execute()
    actions.DiscardImport(office, row).execute()

    assert Attachment.objects.get().removed_at is not None


def test_a_confirm_that_breaks_off_leaves_nothing(
    place: Place, office: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = read(office, place)

    def broken(*args: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("lantian.apps.plans.ledger.refresh_parties", broken)
    with pytest.raises(RuntimeError):
        actions.ConfirmImport(office, row, with_open_warnings=True).execute()

    assert (Plan.objects.count(), Task.objects.count()) == (0, 0)
    assert PlanImport.objects.get(pk=row.pk).status == ImportStatus.READ


def test_a_reader_that_breaks_off_keeps_the_text_and_says_so(
    place: Place, office: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, **_kwargs: Any) -> None:
        raise IndexError

    monkeypatch.setattr("lantian.apps.plans.reader.parse_plan", broken)
    row = actions.UploadPlan(office, region=place.district, text=PLAN).execute()
    with pytest.raises(exceptions.UnreadableFile):
        actions.start_reading(office, row)

    assert PlanImport.objects.get(pk=row.pk).status == ImportStatus.UPLOADED


def test_a_long_text_is_read_by_the_worker(
    place: Place, office: Actor, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from lantian.apps.core import jobs
    from lantian.apps.core.models import Job

    monkeypatch.setattr("lantian.apps.plans.reader.BACKGROUND_FROM", 100)
    monkeypatch.setattr("lantian.apps.core.jobs.enqueue", lambda row: None)
    row = actions.start_reading(
        office, actions.UploadPlan(office, region=place.district, text=PLAN).execute()
    )
    assert (row.status, row.job.kind) == (ImportStatus.UPLOADED, "plans.read")
    jobs.execute(row.job_id)
    job = Job.objects.get(pk=row.job_id)

    assert PlanImport.objects.get(pk=row.pk).status == ImportStatus.READ
    assert (job.status, job.done, job.total) == ("done", 1, 1)


# Who may what --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["department_officer", "town_officer", "leader"])
def test_only_the_campaign_office_imports(place: Place, role: str) -> None:
    actor = Actor(place.user(role, place.bureau))
    with pytest.raises(NotAllowed):
        actions.UploadPlan(actor, region=place.district, text=PLAN).execute()

    assert LogEntry.objects.get(action="plans.import.upload").result == "denied"


def test_an_office_cannot_import_for_a_place_that_it_does_not_reach(place: Place) -> None:
    actor = Actor(place.user("campaign_office", place.office, region=place.other))
    with pytest.raises(Invalid) as caught:
        actions.UploadPlan(actor, region=place.district, text=PLAN).execute()

    assert "region" in caught.value.fields
    assert PlanImport.objects.count() == 0


def test_an_import_of_another_office_is_not_there(place: Place, office: Actor) -> None:
    row = read(office, place, WATER)
    warning = row.warnings.first()
    stranger = Actor(place.user("campaign_office", place.stranger, region=place.other))
    for action in (
        actions.EditEntry(stranger, row, "task", "t1", {"title": "x"}, reason="x"),
        actions.EditMeta(stranger, row, {"title": "x"}, reason="x"),
        actions.MapUnits(stranger, row, {}),
        actions.CreateMissingUnits(stranger, row),
        actions.ConfirmImport(stranger, row),
        actions.DiscardImport(stranger, row),
        actions.DecideWarning(stranger, warning, Decision.KEPT),
    ):
        with pytest.raises(NotFound):
            action.execute()

    assert ReadingWarning.objects.get(pk=warning.pk).decision == Decision.OPEN


def test_who_has_a_task_sees_the_plan_and_only_the_own_tasks(place: Place, plan: Plan) -> None:
    housing = place.user("department_officer", place.housing, "below")
    town = place.user("town_officer", place.town_units[0], "department")
    stranger = place.user("department_officer", place.stranger, "below")

    def seen(user: Any) -> list[str]:
        return sorted(Task.objects.all().visible_to(user, "plans.task.view").values_list("number", flat=True))

    assert (seen(housing), seen(town), seen(stranger)) == (["2", "3"], ["1", "2", "3"], [])
    assert Plan.objects.all().visible_to(housing, "plans.plan.view").get() == plan
    assert not Plan.objects.all().visible_to(stranger, "plans.plan.view").exists()
    assert set(PlanParty.objects.filter(plan=plan).values_list("organisation", flat=True)) >= {
        place.housing.pk,
        place.office.pk,
    }


def test_messages_of_refusals_can_be_put_into_the_language_of_the_user() -> None:
    with translation.override("en"):
        assert "2 MB" in str(exceptions.PlanTooLarge())
