from __future__ import annotations

import io
import json
import sys

import pytest

from alexnet_core.commands.output import forgive_signs, print_json, print_table, progress_bar


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


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_signs_that_the_terminal_lacks_end_no_command(monkeypatch, encoding):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    forgive_signs()
    print_json({"class": "γάτα"})
    sys.stdout.flush()
    assert json.loads(written.getvalue().decode(encoding)) == {"class": "γάτα"}
    print_table(("class",), [("γάτα",)])
    sys.stdout.flush()
