"""Tasks of a newer text are found among those of the older one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.progress.sameness import Words, same

BOILERS = Words("1", "淘汰燃煤锅炉", "6月底前淘汰10蒸吨以下燃煤锅炉200台。")
DUST = Words("2", "控制施工扬尘", "工地做到六个百分之百，每周检查一次。")
TRUCKS = Words("3", "管住渣土车辆", "渣土车全部密闭运输并安装定位装置。")


def test_a_task_is_found_again_after_its_number_and_its_date_have_changed() -> None:
    later = Words("4", "淘汰燃煤锅炉", "8月底前淘汰10蒸吨以下燃煤锅炉182台。")
    assert [(1, 0), (0, 1), (2, None)] == same([BOILERS, DUST, TRUCKS], [DUST, later])


def test_another_task_under_the_same_number_is_another_task() -> None:
    assert [(None, 0), (0, None)] == same([BOILERS], [Words("1", "禁放烟花爆竹", "城区全年禁止燃放。")])


def test_equal_titles_are_told_apart_by_their_words() -> None:
    parts = [Words("5", "治理挥发性有机物", text) for text in ("推广低挥发性原料替代。", "提升末端治理设施效率。")]
    assert [(1, 0), (0, 1)] == same(parts, list(reversed(parts)))


tasks = st.lists(
    st.builds(
        Words, st.sampled_from("123"), st.text("煤尘车炉气水", min_size=1, max_size=8), st.text("治控查停", max_size=20)
    ),
    max_size=8,
)


@given(tasks, tasks)
def test_every_task_of_both_texts_is_named_once(old: list[Words], new: list[Words]) -> None:
    pairs = same(old, new)
    assert list(range(len(new))) == sorted(pair[1] for pair in pairs if pair[1] is not None)
    assert list(range(len(old))) == sorted(pair[0] for pair in pairs if pair[0] is not None)


@given(tasks)
def test_a_text_is_the_same_as_itself(listed: list[Words]) -> None:
    distinct = list({(task.title, task.text): task for task in listed}.values())
    long = [task for task in distinct if len(task.title) > 2]
    assert [(index, index) for index in range(len(long))] == same(long, long)
