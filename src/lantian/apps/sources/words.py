"""Words for what the log keeps of sources and lists."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history

ACTIONS: dict[str, Any] = {
    "sources.list.open": _("List opened"),
    "sources.list.edit": _("List described anew"),
    "sources.list.publish": _("List published"),
    "sources.list.freeze": _("List confirmed and frozen"),
    "sources.list.announce": _("Change of a frozen list announced"),
    "sources.list.unfreeze": _("List no longer frozen"),
    "sources.entry.propose": _("Entry proposed"),
    "sources.entry.check": _("Entry checked"),
    "sources.entry.list": _("Entry put on the list"),
    "sources.entry.return": _("Entry sent back"),
    "sources.entry.change": _("Entry changed"),
    "sources.entry.remove": _("Entry taken off the list"),
    "sources.source.make": _("Source made"),
    "sources.list.import": _("Rows of a list imported"),
    "sources.list.import_undo": _("Rows of an import taken back"),
    "sources.import.bring": _("Workbook of lists uploaded"),
    "sources.import.apply": _("Import of lists begun"),
    "sources.import.undo": _("Import of lists taken back"),
    "sources.import.cancel": _("Import of lists given up"),
    "sources.import.note": _("Import of lists finished"),
    "sources.entry.bulk": _("Step for several entries"),
    "sources.filter.save": _("Filter saved"),
    "sources.filter.share": _("Filter shared or no longer shared"),
    "sources.filter.delete": _("Filter deleted"),
    "sources.field.add": _("Own field added"),
    "sources.field.retire": _("Own field retired"),
    "sources.source.change": _("Source changed"),
    "sources.duplicates.start": _("Search for duplicates begun"),
    "sources.duplicates.find": _("Duplicates searched"),
    "sources.duplicates.name": _("Suspected duplicate named"),
    "sources.duplicates.distinct": _("Two sources told apart"),
    "sources.duplicates.reopen": _("Suspected duplicate opened again"),
    "sources.merge": _("Two sources merged"),
    "sources.merge_undo": _("Merge of two sources taken back"),
    "sources.source.operator": _("Operator of a source set"),
    "sources.grade.enter": _("Performance grade entered"),
    "sources.grade.lower": _("Performance grade lowered"),
    "sources.grade.annul": _("Performance grade struck out"),
    "sources.subsidy.find": _("Subsidies found that are due"),
    "sources.subsidy.step": _("Step of a subsidy"),
    "sources.project.judge": _("Project judged for admission"),
    "sources.project.decide": _("Admission of a project decided"),
    "sources.dossier.make": _("File of a source made"),
    "sources.proposal.make": _("Change proposed"),
    "sources.proposal.decide": _("Proposed change decided"),
    "sources.proposal.withdraw": _("Proposed change taken back"),
    "sources.inventory.import": _("Activities of the inventory imported"),
    "sources.inventory.start": _("Emission inventory begun"),
    "sources.inventory.finish": _("Emission inventory computed"),
    "sources.inventory.fail": _("Emission inventory could not be computed"),
    "sources.inventory.file_start": _("File of an emission inventory asked for"),
    "sources.inventory.file": _("File of an emission inventory written"),
    "sources.inventory.prepare_start": _("Grid, times and uncertainty of an inventory asked for"),
    "sources.inventory.part": _("Part of an emission inventory kept"),
    "sources.inventory.comparison": _("Comparison of two years kept"),
    "sources.inventory.comparison_start": _("Comparison of two years asked for"),
    "sources.activity.save": _("Activity of a source entered"),
    "sources.activity.remove": _("Activity of a source removed"),
    "sources.activity.factor": _("Factor of an activity chosen"),
    "sources.activity.total": _("Total of the statistics entered"),
}


def register() -> None:
    """Make them known."""
    history.register(ACTIONS)
