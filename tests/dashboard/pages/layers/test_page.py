from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.inspection import ranking_job
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job
from alexnet_core.models import checkpoint, library, variants
from dashboard.common import caches, units
from dashboard.common.passes import passes
from dashboard.pages.layers.panels import export
from dashboard.pages.layers.state import PARTS
from tests.dashboard.conftest import checked, first_page, html, photo

PATIENCE = 90.0
MODELS = ["bundled:cifar10", *(f"random:{name}" for name in variants.names())]
SMALL = "shapes:train=60,test=20,size=16"

OpenLayers = Callable[..., AppTest]


@pytest.fixture
def open_layers(home: Path) -> Iterator[OpenLayers]:
    """Open the page Layers with the query of a link; no job is left behind."""

    def opened(**query: str) -> AppTest:
        return checked(first_page("layers", **query).run())

    yield opened
    for job in queue.listing():
        if job.outcome() is None:
            job.stop()
            while job.outcome() is None:
                time.sleep(0.02)


def component(page: AppTest, key: str) -> dict[str, Any]:
    """What a browser component gets."""
    (found,) = [element for element in page.get("bidi_component") if element.key == key]
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def go(page: AppTest, layer: str, unit: int = 0, part: str = "") -> AppTest:
    """Choose a unit, and what its panel shows."""
    page.session_state["visitor"].look_into(layer, unit)
    if part:
        page.session_state["layers-part"] = part
    return checked(page.run())


def warnings(page: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in page.warning]


def said(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader]
    return "\n".join(element.value.replace("\\", "") for element in shown)


@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_layer_opens_in_every_part(open_layers: OpenLayers, model: str) -> None:
    page = open_layers(model=model)
    assert not page.warning
    config = caches.model(model).config
    # The first and the last of each kind.
    kinds = {spec.kind: spec for spec in reversed(config.layers())}
    last = {spec.kind: spec for spec in config.layers()}
    specs = dict.fromkeys([*kinds.values(), *last.values()])
    for number, spec in enumerate(specs):
        unit = spec.out_shape[0] - 1
        page = go(page, spec.name, unit, PARTS[number % len(PARTS)])
        assert not page.warning
        assert (page.query_params["layer"], page.query_params["unit"]) == (spec.name, str(unit))
        grid = component(page, "layer-grid")
        assert (grid["layer"], grid["unit"]) == (spec.name, unit)
        assert ("filters" in grid["views"]) == (spec.kind == "conv")
        assert component(page, "layer-strip")["layer"] == spec.name
        assert component(page, "unit-view")["token"] == grid["token"]
    for part in PARTS:
        page = go(page, "conv2", 1, part)
        assert not page.warning
    assert {spec.kind for spec in specs} == {spec.kind for spec in config.layers()}


def test_a_link_says_layer_unit_view_sort_and_part(open_layers: OpenLayers) -> None:
    query = {
        "layer": "conv3", "unit": "7", "view": "filters", "sort": "sparsity", "part": "change",
    }  # fmt: skip
    page = open_layers(**query)
    grid = component(page, "layer-grid")
    found = (grid["layer"], grid["unit"], grid["view"], grid["sort"])
    assert found == ("conv3", 7, "filters", "sparsity")
    assert dict(page.query_params) | query == dict(page.query_params)
    assert "Answers before and after" in html(page)


def test_a_first_visit_shows_the_strongest_channel_of_the_first_layer(
    open_layers: OpenLayers,
) -> None:
    page = open_layers()
    maps = passes.captured(caches.sample("cat"), MODELS[0]).outputs["conv1"]
    strongest = int(np.abs(maps).mean(axis=(1, 2)).argmax())
    assert page.query_params["layer"] == "conv1"
    assert page.query_params["unit"] == str(strongest)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"layer": "conv9"}, "nearest: conv"),
        ({"layer": "<b>"}, "layer is '<b>'"),
        ({"layer": "conv3", "unit": "192"}, "channel is 192; allowed: 0 to 191"),
        ({"layer": "fc8", "unit": "10"}, "unit is 10; allowed: 0 to 9"),
    ],
)
def test_what_the_network_has_not_is_one_sentence(
    open_layers: OpenLayers, query: dict[str, str], sentence: str
) -> None:
    page = open_layers(**query)
    (warning,) = warnings(page)
    assert sentence in warning
    layer = query["layer"] if query["layer"] in ("conv3", "fc8") else "conv1"
    assert page.query_params["layer"] == layer
    assert component(page, "layer-grid")["layer"] == layer
    assert not checked(page.run()).warning


def test_another_model_keeps_the_unit_where_it_has_it(open_layers: OpenLayers) -> None:
    page = open_layers(layer="norm6", unit="3")
    page = checked(page.selectbox(key="model").set_value("random:alexnet-cifar").run())
    assert "norm6" in warnings(page)[0]
    page = go(page, "relu5", 100)
    token = component(page, "layer-grid")["token"]
    page = checked(page.selectbox(key="model").set_value(MODELS[0]).run())
    assert not page.warning
    grid = component(page, "layer-grid")
    assert (grid["layer"], grid["unit"]) == ("relu5", 100)
    assert grid["token"] != token


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The shipped checkpoint as a folder of a visitor's own."""
    return Path(shutil.copytree(library.assets() / "cifar10", tmp_path / "own"))


