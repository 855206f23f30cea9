from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.explanation.target import Target, resolve
from alexnet_core.models import checkpoint
from alexnet_core.models.checkpoint import Card
from dashboard.common import caches
from dashboard.common.caches import Source
from dashboard.common.passes import passes
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.code import snippet
from dashboard.pages.explain.state import Choice
from tests.core.explanation.small import small
from tests.dashboard.conftest import checked, first_page

SHIPPED, TOWERS, SQUARES = "bundled:cifar10", "towers", "squares"
"""The network that ships, one of two towers with response normalisation, one with neither."""

CLASS, CONTRAST = Target(index=3), Target(index=3, against=1)
UNIT, FLAT = Target(layer="relu5", unit=2), Target(layer="fc6", unit=2)
EARLY = Target(layer="conv1", unit=2)
LONGEST_LINE, MOST_LINES = 88, 45

FIRST: dict[str, dict[str, Any]] = {
    "saliency": {},
    "input-x-gradient": {},
    "integrated-gradients": {"steps": 8},
    "smoothgrad": {"samples": 3},
    "vargrad": {"samples": 3},
    "deep-lift": {},
    "deep-lift-shap": {"count": 3},
    "gradient-shap": {"samples": 5},
    "guided-backprop": {},
    "deconvolution": {},
    "guided-grad-cam": {},
    "grad-cam": {},
    "layer-conductance": {"steps": 6},
    "layer-activation": {},
    "lrp": {},
    "occlusion": {"window": 8},
    "feature-ablation": {"segments": 10},
    "kernel-shap": {"segments": 10, "samples": 20},
    "lime": {"segments": 10, "samples": 20},
}
"""Every method, its options at their defaults but for what takes long."""

OURS = {"deep-lift", "deep-lift-shap"}
"""Those that Captum computes otherwise at max pools."""

OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("saliency", {"signed": True}),
    ("integrated-gradients", {"steps": 60, "baseline": "blur", "rule": "riemann_middle"}),
    ("integrated-gradients", {"steps": 5, "baseline": "noise", "seed": 4}),
    ("integrated-gradients", {"steps": 5, "baseline": "mean"}),
    *(
        ("smoothgrad", {"samples": 3, "seed": 2, "of": of})
        for of in (
            "input-x-gradient",
            "integrated-gradients",
            "guided-backprop",
            "deconvolution",
            "guided-grad-cam",
        )
    ),
    ("smoothgrad", {"samples": 3, "squared": True}),
    ("vargrad", {"samples": 3, "of": "grad-cam"}),
    ("deep-lift", {"exact_pools": False, "baseline": "blur"}),
    ("deep-lift-shap", {"count": 3, "exact_pools": False}),
    ("deep-lift-shap", {"count": 3, "exact_pools": False, "references": "grey"}),
    ("deep-lift-shap", {"count": 3, "exact_pools": False, "references": "blur"}),
    ("gradient-shap", {"samples": 5, "references": "blur", "seed": 3, "noise": 0.1}),
    ("gradient-shap", {"samples": 5, "references": "grey"}),
    ("guided-grad-cam", {"layer": "conv2"}),
    ("grad-cam", {"layer": "conv3", "negative": True}),
    ("layer-conductance", {"steps": 6, "layer": "conv1", "baseline": "noise"}),
    ("layer-activation", {"layer": "conv1", "unit": 2}),
    ("lrp", {"epsilon": 0.01}),
    ("occlusion", {"stride": 4, "fill": "noise"}),
    ("feature-ablation", {"segments": 8, "compactness": 30.0, "fill": "blur"}),
    ("kernel-shap", {"segments": 8, "samples": 30, "fill": "black", "seed": 7}),
    ("lime", {"segments": 8, "samples": 30, "width": 0.5, "ridge": 0.0, "seed": 3}),
]

pytestmark = pytest.mark.filterwarnings("ignore:Setting")
"""Captum says that it sets hooks."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name -> reference."""
    made = {TOWERS: small("alexnet-2012"), SQUARES: small("alexnet-cifar", towers=2)}
    found = {SHIPPED: SHIPPED}
    for name, model in made.items():
        path = tmp_path_factory.mktemp("code") / name
        card = Card(model=model.config, categories=model.categories, transform=model.transform)
        checkpoint.save(path, model.network.state_dict(), card)
        found[name] = f"file:{path}"
    return found


class Shown:
    """A card and its script."""

    def __init__(self, model: str, method: str, target: Target, options: dict[str, Any]) -> None:
        self.found = passes.look(caches.sample("cat"), model)
        self.chosen = Choice(methods=(method,), opened=method, options={method: dict(options)})
        self.method, self.target = method, target
        self.options = self.chosen.options_of(method)
        assert self.options == METHODS[method].options(**options)
        captured = self.found.captured
        settled = resolve(self.found.model, target, captured.probabilities)
        self.given = (self.chosen, method, settled, self.found.model.config)
        self.text = snippet.code_for(Visitor(model=model), *self.given)

    def check(self) -> None:
        """The script gives the array of the card, and can be read."""
        names: dict[str, Any] = {}
        exec(compile(self.text, "shown", "exec"), names)
        mine = explain(
            self.found.model, self.found.captured.pixels, self.method,
            target=self.target, options=self.options,
        ).values  # fmt: skip
        assert names["values"].shape == mine.shape
        assert np.abs(names["values"] - mine).max() <= 1e-4 * np.abs(mine).max()
        lines = self.text.splitlines()
        assert len(lines) <= MOST_LINES
        # The reference of a file is as long as its path.
        assert max(len(line) for line in lines if "load(" not in line) <= LONGEST_LINE
        assert_imports_are_used(self.text)
        captum, why = snippet.is_captum(*self.given), snippet.why_not(*self.given)
        assert ("captum" in self.text) == captum == (not why)
        assert f"# {why}" in lines or captum


