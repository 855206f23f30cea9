from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from alexnet_core.data.augmentation import Augmentation
from alexnet_core.errors import DivergedError
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.training.metrics import EpochMetrics, Metrics, StepMetrics
from alexnet_core.training.trainer import SAVE_EVERY, train
from tests.core.training.listener import Listener


def run(
    config,
    data,
    *,
    resume: dict[str, Any] | None = None,
    save_every: float = SAVE_EVERY,
    **heard: Any,
) -> tuple[AlexNet, list[Metrics]]:
    """Train; ``heard`` are methods of the callback."""
    network = build(config.model, config.seed)
    seen: list[Metrics] = []
    callback = Listener(on_metrics=seen.append, **heard)
    train(
        config,
        data(config),
        network=network,
        callback=callback,
        resume=resume,
        save_every=save_every,
    )
    return network, seen


def steps_of(seen: list[Metrics]) -> list[StepMetrics]:
    return [metrics for metrics in seen if isinstance(metrics, StepMetrics)]


def epochs_of(seen: list[Metrics]) -> list[EpochMetrics]:
    return [metrics for metrics in seen if isinstance(metrics, EpochMetrics)]


def assert_same_weights(one: AlexNet, other: AlexNet) -> None:
    for (name, mine), theirs in zip(
        one.state_dict().items(), other.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs), name


def test_the_same_seed_gives_the_same_weights_bit_for_bit(tiny_config, tiny_data):
    first, _ = run(tiny_config(), tiny_data)
    second, _ = run(tiny_config(), tiny_data)
    assert_same_weights(first, second)


def test_another_seed_gives_other_weights(tiny_config, tiny_data):
    first, _ = run(tiny_config(), tiny_data)
    second, _ = run(tiny_config(seed=1), tiny_data)
    assert not torch.equal(first.conv1.weight, second.conv1.weight)


def test_it_learns(tiny_config, tiny_data):
    _, seen = run(tiny_config(epochs=12), tiny_data)
    assert epochs_of(seen)[-1].validation_top1 >= 0.9


def test_every_step_and_epoch_is_reported_once(tiny_config, tiny_data):
    _, seen = run(tiny_config(), tiny_data)
    assert [metrics.step for metrics in steps_of(seen)] == list(range(1, 9))
    assert {metrics.steps for metrics in steps_of(seen)} == {8}
    assert [metrics.epoch for metrics in epochs_of(seen)] == [1, 2]
    losses = [metrics.train_loss for metrics in steps_of(seen) if metrics.epoch == 1]
    assert epochs_of(seen)[0].train_loss == pytest.approx(sum(losses) / 4)
    assert epochs_of(seen)[1].seconds_left == 0


PROGRESSIVE = {
    "model.adaptive_pool": 2,
    "model.conv_channels": (4, 128, 128, 8, 4),
    "model.pool_after": (1,),
    "model.dropout": 0.3,
    "augmentation": Augmentation(smallest_crop=0.4, flip=True),
    "sizes": (12, 16),
    "winograd": True,
    "optimizer.name": "muon",
}
"""Every switch of the network of photos."""


@pytest.mark.parametrize("stop_at", [0, 3, 4, 6])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ema_decay": 0.9},
        {"optimizer.name": "adam", "schedule.name": "plateau"},
        PROGRESSIVE,
    ],
    ids=["plain", "average", "adam", "progressive"],
)
def test_a_stopped_run_goes_on_exactly(tiny_config, tiny_data, stop_at, changes):
    config = tiny_config(**{"optimizer.nesterov": False, **changes})
    whole, seen = run(config, tiny_data)
    saved: list[dict[str, Any]] = []
    calls = itertools.count()
    _, before = run(
        config,
        tiny_data,
        should_stop=lambda: next(calls) >= stop_at,
        # A checkpoint outlives the run, so what it holds must not change with the network.
        on_interruption=lambda state: saved.append(_copied(state.snapshot())),
    )
    resumed, after = run(config, tiny_data, resume=saved[0])
    assert_same_weights(whole, resumed)
    losses = [(metrics.step, metrics.train_loss) for metrics in steps_of(before + after)]
    assert losses == [(metrics.step, metrics.train_loss) for metrics in steps_of(seen)]
    assert epochs_of(before + after)[-1].train_loss == epochs_of(seen)[-1].train_loss


