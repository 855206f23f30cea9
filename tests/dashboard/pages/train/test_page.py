from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.errors import StoreError, TrainingError
from alexnet_core.orchestration import run_api
from alexnet_core.planning import measured_speed
from alexnet_core.planning.measured_speed import Speed
from alexnet_core.planning.memory_estimate import Room
from alexnet_core.runs.records import Run
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig
from dashboard.common.navigation import page_file
from dashboard.pages.train import prerender, timing
from dashboard.pages.train.panels import fields as run_fields
from dashboard.pages.train.panels import start
from dashboard.pages.train.panels.sections import SECTIONS
from tests.dashboard.conftest import Open, checked, html

OpenTrain = Callable[..., AppTest]
SMALL = "shapes:size=16,train=60,test=20"
FIGURES = Speed(
    step_seconds=0.5,
    picture_seconds=0.01,
    device="a machine, 2 threads",
    precision="fp32",
    batch_size=64,
    steps=5,
)


@pytest.fixture(autouse=True)
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is drawn ahead; what would have been."""
    asked: list[str] = []
    monkeypatch.setattr(
        prerender, "draw_ahead", lambda dataset, wide: asked.append(dataset.card.name)
    )
    return asked


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """Every run takes half a second a step; which ones were asked for."""
    asked: list[RunConfig] = []

    def remembered(config: RunConfig) -> Speed:
        asked.append(config)
        return FIGURES

    monkeypatch.setattr(measured_speed, "remembered", remembered)
    return asked


@pytest.fixture
def open_train(open_lab: Open, measured: list[RunConfig]) -> OpenTrain:
    """Open the page as a new visitor, all sections open, with the query of a link."""

    def opened(*, sections: bool = True, **query: Any) -> AppTest:
        page = open_lab()
        page.switch_page(page_file("train"))
        # The session has seen the first page; its link was not about a run.
        for name, value in query.items():
            page.query_params[name] = value
        if sections:
            for key in (*SECTIONS, "sweep"):
                page.session_state[f"run-section-{key}"] = True
            page.session_state["run-code"] = page.session_state["run-layers"] = True
        return checked(page.run())

    return opened


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[RunConfig, dict[str, Any]]]:
    """What is started, instead of starting it."""
    found: list[tuple[RunConfig, dict[str, Any]]] = []

    def submit(config: RunConfig, **fields: Any) -> Run:
        found.append((config, fields))
        return Run(
            id=f"run-{len(found)}",
            lab="lab",
            recipe=config.recipe,
            dataset=config.dataset,
            config={},
            created=0,
        )

    monkeypatch.setattr(run_api, "submit", submit)
    return found


def key(path: str) -> str:
    return f"run-{path.replace('.', '-')}"


def start_button(page: AppTest) -> Any:
    return page.button(key="start")


def give(page: AppTest, path: str, value: Any) -> AppTest:
    """Fill in one field."""
    page.get_by_key(key(path)).set_value(value)
    return checked(page.run())


def beside(page: AppTest, path: str) -> str:
    """What stands in the place of a field."""
    place = page.container(key=f"field-{path.replace('.', '-')}")
    return unescaped(*place.markdown, *place.caption)


def refusal(page: AppTest) -> str:
    return unescaped(*page.error)


def unescaped(*elements: Any) -> str:
    """The text of elements as a reader sees it."""
    return " ".join(element.value for element in elements).replace("\\", "")


def test_a_first_visit_is_ready_to_start(open_train: OpenTrain) -> None:
    page = open_train(sections=False)
    assert page.selectbox(key="run-recipe").value == "shapes-quick"
    assert page.selectbox(key="run-dataset").value == "shapes"
    assert not start_button(page).disabled
    assert not page.error
    shown = html(page)
    assert 'class="lab-flow"' in shown
    assert "16×16×48" in shown
    assert shown.count("data:image/png") >= 12
    # 4 epochs of 56 steps of 0.5 s, and 400 pictures of 10 ms.
    assert "2 min 10 s" in shown
    assert "2 min 10 s of training on this machine" in unescaped(*page.markdown)


def test_every_field_says_what_it_does_in_the_words_of_its_config(open_train: OpenTrain) -> None:
    page = open_train(set="model.norm=lrn")
    captions = unescaped(*page.caption)
    fields = [field.key for field in (*page.number_input, *page.toggle, *page.text_input)]
    paths = [key[4:].replace("-", ".") for key in fields if key.startswith("run-")]
    assert len(paths) > 30
    for path in paths:
        assert run_fields.description(path) in captions
    assert "too high diverges" in captions


def test_every_setting_of_a_run_can_be_reached() -> None:
    reached = {path for section in SECTIONS.values() for g in section.groups.values() for path in g}
    reached |= {"recipe", "dataset", "epochs", "lr", "batch_size"}
    every = set()
    for name in RunConfig.model_fields:
        inner = RunConfig.model_fields[name].annotation
        if isinstance(inner, type) and hasattr(inner, "model_fields"):
            every |= {f"{name}.{rest}" for rest in inner.model_fields}
        else:
            every.add(name)
    # The data set decides these two: its classes, and red, green and blue.
    assert every - reached == {"model.num_classes", "model.in_channels"}


def test_a_setting_without_effect_is_not_shown(open_train: OpenTrain) -> None:
    page = open_train()
    shown = {field.key for field in page.number_input}
    assert "run-schedule-warmup" in shown
    assert not shown & {"run-schedule-every", "run-model-lrn_k"}
    page = give(page, "schedule.name", "step")
    shown = {field.key for field in page.number_input}
    assert "run-schedule-every" in shown
    assert "run-schedule-warmup" not in shown
    page = give(page, "model.norm", "lrn")
    assert "run-model-lrn_k" in {field.key for field in page.number_input}


REFUSED: dict[str, Any] = {
    "epochs": 0,
    "lr": -1.0,
    "batch_size": 1,
    "seed": -1,
    "limit": 0,
    "validation_percent": 51,
    "optimizer.momentum": 1.0,
    "optimizer.weight_decay": -0.1,
    "schedule.warmup": 0.0,
    "augmentation.crop_margin": 129,
    "augmentation.shift": -1,
    "augmentation.cutout": 200,
    "augmentation.brightness": 1.5,
    "augmentation.contrast": -0.5,
    "augmentation.pca_noise": 2.0,
    "label_smoothing": 1.0,
    "ema_decay": 1.0,
    "early_stopping": 0,
    "clip_norm": 0.0,
    "precision": "fp16",
    "workers": 65,
    "processes": 3,
    "keep_every": 0,
    "keep_gb": 0.0,
    "model.input_size": 0,
    "model.conv_channels": "48, 96, 0, 160, 128",
    "model.conv_kernels": "5, 3, 3",
    "model.conv_strides": "fast",
    "model.conv_paddings": "-1, 1, 1, 1, 1",
    "model.pool_kernel": 0,
    "model.pool_stride": 17,
    "model.pool_padding": 2,
    "model.adaptive_pool": 0,
    "model.hidden_sizes": "",
    "model.dropout": 1.0,
    "model.batch_norm_eps": 0.0,
    "model.batch_norm_momentum": 0.0,
}


@pytest.fixture(scope="module")
def shared() -> dict[str, AppTest]:
    """One open page for many fields: each is put back after its turn."""
    return {}


@pytest.mark.parametrize("path", REFUSED)
def test_what_is_not_allowed_is_refused_beside_its_field(
    open_train: OpenTrain, shared: dict[str, AppTest], path: str
) -> None:
    page = shared.get("page") or shared.setdefault("page", open_train())
    before = page.get_by_key(key(path)).value
    page = give(page, path, REFUSED[path])
    assert "Allowed:" in beside(page, path)
    assert start_button(page).disabled
    assert run_fields.label(path) in refusal(page)
    page = give(page, path, before)
    assert "Allowed:" not in beside(page, path)
    assert not start_button(page).disabled
    assert not page.error


@pytest.mark.parametrize(
    ("settings", "path", "reason"),
    [
        ("model.norm=lrn;model.lrn_size=0", "model.lrn_size", "greater than or equal to 1"),
        ("model.norm=lrn;model.lrn_alpha=0", "model.lrn_alpha", "greater than 0"),
        ("model.norm=lrn;model.lrn_beta=0", "model.lrn_beta", "greater than 0"),
        ("model.norm=lrn;model.lrn_k=0", "model.lrn_k", "greater than 0"),
        ("schedule.name=step;schedule.every=0", "schedule.every", "greater than or equal to 1"),
        ("schedule.name=step;schedule.factor=1", "schedule.factor", "less than 1"),
        ("model.conv_kernels=[40, 3, 3, 3, 3]", "model.input_size", "at least 36"),
        (
            "model.conv_channels=[47, 96, 160, 160, 128];model.towers=2",
            "model.conv_channels",
            "even",
        ),
        ("optimizer.momentum=0", "optimizer.nesterov", "momentum is 0"),
        ("validation_percent=0;early_stopping=2", "early_stopping", "validate on"),
        ("validation_percent=0;schedule.name=plateau", "schedule.name", "validate on"),
        ("augmentation.shift=32", "augmentation.shift", "below 32"),
        ("device=cuda:99", "device", "cpu"),
        ("epochs=many", "epochs", "integer"),
        ("lr=null", "lr", "Nothing is filled in"),
        ("epochs=1e400", "epochs", "Allowed"),
        ("optimizer.name=lion", "optimizer.name", "adamw"),
        ("batch_size=65536;model.input_size=1024;model.adaptive_pool=6", "batch_size", "would fit"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_reason(
    open_train: OpenTrain, settings: str, path: str, reason: str
) -> None:
    page = open_train(set=settings)
    assert reason in beside(page, path)
    assert start_button(page).disabled


def test_a_network_from_weights_that_are_gone_is_refused(open_train: OpenTrain) -> None:
    page = open_train(set="start_from=run:gone")
    assert start_button(page).disabled
    assert "Start from" in refusal(page)
    page.selectbox(key="run-start_from").set_value("")
    assert not start_button(checked(page.run())).disabled


def test_a_set_that_is_not_here_is_refused_with_two_ways_out(open_train: OpenTrain) -> None:
    page = open_train(recipe="cifar10-fast", sections=False)
    assert start_button(page).disabled
    assert "not on this machine" in refusal(page)
    assert page.button(key="run-get-data")
    page = checked(page.button(key="run-take-shapes").click().run())
    assert page.selectbox(key="run-dataset").value == "shapes"
    assert page.selectbox(key="run-recipe").value == "cifar10-fast"
    assert not start_button(page).disabled


def test_a_set_that_nobody_knows_is_a_sentence(open_train: OpenTrain) -> None:
    page = open_train(dataset="![x](https://example.org)", sections=False)
    assert start_button(page).disabled
    assert "![x]" not in " ".join(error.value for error in page.error)


def test_a_recipe_brings_its_own_settings_and_drops_changes(open_train: OpenTrain) -> None:
    page = give(open_train(sections=False), "epochs", 9)
    assert page.button(key="run-reset")
    page.selectbox(key="run-recipe").set_value("cifar10-gfg")
    page = checked(page.run())
    assert page.number_input(key="run-epochs").value == recipes.get("cifar10-gfg").epochs
    assert page.number_input(key="run-lr").value == 0.001


def test_back_to_the_recipe(open_train: OpenTrain) -> None:
    page = give(give(open_train(sections=False), "epochs", 9), "lr", 0.5)
    page = checked(page.button(key="run-reset").click().run())
    assert page.number_input(key="run-epochs").value == 4
    assert page.query_params == {}


def test_a_variant_sets_every_switch(open_train: OpenTrain) -> None:
    page = open_train()
    page.selectbox(key="run-network").set_value("alexnet-2012")
    page = checked(page.run())
    assert page.number_input(key="run-model-input_size").value == 227
    assert page.segmented_control(key="run-model-norm").value == "lrn"
    assert "55×55×96" in html(page)
    page = give(page, "model.dropout", 0.25)
    assert page.selectbox(key="run-network").value == "your own"
    assert page.number_input(key="run-model-input_size").value == 227


def test_the_command_line_makes_the_same_run(open_train: OpenTrain) -> None:
    page = give(open_train(), "lr", 0.125)
    page.pills(key="run-model-pool_after").set_value([1, 2])
    page = checked(page.run())
    (code,) = [block.value for block in page.code]
    assert code == (
        "alexnet-lab train --recipe shapes-quick --set 'model.pool_after=[1, 2]' --set lr=0.125"
    )


def test_a_link_opens_the_form_as_it_was_left(open_train: OpenTrain) -> None:
    page = give(give(open_train(), "model.conv_channels", "8, 8, 8, 8, 8"), "lr", 0.5)
    page = give(page, "model.name", "a;b")
    query = {name: page.query_params[name] for name in page.query_params}
    again = open_train(**query)
    assert again.text_input(key="run-model-conv_channels").value == "8, 8, 8, 8, 8"
    assert again.text_input(key="run-model-name").value == "a;b"
    assert again.number_input(key="run-lr").value == 0.5
    assert again.query_params == page.query_params


@pytest.mark.parametrize(
    "query",
    [
        {"recipe": "nothing"},
        {"set": "nothing"},
        {"set": "replace=1"},
        {"set": "model=3"},
        {"set": "model.x.y=3"},
        {"set": ["recipe=finetune", "lr.x=1", "=", ""]},
    ],
)
def test_a_link_that_says_nothing_known_opens_the_page(
    open_train: OpenTrain, query: dict[str, Any]
) -> None:
    page = open_train(sections=False, **query)
    assert page.selectbox(key="run-recipe").value == "shapes-quick"
    assert not start_button(page).disabled


def test_the_page_follows_the_data_set_that_other_pages_choose(open_train: OpenTrain) -> None:
    page = give(open_train(sections=False), "epochs", 7)
    page.session_state["visitor"].dataset = SMALL
    page = checked(page.run())
    assert page.selectbox(key="run-dataset").value == SMALL
    assert page.number_input(key="run-epochs").value == 7
    page.selectbox(key="run-dataset").set_value("shapes")
    assert checked(page.run()).session_state["visitor"].dataset == "shapes"


def test_the_preview_follows_the_augmentation(open_train: OpenTrain) -> None:
    page = give(open_train(), "augmentation.shift", 0)
    assert "as training may see it" not in html(page)
    before = html(give(page, "augmentation.flip", True))
    assert "as training may see it" in before
    assert html(give(page, "augmentation.cutout", 12)) != before
    other = html(page)
    assert html(checked(page.button(key="run-others").click().run())) != other


def test_start_queues_the_run_and_leads_to_it(
    open_train: OpenTrain, submitted: list[tuple[RunConfig, dict[str, Any]]]
) -> None:
    page = give(open_train(sections=False), "epochs", 2)
    checked(start_button(page).click().run())
    ((config, fields),) = submitted
    assert config == recipes.get("shapes-quick").replace(epochs=2)
    assert fields == {"command": "alexnet-lab train --recipe shapes-quick --set epochs=2"}
    assert page.session_state["visitor"].run in ("run-1", "latest")
    assert page.title[0].value == "Runs"


def test_a_double_click_starts_one_run(
    open_train: OpenTrain, submitted: list[tuple[RunConfig, dict[str, Any]]]
) -> None:
    page = open_train(sections=False)
    checked(start_button(page).click().run())
    page.switch_page(page_file("train"))
    page = checked(page.run())
    checked(start_button(page).click().run())
    assert len(submitted) == 1


def test_the_run_that_was_started_last_can_be_watched(
    open_train: OpenTrain, submitted: list[tuple[RunConfig, dict[str, Any]]]
) -> None:
    page = open_train(sections=False)
    checked(start_button(page).click().run())
    page.switch_page(page_file("train"))
    page = checked(page.run())
    assert "run-1" in page.button(key="run-watch").label


def test_a_store_that_is_out_of_reach_is_a_sentence(
    open_train: OpenTrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(config: RunConfig, **fields: Any) -> Run:
        raise StoreError("The lab's database can't be used now.")

    monkeypatch.setattr(run_api, "submit", submit)
    page = checked(start_button(open_train(sections=False)).click().run())
    assert "database" in refusal(page)
    assert page.title[0].value == "Train a network"


def test_runs_ahead_are_said(open_train: OpenTrain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_ahead", lambda: 2)
    page = open_train(sections=False)
    assert "after 2 runs ahead of it" in unescaped(*page.markdown)


def test_a_sweep_says_its_runs_and_its_time_before_it_is_queued(
    open_train: OpenTrain,
    submitted: list[tuple[RunConfig, dict[str, Any]]],
    measured: list[RunConfig],
) -> None:
    page = open_train()
    page.multiselect(key="run-sweep").set_value(["lr", "model.norm"])
    page = checked(page.run())
    page.text_input(key="run-sweep-lr").set_value("0.01, 0.1")
    page = checked(page.run())
    page.pills(key="run-sweep-model-norm").set_value(["batch", "none"])
    page = checked(page.run())
    assert start_button(page).label == "Queue 4 runs"
    assert "Time of 4 runs" in html(page)
    # Four times 4 epochs of 56 steps of 0.5 s and 400 pictures of 10 ms.
    assert "8 min 30 s in all" in unescaped(*page.markdown)
    (code,) = [block.value for block in page.code]
    assert len(code.splitlines()) == 4
    checked(start_button(page).click().run())
    assert [config.lr for config, _ in submitted] == [0.01, 0.01, 0.1, 0.1]
    assert [config.model.norm for config, _ in submitted] == ["batch", "none"] * 2
    assert len({fields["group"] for _, fields in submitted}) == 1
    assert submitted[0][1]["notes"] == "lr=0.01, model.norm=batch"


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("lr", "0.1, -1", "greater than 0"),
        ("lr", "quick", "number"),
        ("lr", "", "commas"),
        ("epochs", "1 to 500 in 500", "2 to 64 values"),
        ("batch_size", "64, 1", "greater than or equal to 2"),
    ],
)
def test_a_sweep_with_a_bad_value_is_refused(
    open_train: OpenTrain, field: str, text: str, reason: str
) -> None:
    page = open_train()
    page.multiselect(key="run-sweep").set_value([field])
    page = checked(page.run())
    page.text_input(key=f"run-sweep-{field}").set_value(text)
    page = checked(page.run())
    assert reason in refusal(page)
    assert start_button(page).disabled


def test_a_run_of_a_sweep_that_can_not_start_is_named(open_train: OpenTrain) -> None:
    page = open_train(set="early_stopping=2")
    page.multiselect(key="run-sweep").set_value(["validation_percent"])
    page = checked(page.run())
    page.text_input(key="run-sweep-validation_percent").set_value("10, 0")
    page = checked(page.run())
    assert "validation_percent=0" in refusal(page)
    assert start_button(page).disabled


def test_too_little_free_memory_is_a_warning_with_a_batch_that_fits(
    open_train: OpenTrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alexnet_core.planning import memory_estimate

    monkeypatch.setattr(memory_estimate, "room", lambda device: Room(free=20_000_000, whole=10**12))
    page = open_train(sections=False)
    assert "A batch of" in page.warning[0].value
    assert not start_button(page).disabled


def test_the_speed_is_really_measured_behind_the_page(
    open_lab: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured_speed, "_kept", type(measured_speed._kept)())
    monkeypatch.setattr(measured_speed, "PATIENCE", 0.1)
    page = open_lab()
    page.switch_page(page_file("train"))
    page.query_params["dataset"] = SMALL
    page = checked(page.run())
    assert "measuring" in html(page)
    assert not start_button(page).disabled
    for _ in range(600):
        time.sleep(0.1)
        if measured_speed._kept:
            break
    page = checked(page.run())
    assert "measuring" not in html(page)
    assert "a step" in unescaped(*page.caption)
    (found,) = measured_speed._kept.values()
    assert found.step_seconds > 0


def test_shapes_are_drawn_ahead_once_the_speed_is_known(
    open_train: OpenTrain, ahead: list[str]
) -> None:
    open_train(sections=False)
    assert ahead == ["shapes"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TrainingError("There is too little free memory to try."), "too little free memory"),
        (RuntimeError("!"), "could not be tried here (RuntimeError)"),
    ],
)
def test_a_measurement_that_fails_says_why(
    open_lab: Open, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(config: RunConfig, **options: Any) -> None:
        raise error

    monkeypatch.setattr(measured_speed, "measure", fail)
    page = open_lab()
    page.switch_page(page_file("train"))
    checked(page.run())
    job = page.session_state[timing._KEY]
    with pytest.raises(type(error)):
        job.future.result(timeout=60)
    page = checked(page.run())
    assert "not known" in html(page)
    assert said in unescaped(*page.caption)
