"""What sources and lists refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed


class ListFrozen(Conflict):
    """A confirmed list is changed without the announced procedure."""

    code = "sources.list_frozen"
    message = _(
        "This list is confirmed and frozen. It can be changed only after the change was announced and filed: enter the"
        " announcement first."
    )


class OwnProposal(NotAllowed):
    """Somebody decides what he has asked for himself."""

    code = "sources.own_proposal"
    message = _("Who proposes does not approve. Ask somebody else to decide this.")


class WrongStep(Conflict):
    """A step that the state of an entry does not allow."""

    code = "sources.wrong_step"
    message = _("This step is not possible in this state. Load the page anew.")


class AlreadyListed(Invalid):
    """The list has an entry with this key."""

    code = "sources.already_listed"
    message = _("The list has an entry with this key already. Open that one and change it.")


class WithoutKey(Invalid):
    """Nothing identifies the entry."""

    code = "sources.without_key"
    message = _("Nothing identifies this entry. Fill in the fields of its key.")


class NeedsApproval(NotAllowed):
    """A table changes what stands on a list, and whoever brings it may not approve changes."""

    code = "sources.needs_approval"
    message = _(
        "This entry stands on the list and changes only with approval. Propose the change on its page, or let somebody"
        " import the table who may approve changes."
    )


class SourceMerged(Conflict):
    """Something is done to a source that has become part of another."""

    code = "sources.source_merged"
    message = _("This source has become part of another. Open that one.")
