from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from alexnet_core.orchestration import agent, liveness
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Request, RunStatus
from alexnet_core.runs.store import Store
from dashboard.common.visitor import Visitor
from dashboard.pages.runs import run_status
from dashboard.pages.runs.panels import compare
from dashboard.pages.runs.panels.head import ways_out
from dashboard.pages.runs.panels.settings import flat
from tests.dashboard.conftest import checked, first_page, html
from tests.example_runs import example, leave_epochs

OpenRuns = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_agent(home: Path) -> Iterator[FileLock | None]:
    """Nobody starts what these tests queue."""
    home.mkdir(parents=True, exist_ok=True)
    lock = liveness.hold(home / agent.LOCK)
    yield lock
    if lock is not None:
        lock.release()


@pytest.fixture
def open_runs() -> OpenRuns:
    """Open the page of runs as a new visitor, with the query of a link."""

    def opened(**query: str) -> AppTest:
        return checked(first_page("runs", **query).run())

    return opened


def mounted(page: AppTest, key: str) -> dict[str, Any]:
    """What a browser component was given."""
    for element in page.get("bidi_component"):
        if f"-{key}" in element.proto.id:
            return dict(json.loads(element.proto.json))
    raise AssertionError(f"no component {key}")


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button}


def said(page: AppTest) -> str:
    parts = [*page.error, *page.warning, *page.caption, *page.markdown, *page.subheader]
    return "\n".join(part.value for part in parts)


def test_without_a_run_it_says_how_to_begin(open_runs: OpenRuns) -> None:
    page = open_runs()
    assert page.subheader[0].value == "No run yet"
    assert "Start your first run" in labels(page)
    assert page.code[0].value == "alexnet-lab train --recipe shapes-quick --detach"


def test_the_newest_run_is_shown_and_the_link_says_so(open_runs: OpenRuns) -> None:
    example("old", created=1.0)
    example("new", created=2.0)
    page = open_runs()
    assert mounted(page, "runs")["chosen"] == "new"
    (curve,) = mounted(page, "curves")["runs"]
    assert curve["id"] == "new"
    store = Store.open()
    assert curve["state"] == run_status.state(store.get("new"), store.edits("new"))
    assert page.query_params["run"] == "latest"
    assert mounted(open_runs(run="latest"), "curves")["runs"][0]["id"] == "new"


def test_a_link_opens_a_run_at_an_epoch(open_runs: OpenRuns) -> None:
    example("old", created=1.0)
    leave_epochs("old", 5)
    example("new", created=2.0)
    page = open_runs(run="old", epoch="3")
    assert mounted(page, "curves")["chosen"] == 3
    machine = mounted(page, "time-machine")
    assert machine["chosen"] == 3
    assert machine["epochs"] == [1, 2, 3, 4, 5]
    assert page.query_params["run"] == "old"
    assert page.query_params["epoch"] == "3"


def test_a_link_to_a_run_that_is_gone_shows_the_newest_and_says_so(open_runs: OpenRuns) -> None:
    example("here")
    page = open_runs(run="gone![x](y)")
    assert "no run gone" in page.warning[0].value
    assert "![x]" not in page.warning[0].value
    assert mounted(page, "curves")["runs"][0]["id"] == "here"


@pytest.mark.parametrize("epoch", ["x", "-1", "9" * 5000, "77"])
def test_a_strange_epoch_is_passed_over(open_runs: OpenRuns, epoch: str) -> None:
    example("here")
    leave_epochs("here", 2)
    assert mounted(open_runs(run="here", epoch=epoch), "time-machine")["chosen"] == 0


@pytest.mark.parametrize(
    ("status", "there", "missing"),
    [
        (RunStatus.QUEUED, {"Pause", "Stop", "To the front", "Apply"}, {"Go on"}),
        (RunStatus.RUNNING, {"Pause", "Stop", "Apply"}, {"Go on", "Delete for good"}),
        (RunStatus.PAUSED, {"Go on", "Stop", "Apply", "Delete for good"}, {"Pause"}),
        (RunStatus.STOPPED, {"Go on", "Apply", "Delete for good"}, {"Pause", "Stop"}),
        (RunStatus.FINISHED, {"Start the clone", "Delete for good"}, {"Pause", "Stop", "Apply"}),
    ],
)
def test_only_what_can_be_asked_is_offered(
    open_runs: OpenRuns, status: RunStatus, there: set[str], missing: set[str]
) -> None:
    example("run", status=status, step=100)
    found = labels(open_runs())
    assert there <= found
    assert not missing & found


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == label]
    return checked(button.click().run())


