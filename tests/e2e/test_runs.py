"""The page of runs in Chromium, over example runs and over one that really trains."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from alexnet_core.orchestration import agent, liveness, run_api
from alexnet_core.runs.records import MetricPoint, Run, RunStatus
from alexnet_core.runs.store import Store
from tests.e2e.conftest import PATIENCE_MS, Open, Visits, answered
from tests.example_runs import advance, example, leave_epochs

DRAWN = """
(wanted) => {
  const plot = document.querySelector(".lab-live-plot");
  return Number(plot?.dataset.step ?? -1) >= wanted;
}
"""
AXES = """
() => {
  const { xaxis, yaxis } = document.querySelector(".lab-live-plot").layout;
  return { x: xaxis.range, y: yaxis.range, zoomed: xaxis.autorange === false };
}
"""
ENDS = """
(name) => {
  const plot = document.querySelector(".lab-live-plot");
  return plot.data.find(({ uid }) => uid.endsWith(name)).x.at(-1);
}
"""
EVERY_STEP = """
(name) => {
  const { x } = document.querySelector(".lab-live-plot").data.find(({ uid }) => uid === name);
  return x.length > 50 && x.every((step, at) => at === 0 || step === x[at - 1] + 1);
}
"""
TRACES = """
() => (document.querySelector(".lab-live-plot")?.data ?? []).map(({ uid, x, y, visible }) =>
  ({ uid, x: [...x], y: [...y], visible: visible ?? true }))