def _copied(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def test_a_stop_is_reported_as_one(tiny_config, tiny_data):
    config = tiny_config()
    result = train(
        config,
        tiny_data(config),
        network=build(config.model, 0),
        callback=Listener(should_stop=lambda: True),
    )
    assert result.reason == "stopped"
    assert result.best_epoch == 0


def test_a_loss_that_explodes_stops_the_run_and_names_the_step(tiny_config, tiny_data):
    config = tiny_config(lr=100, epochs=50, **{"schedule.name": "constant", "model.norm": "none"})
    with pytest.raises(DivergedError, match=r"at step \d+; the last good weights are kept"):
        run(config, tiny_data)


def test_early_stopping_waits_for_its_patience(tiny_config, tiny_data):
    config = tiny_config(lr=1e-9, epochs=20, early_stopping=2)
    _, seen = run(config, tiny_data)
    epochs = epochs_of(seen)
    best = max(epochs, key=lambda metrics: (metrics.validation_top1, -metrics.validation_loss))
    assert len(epochs) == best.epoch + 2 < 20


def test_the_best_epoch_has_the_best_top1_and_of_equals_the_lowest_loss(tiny_config, tiny_data):
    config = tiny_config(epochs=6)
    marks: list[tuple[bool, float, float]] = []
    run(
        config,
        tiny_data,
        on_epoch=lambda finished, state: marks.append(
            (finished.is_best, finished.accuracy.top1, -finished.accuracy.loss)
        ),
    )
    so_far = (-1.0, 0.0)
    for best, *figures in marks:
        assert best == (tuple(figures) > so_far)
        so_far = max(so_far, tuple(figures))


def test_a_long_epoch_is_saved_in_its_middle_and_saving_changes_nothing(tiny_config, tiny_data):
    config = tiny_config()
    undisturbed, _ = run(config, tiny_data)
    saved = []
    network, _ = run(
        config,
        tiny_data,
        on_interruption=lambda state: saved.append(state.position.batch),
        save_every=0,
    )
    assert_same_weights(network, undisturbed)
    batches = len(tiny_data(config).train)
    assert saved == list(range(batches)) * config.epochs


def test_settings_that_change_on_the_way_hold_from_their_step(tiny_config, tiny_data):
    config = tiny_config(**{"schedule.name": "constant"})

    def revise(step, config):
        return config.replace(lr=0.001, epochs=3) if step >= 4 else config

    _, seen = run(config, tiny_data, revise=revise)
    rates = [metrics.lr for metrics in steps_of(seen)]
    assert rates == [0.05] * 3 + [0.001] * (len(rates) - 3)
    assert len(rates) == 3 * len(tiny_data(config).train)
    assert steps_of(seen)[-1].steps == len(rates)


def test_epochs_taken_away_end_the_run_with_the_epoch_it_is_in(tiny_config, tiny_data):
    config = tiny_config(epochs=4)
    _, seen = run(
        config,
        tiny_data,
        revise=lambda step, config: config.replace(epochs=1) if step == 6 else config,
    )
    assert len(epochs_of(seen)) == 2
    assert all(metrics.lr >= 0 for metrics in steps_of(seen))


def test_the_confusion_counts_every_picture_once(tiny_config, tiny_data):
    finished = []
    config = tiny_config(epochs=1)
    run(config, tiny_data, on_epoch=lambda epoch, state: finished.append(epoch))
    accuracy = finished[0].accuracy
    assert accuracy.confusion.sum() == accuracy.n
    assert accuracy.confusion.diagonal().sum() / accuracy.n == pytest.approx(accuracy.top1)
    truth = tiny_data(config).validation.labels
    assert accuracy.confusion.sum(dim=1).tolist() == truth.bincount(minlength=3).tolist()


def test_clipping_keeps_steps_short(tiny_config, tiny_data):
    config = tiny_config(
        epochs=1, clip_norm=1e-6, **{"optimizer.momentum": 0, "optimizer.nesterov": False}
    )
    before = build(config.model, config.seed)
    after, _ = run(config, tiny_data)
    for mine, theirs in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def test_frozen_features_stay_while_the_classifier_learns(tiny_config, tiny_data):
    config = tiny_config(start_from="elsewhere", freeze_features=True)
    before = build(config.model, config.seed)
    after, _ = run(config, tiny_data)
    for name, value in after.state_dict().items():
        layer = name.partition(".")[0]
        same = torch.equal(value, before.state_dict()[name])
        assert same == (not layer.startswith("fc")), name


def test_the_averaged_network_is_the_one_that_is_kept(tiny_config, tiny_data):
    config = tiny_config(ema_decay=0.5)
    kept = []
    network, _ = run(config, tiny_data, on_epoch=lambda finished, state: kept.append(state.learner))
    averaged = kept[-1].best_network
    assert averaged is not network
    assert not torch.equal(averaged.conv1.weight, network.conv1.weight)


def test_bfloat16_computes_the_layers_and_keeps_float32_weights(tiny_config, tiny_data):
    config = tiny_config(precision="bf16", epochs=1)
    network = build(config.model, 0)
    computed = []
    hook = network.conv3.register_forward_hook(lambda layer, given, out: computed.append(out.dtype))
    train(config, tiny_data(config), network=network)
    hook.remove()
    assert set(computed) == {torch.bfloat16}
    assert network.conv3.weight.dtype == torch.float32


def test_pictures_grow_over_the_run(tiny_config, tiny_data):
    config = tiny_config(**PROGRESSIVE).replace(epochs=4, winograd=False)
    network = build(config.model, 0)
    seen: list[int] = []
    network.conv1.register_forward_hook(
        lambda layer, given, out: seen.append(given[0].shape[-1]) if network.training else None
    )
    train(config, tiny_data(config), network=network)
    assert seen == [12] * 8 + [16] * 8


@pytest.mark.parametrize(
    ("changes", "rates"),
    [
        ({"schedule.name": "step", "schedule.every": 1}, [0.05, 0.005, 0.0005]),
        # A rate too small to change a weight, so that no epoch is better than the first.
        ({"schedule.name": "plateau", "schedule.every": 1, "lr": 1e-30}, [1e-30, 1e-30, 1e-31]),
        ({"schedule.name": "cosine"}, None),
    ],
)
def test_the_rate_of_an_epoch_is_that_of_its_last_step(tiny_config, tiny_data, changes, rates):
    config = tiny_config(epochs=3, **{"model.norm": "none", **changes})
    _, seen = run(config, tiny_data)
    last = {metrics.epoch: metrics.lr for metrics in steps_of(seen)}
    assert [metrics.lr for metrics in epochs_of(seen)] == list(last.values())
    if rates is not None:
        assert list(last.values()) == pytest.approx(rates, rel=1e-9, abs=0)
