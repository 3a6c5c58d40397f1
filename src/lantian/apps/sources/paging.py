"""Pages of long lists: keys first, then what the lines show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django_tables2.data import TableQuerysetData

Fetch = Callable[[Sequence[int]], Iterable[Any]]
#: rows that are fetched together where all of them are wanted
BATCH = 500


class PagedRows(TableQuerysetData):
    """Rows of a long list; a page of it is fetched in two steps, its keys in order and then those few rows.

    To skip ten thousands of rows takes a database several times longer where each of them is wide.

    Parameters
    ----------
    fetch
        Gives the rows of some keys in any order.
    whole
        Read all keys in one question. Where the filter looks into facts, to count and to page would each look through
        the whole list.
    """

    def __init__(self, data: Any, fetch: Fetch, *, whole: bool = False) -> None:
        super().__init__(data)
        self.fetch, self.whole = fetch, whole
        self._keys: list[int] | None = None

    def keys(self) -> list[int]:
        """All keys in order."""
        if self._keys is None:
            self._keys = list(self._sorted_last().values_list("pk", flat=True))
        return self._keys

    def _sorted_last(self) -> Any:
        """The rows, found first and then put in order.

        A database that may do both at once walks along the index of the order, to each row of the list at another place
        of its file, which takes three times as long.
        """
        order = self.data.query.order_by
        plain = all(
            isinstance(one, str) and one.lstrip("-") not in self.data.query.annotations for one in order
        )
        if not order or not plain:
            return self.data
        found = self.data.order_by().values("pk")
        return self.data.model._base_manager.filter(pk__in=found).order_by(*order)

    def __len__(self) -> int:
        if self.whole:
            return len(self.keys())
        if not hasattr(self, "_length"):
            # The order costs time and says nothing of the number.
            self._length = self.data.order_by().count()
        return self._length

    def __iter__(self) -> Iterator[Any]:
        """All rows in order, with what their lines show, as an export wants them."""
        keys = self.keys()
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            found = {row.pk: row for row in self.fetch(part)}
            yield from (found[one] for one in part if one in found)

    def order_by(self, aliases: Any) -> None:
        """Another order needs other keys."""
        super().order_by(aliases)
        self._keys = None

    def __getitem__(self, key: Any) -> Any:
        """A page as a list, or one row."""
        if not isinstance(key, slice):
            return super().__getitem__(key)
        keys = self.keys()[key] if self.whole else list(self.data.values_list("pk", flat=True)[key])
        found = {row.pk: row for row in self.fetch(keys)}
        return [found[one] for one in keys if one in found]
