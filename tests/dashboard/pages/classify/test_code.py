from __future__ import annotations

import ast

import pytest

from dashboard.common.caches import Source
from dashboard.common.visitor import Visitor
from dashboard.pages.classify.code import code_for
from tests.dashboard.conftest import Open, checked, html


def test_the_code_gives_the_numbers_of_the_page(
    open_lab: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    page = open_lab(model="random:alexnet-cifar", sample="coffee", top="3")
    page.session_state["code"] = True
    (code,) = [block.value for block in checked(page.run()).code]
    exec(code, {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for line in lines:
        label, logit = line.partition(":")[0], line.rpartition(" ")[2]
        assert f'<th scope="row" title="{label}">' in html(page)
        assert f"<td>{logit.replace('-', '−')}</td>" in html(page)


def test_a_hostile_name_stays_a_name() -> None:
    name = "'); import os; os.abort(); ('.png"
    code = code_for(Visitor(own={"hash": Source("hash", name, b"")}, chosen="hash"))
    strings = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    assert name in strings