def test_a_checkpoint_deleted_while_open_is_one_sentence(
    open_layers: OpenLayers, copied: Path
) -> None:
    page = open_layers(model=f"file:{copied}", layer="conv2")
    assert not page.warning
    shutil.rmtree(copied)
    page = checked(page.run())
    assert len(page.warning) == 1
    (back,) = [button for button in page.button if "ships" in button.label]
    page = checked(back.click().run())
    assert not page.warning
    assert component(page, "layer-grid")["layer"] == "conv2"


@pytest.mark.parametrize("part", PARTS)
def test_numbers_that_overflow_are_one_sentence(
    open_layers: OpenLayers, copied: Path, part: str
) -> None:
    card, weights = checkpoint.load(copied)
    weights["conv3.weight"] = weights["conv3.weight"] * 0 + 3e38
    broken = copied.with_name("broken")
    checkpoint.save(broken, weights, card)
    name = part.lower().replace(" ", "-")
    page = open_layers(model=f"file:{broken}", layer="relu4", part=name)
    assert "NaN or infinite" in warnings(page)[0]
    for layer in ("conv3", "fc6", "fc8"):
        page = go(page, layer, 1)
        assert component(page, "layer-grid")["layer"] == layer


def test_muting_a_channel_changes_the_answer_and_leaves_the_model(
    open_layers: OpenLayers,
) -> None:
    page = open_layers(layer="fc8", unit="3", part="change")
    assert "The answer changes from cat to" in html(page)
    page = checked(page.slider(key="lesion-factor").set_value(1.0).run())
    assert "The answer stays cat." in html(page)
    page = checked(page.slider(key="lesion-factor").set_value(5.0).run())
    assert "The answer stays cat." in html(page)
    page = checked(page.toggle(key="lesion-others").set_value(True).run())
    page = checked(page.slider(key="lesion-factor").set_value(0.0).run())
    assert "The answer stays cat." in html(page)
    fresh = library.load(MODELS[0]).network.state_dict()
    ours = caches.model(MODELS[0]).network.state_dict()
    assert all(ours[name].equal(value) for name, value in fresh.items())


def test_a_covered_picture_is_asked_about(open_layers: OpenLayers) -> None:
    page = open_layers(layer="relu5", part="change")
    page = checked(page.segmented_control(key="layers-what").set_value("The picture").run())
    assert component(page, "unit-view")["covering"]
    assert "Answers before and after" not in html(page)
    page = checked(page.button(key="cover-middle").click().run())
    assert component(page, "unit-view")["box"] == [0.4, 0.4, 0.2, 0.2]
    once = html(page)
    assert "Answers before and after" in once
    page.session_state["look"].box = (0.2, 0.0, 0.6, 1.0)
    assert html(checked(page.run())) != once
    # Beside what the network gets of this photo, which is wide.
    page.session_state["look"].box = (0.0, 0.0, 0.05, 1.0)
    page = checked(page.run())
    assert "a box over a pixel" in warnings(page)[0]
    page = checked(page.button(key="uncover").click().run())
    assert not page.warning


def test_channels_below_make_up_the_value_and_lead_there(open_layers: OpenLayers) -> None:
    page = open_layers(layer="fc8", unit="3", part="from-and-to")
    (below,) = component(page, "unit-walk")["groups"]
    assert below["layer"] == "relu7"
    parts = {part["name"]: part["value"] for part in below["parts"]}
    total = parts.pop("sum")
    assert sum(parts.values()) == pytest.approx(total, abs=0.01 * abs(total) + 0.01)
    logit = caches.answer(caches.sample("cat"), MODELS[0]).predictions[0].logit
    assert total == pytest.approx(logit, rel=1e-3)
    page = go(page, "relu2", 5)
    below, above = component(page, "unit-walk")["groups"]
    assert (below["layer"], above["layer"]) == ("norm1", "conv3")
    page = go(page, "conv1", 5)
    below, above = component(page, "unit-walk")["groups"]
    assert [part["name"] for part in below["parts"][:3]] != ["0", "1", "2"]
    assert not any(part["link"] for part in below["parts"])
    assert (below["title"], above["layer"]) == ("From the picture", "conv2")