def test_pause_and_stop_are_asked_and_shown_beside_what_holds(open_runs: OpenRuns) -> None:
    example("run", status=RunStatus.RUNNING, step=100)
    page = press(open_runs(), "Pause")
    run = Store.open().get("run")
    assert (run.status, run.requested) == (RunStatus.PAUSING, Request.PAUSE)
    assert "pause</td><td>not yet" in html(page)
    page = press(page, "Stop")
    assert Store.open().get("run").requested is Request.STOP
    assert "stop</td><td>not yet" in html(page)


def test_a_paused_run_goes_on(open_runs: OpenRuns) -> None:
    example("run", status=RunStatus.PAUSED, step=100, requested=Request.PAUSE)
    page = press(open_runs(), "Go on")
    assert Store.open().get("run").status is RunStatus.QUEUED
    assert "go on</td><td>not yet" in html(page)


def test_what_is_refused_is_said_once(open_runs: OpenRuns) -> None:
    example("run", status=RunStatus.RUNNING, step=100)
    page = open_runs()
    # It ended while the page was looked at.
    Store.open().change("run", status=RunStatus.FINISHED)
    page = press(page, "Pause")
    assert "nothing to pause" in page.error[0].value
    assert not checked(page.run()).error


def test_settings_change_while_it_runs(open_runs: OpenRuns) -> None:
    example("run", status=RunStatus.RUNNING, step=100)
    page = open_runs()
    (rate,) = [field for field in page.number_input if field.key == "edit-lr-run-0"]
    rate.set_value(0.004)
    (epochs,) = [field for field in page.number_input if field.key == "edit-epochs-run-0"]
    epochs.set_value(12)
    page = press(page, "Apply")
    (edit,) = Store.open().edits("run")
    assert edit.settings == {"lr": 0.004, "epochs": 12}
    assert "learning rate 0.004, epochs 12 (asked at" in html(page)
    assert "not yet: it holds from the next step" in html(page)
    Store.open().apply_edit("run", 1, 120)
    page = checked(page.run())
    assert "from step 120" in html(page)
    # The fields now show what holds, so pressing again changes nothing.
    press(page, "Apply")
    assert len(Store.open().edits("run")) == 1


def test_a_failed_run_says_why_and_offers_a_way_out(open_runs: OpenRuns) -> None:
    reason = "The memory is too small for batch 64; try batch 32. ![x](y)"
    example("run", status=RunStatus.FAILED, step=100, reason=reason)
    page = open_runs()
    assert "too small for batch 64" in page.error[0].value
    assert "![x]" not in page.error[0].value
    page = press(page, "Start again with batch 32")
    newest = Store.open().listing()[0]
    assert newest.parent == "run"
    assert newest.config["batch_size"] == 32
    assert mounted(page, "runs")["chosen"] == newest.id


@pytest.mark.parametrize(
    ("reason", "first"),
    [
        ("The GPU's memory is too small for batch 128; try batch 64.", "batch 64"),
        ("The loss became nan at step 3. A lower learning rate helps.", "learning rate 0.017"),
        ("Its process was killed (SIGKILL).", "Try again"),
        ("", "Try again"),
    ],
)
def test_the_likeliest_way_out_comes_first(reason: str, first: str) -> None:
    run = example("run", status=RunStatus.FAILED, step=100, reason=reason)
    assert first in ways_out(Visitor(), run)[0][0]


def test_a_run_is_deleted_only_after_asking(open_runs: OpenRuns) -> None:
    example("other", created=1.0)
    example("run", created=2.0)
    page = open_runs(run="run")
    assert Store.open().get("run")
    page = press(page, "Delete for good")
    assert [run.id for run in Store.open().listing()] == ["other"]
    assert mounted(page, "curves")["runs"][0]["id"] == "other"
    assert not page.warning


def test_a_clone_starts_with_changes_and_is_looked_at(open_runs: OpenRuns) -> None:
    example("run")
    page = open_runs()
    (epochs,) = [field for field in page.number_input if field.key == "clone-epochs-run"]
    epochs.set_value(3)
    page = press(page, "Start the clone")
    newest = Store.open().listing()[0]
    assert newest.config["epochs"] == 3
    assert newest.config["lr"] == Store.open().get("run").config["lr"]
    assert mounted(page, "curves")["runs"][0]["id"] == newest.id
    # Its parent is one click away.
    page = press(page, "Has the settings of run")
    assert mounted(page, "curves")["runs"][0]["id"] == "run"


