"""The book of lists: what each list must have, and what identifies its entries."""

from __future__ import annotations

import pytest

from lantian.rules.sources.lists import ListType, list_book, natural_key_of

LISTS = list(list_book().lists.values())


@pytest.mark.parametrize("one", LISTS, ids=[one.code for one in LISTS])
def test_a_list_has_a_key_owners_and_a_document_that_orders_it(one: ListType) -> None:
    assert one.natural_key and one.owners and one.named_in and one.name and one.english
    assert one.required


def test_a_permit_gives_the_credit_code_and_the_site() -> None:
    kilns = list_book().lists["kilns"]
    written = {"permit_number": "91130200699229617X002P", "kiln_number": "mf0001"}
    assert ("uscc+site_number+kiln_number", "91130200699229617X", "002", "MF0001") == natural_key_of(
        kilns, written
    )
    assert natural_key_of(kilns, written) == natural_key_of(
        kilns, {"uscc": "91130200699229617X", "site_number": "002", "kiln_number": "ＭＦ 0001"}
    )
    assert natural_key_of(kilns, {"kiln_number": "MF0001"}) is None