def test_the_strongest_patches_are_found_in_the_background_and_open_their_picture(
    open_layers: OpenLayers,
) -> None:
    query = {"dataset": SMALL, "model": "random:alexnet-cifar"}
    page = open_layers(layer="relu2", unit="3", part="excited-by", **query)
    page = checked(page.button(key="rank").click().run())
    deadline = time.monotonic() + PATIENCE
    while any(job.outcome() is None for job in queue.listing()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page = checked(page.run())
    assert not page.warning
    items = component(page, "patches")["items"]
    assert items
    values = [float(item["caption"].split("\n")[1].replace("−", "-")) for item in items]
    assert values == sorted(values, reverse=True)
    assert all(item["image"].startswith("data:image/") for item in items)
    # A pool keeps the channels of the activation before it.
    page = go(page, "pool2", 3)
    assert component(page, "patches")["items"] == items
    assert "relu2, channel 3" in said(page)
    # What a set had is shown as long as the set is there.
    again = open_layers(layer="relu2", unit="3", part="excited-by", **query)
    assert component(again, "patches")["items"] == items
    picture = f"{SMALL}/test/{items[0]['id']}"
    opened = open_layers(layer="relu2", picture=picture, **query)
    assert opened.session_state["visitor"].source.place == picture
    assert opened.query_params["picture"] == picture


@pytest.mark.parametrize("place", ["nothing", "shapes/test/x", f"{SMALL}/test/20", "../x/test/1"])
def test_a_link_to_a_picture_that_is_not_there_shows_another(
    open_layers: OpenLayers, place: str
) -> None:
    page = open_layers(picture=place)
    assert component(page, "unit-view")["title"] == "Cat"
    assert "picture" not in page.query_params


def test_a_set_that_vanished_is_one_sentence(
    open_layers: OpenLayers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for label in ("cat", "dog"):
        for number in range(5):
            path = tmp_path / "Pets" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photo("red" if label == "cat" else "blue", size=(12 + number, 10)))
    import_dataset(tmp_path / "Pets", name="pets")
    page = open_layers(
        layer="conv1", part="excited-by", dataset="pets", model="random:alexnet-cifar"
    )
    begin = ranking_job.begin

    def begun_and_vanished(*asked: Any) -> Job:
        job = begin(*asked)
        # The process has hardly started to load what it needs.
        shutil.rmtree(tmp_path / "home" / "datasets")
        return job

    monkeypatch.setattr(ranking_job, "begin", begun_and_vanished)
    page = checked(page.button(key="rank").click().run())
    (job,) = queue.listing()
    assert any("pets" in warning for warning in warnings(page))
    assert component(page, "layer-grid")["layer"] == "conv1"
    deadline = time.monotonic() + PATIENCE
    while job.outcome() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page = checked(page.selectbox(key="rank-set-random:alexnet-cifar").set_value("shapes").run())
    (sentence,) = warnings(page)
    assert "pets" in sentence
    assert not checked(page.run()).warning


def test_a_picture_is_made_for_a_unit_and_kept(open_layers: OpenLayers) -> None:
    page = open_layers(layer="conv1", unit="2", part="excited-by", dataset=SMALL)
    page = checked(page.button(key="dream").click().run())
    film = html(page)
    assert film.count("After step") >= 8
    assert html(checked(page.run())).count("After step") == film.count("After step")
    assert not [button for button in page.button if button.key == "dream"]


@pytest.mark.parametrize("layer", ["conv2", "fc6"])
def test_code_and_file_give_the_arrays_on_the_screen(open_layers: OpenLayers, layer: str) -> None:
    page = open_layers(layer=layer, unit="4")
    page.session_state["layers-code"] = True
    (code,) = [block.value for block in checked(page.run()).code]
    said_by_code, names = io.StringIO(), {}
    with contextlib.redirect_stdout(said_by_code):
        exec(code, names)  # noqa: S102
    found = passes.look(caches.sample("cat"), MODELS[0])
    maps = found.captured.outputs[layer]
    np.testing.assert_allclose(names["maps"], maps, atol=1e-5)
    assert str(maps.shape) in said_by_code.getvalue()
    stated = [tuple(map(int, re.findall(r"\d+", text))) for text in re.findall(r"# (\(.*\))", code)]
    assert stated[0] == maps.shape
    with np.load(io.BytesIO(export.npz(page.session_state["visitor"], found))) as arrays:
        assert np.array_equal(arrays["maps"], maps)
        assert np.array_equal(arrays["pixels"], found.captured.pixels)
        if layer == "conv2":
            assert stated[1] == arrays["kernels"].shape
            assert np.array_equal(arrays["kernels"], names["kernels"])


def test_a_pool_leads_to_the_layers_that_make_its_channels() -> None:
    config = variants.get("alexnet-2012").config
    _, height, width = config.layer("pool5").out_shape
    for layer, unit, kinds, expected in (
        ("pool1", 7, units.WEIGHTED, ("conv1", 7)),
        ("pool1", 7, units.RANKED, ("relu1", 7)),
        ("flatten", 5 * height * width + 3, units.WEIGHTED, ("conv5", 5)),
        ("drop6", 9, units.RANKED, ("relu6", 9)),
        ("fc8", 1, units.RANKED, ("fc8", 1)),
    ):
        spec, found = units.behind(config, layer, unit, kinds)
        assert (spec.name, found) == expected
