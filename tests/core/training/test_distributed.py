"""Two processes share a run, joined by torchrun over gloo, on the CPU."""

from __future__ import annotations

import signal

import pytest
import torch

from alexnet_core.data import datasets
from alexnet_core.errors import ConfigError, DataError
from alexnet_core.models import library
from alexnet_core.orchestration import process_group, run_api
from alexnet_core.runs.records import RunStatus
from alexnet_core.training.distributed import Decision, Distributed
from alexnet_core.training.run_data import load_training

FINISHED, FAILED, STOPPED = RunStatus.FINISHED, RunStatus.FAILED, RunStatus.STOPPED


@pytest.fixture
def shared_config(drawn_config):
    """A factory of runs that two processes share."""
    return lambda **changes: drawn_config(processes=2, **changes)


def weights(run: str) -> torch.Tensor:
    network = library.load(f"run:{run}").network
    return torch.cat([values.flatten() for values in network.state_dict().values()])


def test_alone_there_is_nobody_to_ask(tiny_config):
    alone, config = Distributed.join(), tiny_config()
    assert alone.is_main
    decision = Decision(stop=False, save=True, config=config)
    assert alone.agree(decision, config) is decision
    assert alone.broadcast("a word") == "a word"
    results = torch.tensor([2.0, 3.0, 4.0])
    assert alone.all_reduce(results).tolist() == [2, 3, 4]
    network = torch.nn.Linear(1, 1)
    assert alone.wrap(network) is network
    state = torch.get_rng_state()
    alone.seed_dropout(0, 0)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_batch_that_can_t_be_shared_evenly_is_refused(tiny_config, home):
    with pytest.raises(ConfigError, match=r"processes.*3.*divisor of batch_size, 8"):
        tiny_config(processes=3)
    with pytest.raises(ConfigError, match=r"cuda:1.*several processes"):
        tiny_config(processes=2, device="cuda:1")
    few = tiny_config(
        processes=4, batch_size=16, dataset="shapes:size=16,train=10,test=10", validation_percent=0
    )
    dataset = datasets.open(few.dataset)
    with pytest.raises(DataError, match="can't share evenly"):
        load_training(few, dataset, library.load("random:alexnet-cifar").transform, None)


def test_the_parts_of_a_batch_are_the_batch(tiny_config, tiny_data):
    train = tiny_data(tiny_config()).train
    whole = [batch.labels.tolist() for batch in train.epoch(1)]
    parts = []
    for rank in range(2):
        train._part = rank, 2
        parts.append([batch.labels.tolist() for batch in train.epoch(1)])
    assert [len(batch) for batch in parts[0]] == [4] * len(whole)
    for batch, even, odd in zip(whole, *parts, strict=True):
        assert (batch[::2], batch[1::2]) == (even, odd)


def test_two_processes_learn_what_one_does(lab, drawn_config):
    # Without normalisation and dropout nothing depends on who computes which picture.
    plain = {"model.norm": "none", "model.dropout": 0.0, "epochs": 3}
    runs = [lab.start(drawn_config(processes=count, **plain)) for count in (1, 2)]
    one, two = (lab.until(run, FINISHED, FAILED) for run in runs)
    assert (one.status, two.status) == (FINISHED, FINISHED)
    expected, found = (lab.losses(run) for run in runs)
    assert sorted(found) == list(range(1, 121))
    assert max(abs(found[step] - expected[step]) for step in expected) < 1e-3
    assert torch.allclose(weights(runs[0]), weights(runs[1]), atol=1e-3)
    assert two.best_validation_top1 == pytest.approx(one.best_validation_top1, abs=0.03)
    assert lab.gone(runs[1])


def test_a_killed_follower_changes_no_figure(lab, shared_config):
    config = shared_config(epochs=4)
    undisturbed = lab.start(config)
    run = lab.start(config)
    lab.until(undisturbed, FINISHED, FAILED)
    lab.until_step(run, 60)
    process_group.ranks(run)[1].kill()
    found = lab.until(run, FINISHED, FAILED)
    assert (found.status, found.attempts) == (FINISHED, 2)
    assert sorted(lab.losses(run)) == list(range(1, 161))
    assert lab.losses(run) == lab.losses(undisturbed)
    assert torch.equal(weights(run), weights(undisturbed))
    assert lab.gone(run)


def test_edit_pause_and_resume_reach_all_of_them(lab, shared_config):
    run = lab.start(shared_config(epochs=5_000, keep_gb=1e-9))
    lab.until_step(run, 30)
    assert len(process_group.ranks(run)) == 2
    run_api.edit(run, lr=0.002, epochs=4_000)
    lab.wait(run, lambda _: all(edit.step for edit in lab.store.edits(run)))
    run_api.pause(run)
    paused = lab.until(run, RunStatus.PAUSED)
    assert paused.epochs == 4_000
    assert lab.gone(run)
    run_api.resume(run)
    lab.until_step(run, paused.step + 20)
    process_group.ranks(run)[0].send_signal(signal.SIGTERM)
    stopped = lab.until(run, STOPPED)
    assert stopped.attempts == 2
    assert sorted(lab.losses(run)) == list(range(1, stopped.step + 1))
    assert lab.gone(run)


def test_what_fails_in_all_of_them_is_told_once(lab, shared_config):
    run = lab.start(shared_config(epochs=50, lr=100.0, **{"model.norm": "none"}))
    found = lab.until(run, FINISHED, FAILED)
    assert found.status is FAILED
    assert "loss" in found.reason
    assert found.attempts == 1
    assert lab.gone(run)