"""


@dataclass
class Lab:
    """A server with a home of its own, which can be ended and started again."""

    folder: Path
    port: int = field(default_factory=lambda: _free_port())
    process: subprocess.Popen[bytes] | None = None
    lock: FileLock | None = None

    def hold(self) -> None:
        """Be the lab's agent: a real one would look after runs that have no process."""
        self.lock = liveness.hold(self.home / agent.LOCK, patience=30)
        assert self.lock is not None

    def release(self) -> None:
        """Let the server start a real agent."""
        assert self.lock is not None
        self.lock.release()
        self.lock = None

    def leave(self) -> None:
        """Leave no agent behind."""
        if self.lock is not None:
            self.lock.release()
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ALEXNET_LAB_HOME", str(self.home))
            agent.dismiss()

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "dashboard", "--headless", "--port", str(self.port)]
        environment = os.environ | {"ALEXNET_LAB_HOME": str(self.home)}
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        for _ in range(900):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail((self.folder / "log.txt").read_text())

    def end(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no Chromium here")
    found = Lab(tmp_path_factory.mktemp("runs"))
    found.home.mkdir()
    found.hold()
    found.start()
    yield found
    found.end()
    found.leave()
    said = (found.folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in said, said


@pytest.fixture(autouse=True)
def at_home(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """This test and the server look at the same runs; every test begins without any."""
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(lab.home))
    store = Store.open()
    for run in store.listing():
        store.delete(run.id)


@pytest.fixture
def watch(visits: Visits, lab: Lab) -> Open:
    """Open the page of runs, or another page of this module's server."""
    # Example runs were never computed: of some there is nothing in the folder that a page asks for.
    visits.expect_console(r"status of 404 .*/api/runs/[^/]+/(epochs|pinned)")

    def opened(query: str = "", page_of: str = "runs", **options: object) -> Page:
        tall: dict[str, object] = {"viewport": {"width": 1440, "height": 1000}}
        return visits.open(f"{lab.address}/{page_of}{query}", **(tall | options))

    return opened


def drawn(page: Page, step: int) -> None:
    """Wait until the curves reach a step."""
    page.wait_for_function(DRAWN, arg=step)


def place(page: Page, share: float) -> tuple[float, float]:
    """A point of the first panel, at a share of its width."""
    page.locator(".lab-live-plot").scroll_into_view_if_needed()
    box = page.locator(".lab-live-plot .nsewdrag").first.bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def line(page: Page, run: str) -> Any:
    """A run's line in the table."""
    return page.locator("tbody tr", has_text=run)


def test_only_new_points_come_and_zoom_legend_and_place_survive(watch: Open) -> None:
    example("live", status=RunStatus.RUNNING, step=5_000, steps=10_000, epochs=10)
    page = watch("?run=live")
    frames: list[object] = []

    def note(frame: object) -> None:
        frames.append(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", note))
    sizes: list[int] = []
    page.on(
        "response",
        lambda answer: (
            sizes.append(len(answer.body())) if "/metrics" in answer.url and answer.ok else None
        ),
    )
    page.reload()
    drawn(page, 5_000)
    page.evaluate("() => { document.querySelector('.lab-live-plot .main-svg').mine = true }")
    x, y = place(page, 0.3)
    page.mouse.move(x, y - 60)
    page.mouse.down()
    page.mouse.move(x + 200, y + 60, steps=4)
    page.mouse.up()
    page.locator(".infolayer .legend .traces", has_text="Validation").click()
    page.wait_for_function(f"() => ({AXES})().zoomed")
    page.wait_for_function(f"() => ({TRACES})().some((trace) => trace.visible === 'legendonly')")
    before = page.evaluate(AXES)
    hidden = [trace["uid"] for trace in page.evaluate(TRACES) if trace["visible"] is not True]
    page.wait_for_timeout(1_000)
    frames.clear()
    sizes.clear()
    for step in range(5_020, 5_220, 20):
        advance("live", step - 20, step, steps=10_000, epochs=10)
        drawn(page, step)
    # As they are before they are packed, however long the run is.
    assert max(sizes) < 6_000
    assert page.evaluate(AXES) == before
    after = [trace["uid"] for trace in page.evaluate(TRACES) if trace["visible"] is not True]
    assert after == hidden
    # The same drawing, not another one in its place.
    assert page.evaluate("() => document.querySelector('.lab-live-plot .main-svg').mine")
    # Nothing but the page's script speaks through this connection, and no epoch ended.
    assert frames == []
    page.get_by_role("button", name="Reset zoom").click()
    page.wait_for_function(f"() => !({AXES})().zoomed")


def test_nothing_is_asked_while_nothing_goes_on(watch: Open) -> None:
    example("done")
    page = watch("?run=done")
    drawn(page, 400)
    page.wait_for_timeout(1_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)
    assert asked == []


def test_decimation_keeps_extremes_and_the_best_epoch(watch: Open) -> None:
    example("long", step=10_000, steps=10_000, epochs=20)
    spike = MetricPoint("train/loss", 4_321, 9, 77.0, time.time())
    Store.open().log("long", [spike])
    page = watch("?run=long")
    drawn(page, 10_000)
    traces = {trace["uid"]: trace for trace in page.evaluate(TRACES)}
    rough = traces["long-loss-train_loss-rough"]
    assert len(rough["x"]) < 4_000
    assert dict(zip(rough["x"], rough["y"], strict=True))[4_321] == 77.0
    best = Store.open().get("long")
    assert traces["long-accuracy-best"]["y"] == [pytest.approx(best.best_validation_top1, rel=1e-4)]
    # A closer look shows every point.
    x, y = place(page, 0.43)
    page.mouse.move(x - 10, y)
    page.mouse.down()
    page.mouse.move(x + 10, y, steps=4)
    page.mouse.up()
    page.wait_for_function(f"() => ({AXES})().zoomed")
    page.wait_for_function(EVERY_STEP, arg="long-loss-train_loss-rough")


def test_axis_smoothing_and_scale_can_be_chosen(watch: Open) -> None:
    example("done")
    page = watch("?run=done")
    drawn(page, 400)
    page.get_by_label("Epoch", exact=True).first.check()
    page.wait_for_function(f"(name) => ({ENDS})(name) === 8", arg="train_loss-line")
    page.get_by_label("Time", exact=True).check()
    page.wait_for_function(f"(name) => ({ENDS})(name) < 1", arg="train_loss-line")
    page.get_by_label("Log scale").check()
    page.wait_for_function(
        "() => document.querySelector('.lab-live-plot').layout.yaxis2.type === 'log'"
    )
    page.get_by_label("Smoothing").fill("0")
    page.wait_for_function(f"() => !({TRACES})().some(({{ uid }}) => uid.endsWith('rough'))")
    # What was chosen is still so after a reload.
    page.reload()
    drawn(page, 400)
    assert page.get_by_label("Time", exact=True).is_checked()


def test_an_epoch_on_the_curves_moves_the_time_machine_and_the_link(watch: Open) -> None:
    example("done")
    leave_epochs("done", 8)
    page = watch("?run=done")
    drawn(page, 400)
    machine = page.locator(".lab-machine")
    expect(machine.locator("output")).to_have_text("Epoch 8 of 8")
    expect(machine).to_have_attribute("data-epoch", "8")
    first = _seen(page)
    page.mouse.click(*place(page, 0.48))
    page.wait_for_url(re.compile(r"epoch=4\b"))
    expect(machine.locator("output")).to_have_text("Epoch 4 of 8")
    expect(machine).to_have_attribute("data-epoch", "4")
    second = _seen(page)
    assert all(one != other for one, other in zip(first, second, strict=True))
    # By keyboard, which moves all three as well.
    machine.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    expect(machine).to_have_attribute("data-epoch", "5")
    assert all(one != other for one, other in zip(second, _seen(page), strict=True))
    page.wait_for_url(re.compile(r"epoch=5\b"))
    # A new browser with that link shows the same.
    again = watch(page.url.partition("/runs")[2])
    expect(again.locator(".lab-machine")).to_have_attribute("data-epoch", "5")
    assert _seen(again) == _seen(page)


def _seen(page: Page) -> list[str]:
    """Filters, answers and confusion as they are on the screen."""
    page.wait_for_timeout(300)
    return [
        page.evaluate("() => document.querySelector('.lab-machine canvas').toDataURL()"),
        page.locator(".lab-machine-pinned").inner_text(),
        page.evaluate(
            "() => JSON.stringify(document.querySelector('.lab-machine-confusion').data[0].z)"
        ),
    ]


def test_the_time_machine_goes_on_with_the_run(watch: Open) -> None:
    example("live", status=RunStatus.RUNNING, step=100)
    leave_epochs("live", 2)
    page = watch("?run=live")
    expect(page.locator(".lab-machine output")).to_have_text("Epoch 2 of 2")
    leave_epochs("live", 3)
    advance("live", 100, 150, steps=400, epochs=8)
    expect(page.locator(".lab-machine output")).to_have_text("Epoch 3 of 3")
    # One that was chosen stays.
    page.locator(".lab-machine input[type=range]").fill("0")
    expect(page.locator(".lab-machine output")).to_have_text("Epoch 1 of 3")
    page.wait_for_url(re.compile(r"epoch=1\b"))
    leave_epochs("live", 4)
    advance("live", 150, 200, steps=400, epochs=8)
    expect(page.locator(".lab-machine output")).to_have_text("Epoch 1 of 4")


def test_a_crash_shows_at_once_with_a_way_out(watch: Open) -> None:
    example("live", status=RunStatus.RUNNING, step=100)
    page = watch("?run=live")
    drawn(page, 100)
    reason = "The memory is too small for batch 64; try batch 32."
    began = time.monotonic()
    Store.open().change("live", status=RunStatus.FAILED, reason=reason, ended=time.time())
    page.get_by_text(reason).wait_for()
    assert time.monotonic() - began < 4
    expect(page.get_by_role("button", name="Start again with batch 32")).to_be_visible()
    expect(line(page, "live").locator(".chip")).to_have_text("failed")


def test_a_run_deleted_while_it_is_watched(watch: Open, visits: Visits) -> None:
    # The page asks once more for what is gone.
    visits.expect_console(r"status of 404 .*/api/runs/live/metrics")
    example("other", created=1.0)
    example("live", status=RunStatus.RUNNING, step=100)
    page = watch("?run=live")
    drawn(page, 100)
    Store.open().delete("live")
    page.get_by_text("There is no run live any more").wait_for()
    drawn(page, 400)
    expect(line(page, "live")).to_have_count(0)


def test_the_table_sorts_filters_groups_and_remembers(watch: Open) -> None:
    example("first", created=1.0, group="sweep one", tags=("small",), epochs=4)
    example("second", created=2.0, group="sweep one", notes="The odd one", step=200)
    example("third", created=3.0, status=RunStatus.FAILED, step=50)
    page = watch()
    names = page.locator("tbody th[data-column=created] small:not(.notes)")
    expect(names).to_have_text(["third", "second", "first"])
    page.get_by_role("button", name="Best validation").click()
    expect(names.last).to_have_text("third")
    page.get_by_role("searchbox").fill("odd")
    expect(names).to_have_text(["second"])
    page.get_by_role("searchbox").fill("")
    page.locator("[data-part=status]").select_option("failed")
    expect(names).to_have_text(["third"])
    page.locator("[data-part=status]").select_option("")
    page.locator("[data-part=group]").select_option("group")
    expect(page.locator("tr.group th").first).to_contain_text("sweep one2 runs, best")
    page.reload()
    expect(page.locator("tr.group th").first).to_contain_text("sweep one")
    page.get_by_role("button", name="shapes-quick on shapes").last.click()
    page.wait_for_url(re.compile(r"run=third\b"))


def test_a_late_answer_does_not_take_back_a_tick(watch: Open) -> None:
    example("slow", created=1.0)
    example("fast", created=2.0)
    page = watch()
    drawn(page, 400)
    held: list[str | bytes] = []
    holding = False
    release: list[Callable[[str | bytes], None]] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda said: held.append(said) if holding else socket.send(said))
        release.append(socket.send)

    page.route_web_socket("**/_stcore/stream", between)
    page.reload()
    drawn(page, 400)
    page.locator("[data-test-script-state=notRunning]").first.wait_for(state="attached")
    holding = True
    page.get_by_label("Compare slow").check()
    for _ in range(PATIENCE_MS // 50):
        if any(b"run_table" in said and b'"slow"]' in said for said in held if type(said) is bytes):
            break
        page.wait_for_timeout(50)
    page.get_by_label("Compare fast").check()
    # Only the answer to the first tick comes for now.
    answer, held = held, []
    for said in answer:
        release[-1](said)
    page.wait_for_url(re.compile(r"compare=slow$"))
    page.locator("[data-test-script-state=notRunning]").first.wait_for(state="attached")
    assert page.get_by_label("Compare fast").is_checked()
    holding = False
    for said in held:
        release[-1](said)
    page.get_by_text("2 runs compared").first.wait_for()
    page.wait_for_url(re.compile(r"compare=slow,fast|compare=slow%2Cfast"))
    expect(page.get_by_label("Compare slow")).to_be_checked()
    expect(page.get_by_label("Compare fast")).to_be_checked()


def test_runs_side_by_side(watch: Open) -> None:
    example("slow", created=1.0, changes={"lr": 0.01})
    example("fast", created=2.0, changes={"lr": 0.05})
    page = watch()
    drawn(page, 400)
    page.get_by_label("Compare slow").check()
    page.get_by_label("Compare fast").check()
    page.get_by_text("2 runs compared").first.wait_for()
    page.wait_for_url(re.compile(r"compare=slow,fast|compare=slow%2Cfast"))
    page.wait_for_function(
        f"() => new Set(({TRACES})().map(({{ uid }}) => uid.split('-')[0])).size === 2"
    )
    table = page.locator("table.lab-facts", has_text="Differs in")
    expect(table.locator("tbody").first.locator("tr")).to_have_count(2)
    expect(table).to_contain_text("0.01")
    expect(table).to_contain_text("0.05")
    expect(page.locator(".lab-live-plot .legendtext")).to_have_text(["lr 0.01", "lr 0.05"])
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    written = Path(download.value.path()).read_text()
    assert written.startswith("run,name,step")
    assert "slow,train/loss,1," in written
    with page.expect_download() as picture:
        page.get_by_role("button", name="PNG").click()
    assert Path(picture.value.path()).read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="Time machine")).to_be_visible()


def test_the_page_before_the_first_run_says_what_to_do(watch: Open) -> None:
    page = watch()
    page.get_by_text("No run yet").wait_for()
    page.get_by_role("button", name="Start your first run").click()
    page.wait_for_url("**/train*")


def test_the_curves_go_on_after_the_server_was_started_again(
    watch: Open, lab: Lab, visits: Visits
) -> None:
    # The browser says of each try meanwhile that nobody answered.
    visits.expect_console(r"net::ERR_|WebSocket connection to")
    example("live", status=RunStatus.RUNNING, step=100)
    page = watch("?run=live")
    drawn(page, 100)
    lab.end()
    page.get_by_text("The server does not answer").first.wait_for()
    advance("live", 100, 130, steps=400, epochs=8)
    lab.start()
    drawn(page, 130)
    expect(page.get_by_text("The server does not answer")).to_have_count(0)


def test_nothing_is_cut_off_on_a_narrow_screen(watch: Open) -> None:
    example("done", tags=("baseline",), notes="A note that is longer than a line " * 5)
    leave_epochs("done", 3)
    page = watch("?run=done", color_scheme="dark")
    drawn(page, 400)
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function(
            "(width) => document.querySelector('.lab-live-plot').layout.width < width", arg=width
        )
        overflow = page.evaluate(
            "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"
        )
        assert overflow <= 0


def test_a_part_that_runs_by_itself_does_not_empty_the_page_one_goes_to(watch: Open) -> None:
    """The browser asks for it once more before it hears of the other page."""
    ticks: list[bytes] = []
    late: list[bytes] = []
    page = watch()

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(said: str | bytes) -> None:
            if isinstance(said, bytes) and BackMsg.FromString(said).rerun_script.is_auto_rerun:
                ticks.append(said)
            server.send(said)

        def to_page(said: str | bytes) -> None:
            if ticks and not late and isinstance(said, bytes):
                begun = ForwardMsg.FromString(said).new_session.page_script_hash
                if begun not in ("", BackMsg.FromString(ticks[-1]).rerun_script.page_script_hash):
                    late.append(ticks[-1])
                    server.send(ticks[-1])
            socket.send(said)

        socket.on_message(to_server)
        server.on_message(to_page)

    page.route_web_socket("**/_stcore/stream", between)
    # How long it takes is measured meanwhile, and the page looks again and again.
    page.goto(page.url.replace("/runs", "/train") + "?set=epochs%3D41%3Blimit%3D41")
    page.get_by_role("button", name="Start training").wait_for()
    for _ in range(PATIENCE_MS // 50):
        if ticks:
            break
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs?*run=*")
    (run,) = [found.id for found in Store.open().listing()]
    expect(line(page, run)).to_be_visible()
    assert late
    # Whatever the page asks for now is answered after that.
    line(page, run).get_by_role("checkbox").check()
    page.wait_for_url(re.compile(rf"runs\?.*compare={run}"))
    expect(line(page, run)).to_be_visible()


def test_a_run_outlives_page_and_server_and_is_steered_from_a_new_one(
    watch: Open, lab: Lab
) -> None:
    lab.release()
    other = Lab(lab.folder)
    # Longer than a slow machine needs to steer it; it is stopped at the end.
    page = watch("?set=epochs%3D1000%3Blimit%3D40", page_of="train")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs?*run=*")
    (run,) = [found.id for found in Store.open().listing()]
    try:
        # Points come without a reload.
        _until(run, lambda found: found.step > 5)
        drawn(page, 5)
        page.close()
        lab.end()
        before = Store.open().get(run).step
        _until(run, lambda found: found.step > before + 5)
        lab.start()
        # Two dashboards over one lab: one agent still, and no run is started twice.
        other.start()
        # Nothing depends on the session that started it.
        page = watch("?run=latest")
        drawn(page, before + 5)
        page.get_by_role("button", name="Change settings").click()
        page.get_by_role("spinbutton", name="Learning rate").fill("0.004")
        page.get_by_role("button", name="Apply").click()
        table = page.locator("table.lab-facts", has_text="Requested")
        expect(table).to_contain_text("learning rate 0.004")
        expect(table).to_contain_text("from step")
        page.get_by_role("button", name="Pause", exact=True).click()
        _until(run, lambda found: found.status is RunStatus.PAUSED)
        page.get_by_role("button", name="Go on").click()
        paused = Store.open().get(run).step
        _until(run, lambda found: found.step > paused)
        drawn(page, paused + 1)
        page.get_by_role("button", name="Stop", exact=True).click()
        _until(run, lambda found: found.status is RunStatus.STOPPED)
        expect(line(page, run).locator(".chip")).to_have_text("stopped")
        assert Store.open().get(run).attempts == 2
        page.get_by_role("button", name="Open this epoch").click()
        page.wait_for_url(re.compile(rf"/\?model=run(:|%3A){run}(@|%40)\d+"))
        answered(page)
    finally:
        if other.process is not None:
            other.end()
        _end(run)


def _until(run: str, holds: Callable[[Run], bool]) -> None:
    for _ in range(900):
        if holds(Store.open().get(run)):
            return
        time.sleep(0.1)
    pytest.fail(f"after 90 seconds: {Store.open().get(run)}")


def _end(run: str) -> None:
    store = Store.open()
    if not store.get(run).status.ended:
        run_api.stop(run)
        _until(run, lambda found: found.status.ended)
