"""Addresses of rows are those of the address table, however they are made."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.urls.base import get_script_prefix, set_script_prefix

from lantian.apps.plans import addresses


@pytest.mark.parametrize("name", ["plans:task", "plans:plan"])
@pytest.mark.parametrize("key", [1, 20_000, 987_654_321_012_345])
def test_the_address_of_a_row_is_that_of_the_address_table_below_any_prefix(name: str, key: int) -> None:
    before = get_script_prefix()
    try:
        for prefix in ("/", "/lantian/", "/"):
            set_script_prefix(prefix)
            assert reverse(name, args=[key]) == addresses.of_row(name, key)
            assert addresses.of_row(name, key).startswith(prefix)
    finally:
        set_script_prefix(before)