def test_a_branch_offers_the_epochs_whose_weights_were_kept(open_runs: OpenRuns) -> None:
    example("run")
    leave_epochs("run", 8)
    for epoch in (4, 8):
        run_folder.checkpoint(run_folder.of("run"), epoch).mkdir(parents=True)
    page = open_runs(run="run", epoch="4")
    assert mounted(page, "time-machine")["kept"] == [4, 8]
    (choice,) = [box for box in page.selectbox if box.label == "Epoch"]
    assert choice.options == ["4", "8"]
    assert choice.value == 4
    (epochs,) = [field for field in page.number_input if field.key == "branch-epochs-run-4"]
    assert epochs.value == 8
    (choice,) = [box for box in open_runs().selectbox if box.label == "Epoch"]
    assert choice.value == 8
    page = open_runs()
    (epochs,) = [field for field in page.number_input if field.key == "branch-epochs-run-8"]
    assert epochs.value == 9
    # It was thinned out while the page was looked at.
    run_folder.checkpoint(run_folder.of("run"), 8).rmdir()
    assert "epoch is '8'" in press(page, "Start the branch").error[0].value
    assert len(Store.open().listing()) == 1


def test_notes_and_tags_are_kept(open_runs: OpenRuns) -> None:
    example("other", tags=("baseline",), created=1.0)
    example("run", created=2.0)
    page = open_runs()
    page.session_state["run-settings"] = True
    page = checked(page.run())
    (tags,) = page.multiselect
    assert tags.options == ["baseline"]
    tags.set_value(["baseline"])
    page.text_area[0].set_value("the best so far")
    page = press(page, "Save")
    run = Store.open().get("run")
    assert run.tags == ("baseline",)
    assert run.notes == "the best so far"
    assert '<th scope="row">momentum</th><td>0.9</td>' in html(page)


def test_the_log_is_read_when_it_is_opened(open_runs: OpenRuns) -> None:
    example("run", status=RunStatus.STOPPED, step=100)
    path = run_folder.of("run")
    path.mkdir(parents=True)
    (path / run_folder.LOG).write_text("epoch 1 of 8\nepoch 2 of 8\n")
    page = open_runs()
    assert "epoch 2 of 8" not in "".join(block.value for block in page.code)
    page.session_state["run-log"] = True
    assert "epoch 2 of 8" in checked(page.run()).code[0].value


def test_runs_are_compared_by_what_differs(open_runs: OpenRuns) -> None:
    example("slow", created=1.0, changes={"lr": 0.01}, test_top1=0.5)
    example("fast", created=2.0, changes={"lr": 0.05, "optimizer.weight_decay": 0.001})
    page = open_runs(compare="slow,fast,gone")
    curves = mounted(page, "curves-compared")["runs"]
    assert [curve["id"] for curve in curves] == ["slow", "fast"]
    assert curves[0]["label"] == "lr 0.01, weight_decay 0.0005"
    assert len({curve["colour"] for curve in curves}) == 2
    shown = html(page)
    assert '<th scope="row">lr</th><td>0.01</td><td>0.05</td>' in shown
    assert "batch_size" not in shown
    assert "50.0 %" in shown
    assert page.query_params["compare"] == "slow,fast"
    assert len(page.get("plotly_chart")) == 1


def test_one_run_alone_is_not_compared(open_runs: OpenRuns) -> None:
    example("one", created=1.0)
    example("two", created=2.0)
    page = open_runs(compare="one")
    assert mounted(page, "runs")["compared"] == ["one"]
    assert mounted(page, "curves")["runs"][0]["id"] == "two"


def test_the_results_come_as_a_table() -> None:
    runs = [example("slow", changes={"lr": 0.01}), example("fast", changes={"lr": 0.05})]
    differences = compare.differing({run.id: flat(run.config) for run in runs})
    assert list(differences) == ["lr"]
    rows = list(csv.DictReader(io.StringIO(compare._csv(runs, differences))))
    assert [row["run"] for row in rows] == ["slow", "fast"]
    assert [row["lr"] for row in rows] == ["0.01", "0.05"]
    assert float(rows[0]["best_validation_top1"]) == runs[0].best_validation_top1


def test_a_store_that_can_not_be_read_is_a_sentence(
    open_runs: OpenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alexnet_core.errors import StoreError

    def locked(_store: Store, **_options: Any) -> Any:
        raise StoreError("The lab's database can't be used now (locked).")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "listing", locked)
        page = open_runs()
    assert "database" in page.error[0].value
