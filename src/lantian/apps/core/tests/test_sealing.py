"""Sealed texts: opened by whom they are for, by nobody else, and after the secret of the office was exchanged."""

from __future__ import annotations

from typing import Any

import pytest

from lantian.apps.core import sealing

PURPOSE = "test.1.pw"


def test_what_was_sealed_is_opened_and_never_looks_the_same_twice() -> None:
    one, other = sealing.seal("秘密123", PURPOSE), sealing.seal("秘密123", PURPOSE)
    assert ("秘密123", "秘密123") == (sealing.unseal(one, PURPOSE), sealing.unseal(other, PURPOSE))
    assert one != other and "秘密" not in one and sealing.is_current(one)


def test_a_text_of_another_row_an_altered_one_and_nonsense_do_not_open() -> None:
    sealed = sealing.seal("123456", PURPOSE)
    altered = sealed[:-3] + ("AAA" if sealed[-3:] != "AAA" else "BBB")
    for text, purpose in ((sealed, "test.2.pw"), (altered, PURPOSE), ("", PURPOSE), ("1.aaaaaaaa.!!", PURPOSE)):
        with pytest.raises(sealing.Unsealable):
            sealing.unseal(text, purpose)


def test_after_the_secret_was_exchanged_the_former_one_opens_and_the_new_one_seals(settings: Any) -> None:
    sealed = sealing.seal("123456", PURPOSE)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of the office, long enough to be one of them indeed"
    assert sealing.unseal(sealed, PURPOSE) == "123456"
    assert not sealing.is_current(sealed)
    again = sealing.seal("123456", PURPOSE)
    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(again, PURPOSE) == "123456"
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, PURPOSE)
