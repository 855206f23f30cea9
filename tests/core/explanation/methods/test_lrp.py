from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.lrp import RelevanceOptions
from alexnet_core.explanation.target import Target
from tests.core.explanation.small import photo, small, without_biases

TARGETS = [
    Target(),
    Target(index=1, against=2),
    Target(layer="conv4", unit=3),
    Target(layer="conv4", unit=3, at="mean"),
    Target(layer="fc6", unit=4),
]


@pytest.mark.parametrize("variant", ["alexnet-owt", "alexnet-2012", "alexnet-flowers17"])
@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha1-beta0"])
def test_without_biases_nothing_is_lost(rule: str, variant: str) -> None:
    """Bach et al., 2015: relevance is conserved from layer to layer."""
    model = small(variant, without_biases)
    for target in TARGETS:
        options = RelevanceOptions(rule=rule)
        found = explain(model, photo(model), "lrp", target=target, options=options)
        assert abs(found.logit) > 1e-3
        assert float(found.values.sum()) == pytest.approx(found.logit, rel=1e-3), target
        assert found.delta == pytest.approx(0, abs=1e-3 * abs(found.logit))


def test_with_biases_the_loss_is_told() -> None:
    model = small("alexnet-owt")
    found = explain(model, photo(model), "lrp")
    assert found.delta == pytest.approx(found.values.sum() - found.logit, abs=1e-4)
    assert abs(found.delta or 0) > 0.01
    assert found.baseline_logit is None


def test_the_epsilon_rule_is_input_x_gradient_with_relu() -> None:
    """Ancona et al., 2018, proposition 1."""
    model = small("alexnet-owt")
    shares = explain(model, photo(model), "lrp").values
    slopes = explain(model, photo(model), "input-x-gradient").values
    assert np.allclose(shares, slopes, atol=1e-4 * np.abs(slopes).max())
    gamma = explain(model, photo(model), "lrp", options=RelevanceOptions(rule="gamma")).values
    assert not np.allclose(gamma, slopes, atol=0.1 * np.abs(slopes).max())


def test_a_large_epsilon_calms_and_loses() -> None:
    model = small("alexnet-owt", without_biases)
    calm = explain(model, photo(model), "lrp", options=RelevanceOptions(epsilon=0.5))
    exact = explain(model, photo(model), "lrp")
    assert np.abs(calm.values).sum() < np.abs(exact.values).sum()
    assert abs(calm.delta or 0) > 100 * abs(exact.delta or 0)