def assert_imports_are_used(text: str) -> None:
    """What a script imports and what it uses are the same."""
    tree = list(ast.walk(ast.parse(text)))
    aliases = [
        alias
        for node in tree
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    brought = [alias.asname or alias.name for alias in aliases]
    assert set(brought) <= {node.id for node in tree if isinstance(node, ast.Name)}
    assert len(brought) == len(set(brought))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("model", "target"),
    [(SHIPPED, CLASS), (SHIPPED, CONTRAST), (SHIPPED, UNIT), (TOWERS, CONTRAST), (TOWERS, UNIT)],
    ids=["class", "contrast", "unit", "contrast in towers", "unit in towers"],
)
def test_every_method_has_code_that_gives_its_array(
    home: Path, models: dict[str, str], method: str, model: str, target: Target
) -> None:
    shown = Shown(models[model], method, target, FIRST[method])
    shown.check()
    ours = OURS | {"lrp"} if model == TOWERS else OURS
    assert snippet.is_captum(*shown.given) == (method not in ours)


@pytest.mark.parametrize(("method", "options"), OTHERS)
def test_options_change_the_code_as_they_change_the_array(
    home: Path, method: str, options: dict[str, Any]
) -> None:
    shown = Shown(SHIPPED, method, CLASS, options)
    shown.check()
    assert snippet.is_captum(*shown.given)


@pytest.mark.parametrize("target", [CLASS, CONTRAST, UNIT])
@pytest.mark.parametrize("options", [{"rule": "gamma"}, {"rule": "alpha1-beta0", "epsilon": 0.001}])
def test_rules_of_relevance_are_captums(
    home: Path, models: dict[str, str], target: Target, options: dict[str, Any]
) -> None:
    plain = models[SQUARES]
    shown = Shown(plain, "lrp", target, options)
    shown.check()
    assert snippet.is_captum(*shown.given)


@pytest.mark.parametrize(
    "target",
    [FLAT, EARLY, UNIT.replace(at="mean"), FLAT.replace(at="mean")],
    ids=["flat", "early", "mean", "flat-mean"],
)
@pytest.mark.parametrize("method", ["saliency", "deep-lift", "gradient-shap", "lrp", "lime"])
def test_units_are_asked_as_the_lab_does(home: Path, method: str, target: Target) -> None:
    shown = Shown(SHIPPED, method, target, FIRST[method])
    shown.check()
    # Before the first max pool the rules are the same.
    assert snippet.is_captum(*shown.given) == (method != "deep-lift" or target == EARLY)


@pytest.mark.parametrize(
    ("model", "method", "options", "target", "why"),
    [
        (SHIPPED, "deep-lift", {}, CLASS, "exact_pools=False"),
        (SHIPPED, "deep-lift-shap", {"count": 2}, CONTRAST, "exact_pools=False"),
        (SHIPPED, "vargrad", {"of": "deep-lift", "samples": 2}, UNIT, "max pools"),
        (TOWERS, "lrp", {}, CLASS, "response normalisation"),
        (TOWERS, "gradient-shap", {"noise": 0.1, "samples": 4}, CLASS, "one after the other"),
    ],
)
def test_a_script_of_the_lab_says_why(
    home: Path,
    models: dict[str, str],
    model: str,
    method: str,
    options: dict[str, Any],
    target: Target,
    why: str,
) -> None:
    shown = Shown(models[model], method, target, options)
    shown.check()
    assert why in snippet.why_not(*shown.given)
    (comment,) = [line for line in shown.text.splitlines() if line.startswith("#")]
    assert comment == f"# {snippet.why_not(*shown.given)}"


def test_a_layer_behind_the_unit_is_left_to_the_lab_to_refuse(home: Path) -> None:
    shown = Shown(SHIPPED, "smoothgrad", EARLY, {"of": "grad-cam"})
    assert "conv5" in snippet.why_not(*shown.given)


def test_a_hostile_name_stays_a_name() -> None:
    name = '"\'); import os; os.abort(); (".png'
    for title in (name, name.replace('"', ""), name.replace("'", ""), "back\\"):
        who = Visitor(own={"hash": Source("hash", title, b"")}, chosen="hash")
        text = snippet.code_for(who, *Shown(SHIPPED, "saliency", CLASS, {}).given)
        nodes = ast.walk(ast.parse(text))
        assert title in [node.value for node in nodes if isinstance(node, ast.Constant)]


@pytest.mark.parametrize(("method", "whose"), [("saliency", "Captum"), ("deep-lift", "the lab")])
def test_the_panel_says_whose_lines_it_shows(home: Path, method: str, whose: str) -> None:
    page = first_page("explain", methods=method, target="3")
    checked(page.run())
    assert not page.code
    checked(page.button(key="explain-code").click().run())
    (shown,) = [block.value for block in page.code]
    assert shown == Shown(SHIPPED, method, CLASS, {}).text.rstrip()
    (said,) = [one.value for one in page.caption if one.value.startswith("These lines")]
    assert said.startswith(f"These lines ask {whose}")
