from __future__ import annotations

import pytest

from alexnet_core.commands.output import print_table, progress_bar


def test_a_bar_goes_when_all_is_done_and_may_come_again(capsys):
    with progress_bar("Decoding", " pictures") as show:
        for _ in range(2):
            show(1, 2)
            show(2, 2)
    assert capsys.readouterr().out == ""


def test_a_bar_is_closed_after_a_failure():
    def fail() -> None:
        with progress_bar("Decoding", " pictures") as show:
            show(1, 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()


def test_numbers_stand_to_the_right_under_their_heads(capsys):
    print_table(("name", "count"), [("a", 1), ("long name", 12_345)])
    assert capsys.readouterr().out.splitlines() == [
        "name        count",
        "a               1",
        "long name  12,345",
    ]
