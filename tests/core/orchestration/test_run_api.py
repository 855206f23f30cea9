from __future__ import annotations

import pytest

from alexnet_core.errors import ConfigError, DatasetNotHereError, TrainingError, UnknownNameError
from alexnet_core.orchestration import agent, run_api
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Request, RunStatus

FINISHED, FAILED, PAUSED = RunStatus.FINISHED, RunStatus.FAILED, RunStatus.PAUSED
STEPS_AN_EPOCH = 40


@pytest.fixture
def nobody(monkeypatch):
    """No agent: what is queued stays queued."""
    monkeypatch.setattr(agent, "ensure", lambda: None)


def test_pause_edit_resume_and_branch_of_a_real_run(lab, drawn_config):
    run = lab.start(drawn_config(epochs=1_000, lr=0.01, **{"schedule.name": "constant"}))
    lab.until_step(run, STEPS_AN_EPOCH + 5)
    edited = run_api.edit(run, lr=0.002)
    assert lab.store.edits(run)[0].settings == {"lr": 0.002} == edited.settings
    lab.wait(run, lambda _: lab.store.edits(run)[0].step is not None)
    applied = lab.store.edits(run)[0].step
    lab.until_step(run, applied + 2)
    run_api.pause(run)
    paused = lab.until(run, PAUSED, FAILED)
    assert lab.gone(run)
    rates = lab.store.series(run, ["lr"])["lr"]
    assert rates.step == list(range(1, paused.step + 1))
    assert rates.value == [0.01] * (applied - 1) + [0.002] * (paused.step - applied + 1)
    last = paused.epoch + 1
    run_api.edit(run, epochs=last, early_stopping=None)
    run_api.resume(run)
    found = lab.until(run, FINISHED, FAILED)
    assert (found.status, found.attempts, found.epochs) == (FINISHED, 2, last)
    assert sorted(lab.losses(run)) == list(range(1, last * STEPS_AN_EPOCH + 1))

    # A branch from the first epoch with nothing changed but its end repeats its parent; with
    # another rate it does not.
    same = run_api.branch(run, 1, epochs=2)
    other = run_api.branch(run, 1, epochs=2, lr=0.05)
    for branch in (same, other):
        found = lab.until(branch.id, FINISHED, FAILED)
        assert (found.status, found.parent, found.parent_epoch) == (FINISHED, run, 1)
        assert sorted(lab.losses(branch.id)) == list(range(1, 2 * STEPS_AN_EPOCH + 1))
    first = {step: loss for step, loss in lab.losses(run).items() if step <= STEPS_AN_EPOCH}
    assert first.items() <= lab.losses(same.id).items()
    assert first.items() <= lab.losses(other.id).items()
    assert lab.losses(same.id) != lab.losses(other.id)
    # The parent may go: a branch has its own copy.
    run_api.delete(run)
    assert run_folder.kept_epochs(run_folder.of(same.id)) == [1, 2]


def test_queued_runs_are_started_by_priority_and_a_pause_frees_the_slot(lab, drawn_config):
    first = lab.start(drawn_config(epochs=1_000))
    lab.until_step(first, 1)
    second, third = (lab.start(drawn_config(epochs=1)) for _ in range(2))
    run_api.reorder(third, 5)
    assert lab.store.get(second).status is RunStatus.QUEUED
    run_api.pause(first)
    done = [lab.until(name, FINISHED, FAILED) for name in (second, third)]
    assert done[1].started < done[0].started
    assert lab.store.get(first).status is PAUSED


def test_what_is_queued_stops_and_pauses_at_once(nobody, lab, drawn_config):
    one, two = (lab.start(drawn_config()) for _ in range(2))
    run_api.stop(one)
    run_api.pause(two)
    assert lab.store.get(one).status is RunStatus.STOPPED
    assert (lab.store.get(two).status, lab.store.get(two).requested) == (PAUSED, Request.PAUSE)
    with pytest.raises(TrainingError, match="is stopped; there is nothing to stop"):
        run_api.stop(one)
    run_api.resume(one)
    assert lab.store.get(one).status is RunStatus.QUEUED
    with pytest.raises(TrainingError, match="only paused, stopped or failed ones go on"):
        run_api.resume(one)


def test_a_run_that_others_start_from_is_kept_until_they_end(nobody, lab, drawn_config):
    source = lab.start(drawn_config())
    lab.store.change(source, status=FINISHED)
    child = lab.start(drawn_config(start_from=f"run:{source}@1"))
    with pytest.raises(TrainingError, match=f"Run {child} starts from {source}"):
        run_api.delete(source)
    lab.store.change(child, status=FAILED)
    run_api.delete(source)
    with pytest.raises(UnknownNameError):
        lab.store.get(source)


def test_a_living_run_is_not_deleted(nobody, lab, drawn_config):
    run = lab.start(drawn_config())
    lab.store.change(run, status=RunStatus.RUNNING)
    with pytest.raises(TrainingError, match="is running; stop it first"):
        run_api.delete(run)


def test_edits_are_judged_before_they_are_written(nobody, lab, drawn_config):
    run = lab.start(drawn_config(epochs=9))
    lab.store.change(run, epoch=4)
    with pytest.raises(ConfigError, match="lr is -1"):
        run_api.edit(run, lr=-1)
    with pytest.raises(ConfigError, match="epochs is 3; allowed: at least 4"):
        run_api.edit(run, epochs=3)
    with pytest.raises(ConfigError, match="at least one of lr, epochs, early_stopping"):
        run_api.edit(run)
    lab.store.change(run, status=FINISHED)
    with pytest.raises(TrainingError, match="is finished; its settings can't change"):
        run_api.edit(run, lr=0.1)
    assert lab.store.edits(run) == ()


def test_a_clone_has_the_edits_and_the_changes(nobody, lab, drawn_config):
    run = lab.start(drawn_config(epochs=9), tags=("mine",))
    run_api.edit(run, lr=0.5)
    copy = run_api.clone(run, epochs=3, **{"model.dropout": 0.4})
    config = run_api.config_of(copy)
    assert (config.lr, config.epochs, config.model.dropout) == (0.5, 3, 0.4)
    assert (copy.parent, copy.parent_epoch, copy.tags) == (run, 0, ("mine",))


def test_a_branch_refuses_what_does_not_fit_what_was_learned(nobody, lab, drawn_config):
    run = lab.start(drawn_config(epochs=9))
    for name, value in {"batch_size": 4, "dataset": "cifar10", "optimizer.name": "adam"}.items():
        with pytest.raises(ConfigError, match=f"{name} is .* clone it to change that"):
            run_api.branch(run, 1, **{name: value})
    with pytest.raises(ConfigError, match="epochs is 2; allowed: more than 3"):
        run_api.branch(run, 3, epochs=2)
    with pytest.raises(UnknownNameError, match="epoch is '1'; allowed: none yet"):
        run_api.branch(run, 1)
    assert len(lab.store.listing()) == 1


def test_a_data_set_that_is_not_here_is_refused_before_the_queue(nobody, lab, drawn_config):
    with pytest.raises(DatasetNotHereError):
        lab.start(drawn_config(dataset="cifar10"))
    assert lab.store.listing() == ()


def test_tags_and_notes_are_kept_tidy(nobody, lab, drawn_config):
    run = lab.start(drawn_config())
    run_api.describe(run, tags=["b ", "a", "", "a"], notes="well")
    assert (lab.store.get(run).tags, lab.store.get(run).notes) == (("a", "b"), "well")
    assert run_api.log_tail(run) == ""
