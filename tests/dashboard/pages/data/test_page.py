from __future__ import annotations

import io
import json
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit import config
from streamlit.testing.v1 import AppTest

from alexnet_core.data import datasets, editing, tasks
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.importing import allowed_folders
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.errors import DataError
from alexnet_core.inspection.ranking_job import RankingTask
from alexnet_core.jobs import queue
from alexnet_core.jobs.task import Task
from alexnet_core.runs.records import Run, RunStatus
from alexnet_core.runs.store import Store
from dashboard.common import locality
from dashboard.pages.data import charts
from dashboard.pages.data.panels.pictures import PAGE
from tests.dashboard.conftest import checked, first_page, html

PATIENCE = 90.0
FEW = "shapes:train=60,test=20,size=16"

OpenData = Callable[..., AppTest]


@pytest.fixture
def open_data(home: Path) -> Iterator[OpenData]:
    """Open the Data page as a new visitor, with the query of a link; no job is left behind."""

    def opened(tab: str = "Pictures", **query: str) -> AppTest:
        page = first_page("data", **({"dataset": FEW} | query))
        page.session_state["data-tab"] = tab
        return checked(page.run())

    yield opened
    for job in queue.listing():
        if job.outcome() is None:
            job.stop()
            while job.outcome() is None:
                time.sleep(0.02)


def picture(seed: int, size: tuple[int, int] = (12, 10)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 60 + seed).convert("RGB").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder of ten cats and ten dogs, one of them no picture."""
    root = tmp_path / "Pets"
    for animal in ("cat", "dog"):
        (root / animal).mkdir(parents=True)
        for number in range(10):
            (root / animal / f"{number}.png").write_bytes(picture(number))
    (root / "dog" / "broken.png").write_bytes(b"<html></html>")
    return root


def imported(source: Path, **options: Any) -> None:
    import_dataset(source, name="pets", **options)


def items(page: AppTest, key: str) -> list[dict[str, Any]]:
    """What a grid of pictures shows."""
    (found,) = [e for e in page.get("bidi_component") if e.key == key]
    listed: list[dict[str, Any]] = json.loads(found.proto.json)["items"]
    return listed


def settled(page: AppTest) -> AppTest:
    """The page after all work in the background has ended."""
    deadline = time.monotonic() + PATIENCE
    while any(job.outcome() is None for job in queue.listing()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return checked(page.run())


def captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def markdown(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def said(elements: Iterable[Any]) -> list[str]:
    """The sentences of messages, without the escapes that keep Markdown from obeying them."""
    return [element.value.replace("\\", "") for element in elements]


def look(page: AppTest, path: Path | str) -> AppTest:
    """Name a folder and wait until it was looked into."""
    page.session_state["add"] = True
    page = checked(page.run())
    page.text_input(key="data-folder").set_value(str(path))
    return settled(checked(page.button(key="look").click().run()))


def test_opens_with_the_shapes_and_what_to_do_next(open_data: OpenData) -> None:
    page = open_data()
    (shapes,) = items(page, "sets")
    assert (shapes["title"], shapes["chosen"]) == ("Shapes", True)
    assert shapes["image"].startswith("data:image/webp")
    assert len(items(page, "pictures")) == PAGE
    assert [tile["title"] for tile in items(page, "pictures")[:2]] == ["arrow", "circle"]
    assert page.expander[0].label == "Add a data set"
    assert {f"download-{name}" for name in KNOWN} <= {button.key for button in page.button}
    assert "There is no validation split" in captions(page)
    for word in ("<dt>Classes</dt><dd>10</dd>", "<dt>Train</dt><dd>60</dd>", "16 × 16"):
        assert word in html(page)


def test_a_known_set_says_size_licence_purpose_and_how_to_bring_it_by_hand(
    open_data: OpenData,
) -> None:
    page = open_data()
    for name, fact in KNOWN.items():
        assert f"{fact.size_mb:g} MB" in captions(page)
        assert f"--name {name}" in "\n".join(block.value for block in page.code)
    assert "CC BY" in captions(page)
    assert "quickest real pictures" in markdown(page)


def test_leafing_and_choosing_a_class(open_data: OpenData) -> None:
    page = open_data()
    first = [tile["id"] for tile in items(page, "pictures")]
    page = checked(page.button(key="next").click().run())
    second = [tile["id"] for tile in items(page, "pictures")]
    assert len(second) == 60 - PAGE
    assert not set(first) & set(second)
    assert page.button(key="next").disabled
    assert f"{PAGE + 1}–60 of 60" in captions(page)
    page = checked(page.selectbox(key="data-class").set_value(3).run())
    assert {tile["title"] for tile in items(page, "pictures")} == {"cross"}
    assert len(items(page, "pictures")) == 6
    page = checked(page.segmented_control(key="data-split").set_value("test").run())
    assert len(items(page, "pictures")) == 2


def test_a_picture_is_shown_large_with_what_the_network_gets(open_data: OpenData) -> None:
    page = open_data(model="random:alexnet-cifar")
    page.session_state["data-desk"].picked = 7
    page = checked(page.run())
    assert [tile["id"] for tile in items(page, "pictures") if tile["chosen"]] == ["7"]
    assert "**star**" not in html(page)
    assert "Its class: **square**" in markdown(page)
    assert "lab-original" in html(page)
    assert "cut to 32 × 32 pixels" in html(page)
    assert "The chosen model answers" in captions(page)


def test_all_pictures_as_the_network_sees_them(open_data: OpenData) -> None:
    page = open_data(model="random:alexnet-cifar")
    plain = items(page, "pictures")[0]["image"]
    page = checked(page.toggle(key="data-as-seen").set_value(True).run())
    assert "32 × 32 pixels are what the chosen model gets" in captions(page)
    assert items(page, "pictures")[0]["image"] != plain


def test_a_picture_goes_to_classify(open_data: OpenData) -> None:
    page = open_data()
    page = checked(page.button(key="classify-it").click().run())
    who = page.session_state["visitor"]
    (source,) = who.own.values()
    assert who.source == source
    assert source.title == "00000.bmp"


def test_without_its_model_the_pictures_are_still_shown(open_data: OpenData) -> None:
    page = open_data(model="run:missing")
    assert len(items(page, "pictures")) == PAGE
    assert page.warning
    assert "lab-original" in html(page)


def test_a_folder_is_looked_into_then_imported(open_data: OpenData, pets: Path) -> None:
    page = look(open_data(), pets)
    assert "21 pictures in 2 classes" in markdown(page)
    assert "stay where they are" in markdown(page)
    assert "**Train 16 · Validation 2 · Test 3**" not in markdown(page)
    assert "Train 17 · Validation 2 · Test 2" in markdown(page)
    assert "pets" not in datasets.names()
    page = checked(page.slider(key="data-test").set_value(30).run())
    assert "Train 13 · Validation 2 · Test 6" in markdown(page)
    page = checked(page.slider(key="data-val").set_value(0).run())
    assert "Train 15 · Test 6" in markdown(page)
    page.number_input(key="data-seed").set_value(9)
    page = settled(checked(page.button(key="import").click().run()))

    card = datasets.open("pets").card
    assert card.split_by == "drawn: 70/0/30 percent of each class, seed 9"
    assert (page.session_state["visitor"].dataset, page.query_params["dataset"]) == ("pets", "pets")
    assert said(page.success) == ["pets is here: 20 pictures in 2 classes."]
    assert [item["chosen"] for item in items(page, "sets")] == [False, True]
    assert "<dt>Left out</dt><dd>1</dd>" in html(page)
    page = checked(page.button(key="close-0").click().run())
    assert not page.success


def test_a_zip_of_the_server_keeps_the_split_of_its_own(
    open_data: OpenData, pets: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in pets.rglob("[0-9].png"):
            split = "test" if path.stem == "0" else "train"
            packed.write(path, f"{split}/{path.parent.name}/{path.name}")
    page = look(open_data(), archive)
    assert "It comes with a split of its own" in markdown(page)
    assert not [slider for slider in page.slider if slider.key == "data-val"]
    page = settled(checked(page.button(key="import").click().run()))
    assert datasets.open("pets").card.counts == {"train": (9, 9), "test": (1, 1)}
    assert archive.exists()


def test_a_name_that_is_taken_gets_a_number(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    page = look(open_data(), pets)
    assert page.text_input(key="data-name").value == "pets-2"
    assert not page.error


def test_what_was_brought_can_be_put_back(open_data: OpenData, pets: Path) -> None:
    page = look(open_data(), pets)
    page = checked(page.button(key="discard").click().run())
    assert not [button for button in page.button if button.key == "import"]
    assert page.text_input(key="data-folder")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("shapes", "There is a data set shapes already"),
        ("../pets", "allowed: 1 to 64 small letters"),
        ("cifar10", "a published set with other classes"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused_beside_the_field(
    open_data: OpenData, pets: Path, name: str, reason: str
) -> None:
    page = look(open_data(), pets)
    page = checked(page.text_input(key="data-name").set_value(name).run())
    (error,) = page.error
    assert reason in said([error])[0]
    page = checked(page.button(key="import").click().run())
    assert reason in said(page.error)[0]
    assert not queue.listing()


def hostile(kind: str, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "escape":
            archive.writestr("../../cat/1.png", b"x")
        elif kind == "bomb":
            archive.writestr("cat/1.png", bytes(30_000_000))
        else:
            archive.writestr("notes.txt", b"no pictures")
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("escape", "evil.zip is refused: it holds a name that leads out of it"),
        ("bomb", "as a ZIP bomb does"),
        ("no pictures", "There are no pictures in class folders"),
    ],
)
def test_a_bad_zip_is_one_sentence(
    open_data: OpenData, tmp_path: Path, kind: str, reason: str
) -> None:
    page = look(open_data(), hostile(kind, tmp_path / "evil.zip"))
    (error,) = page.error
    assert reason in said([error])[0]
    assert "\n" not in error.value
    # The way in is open again.
    assert page.text_input(key="data-folder")


def test_an_upload_that_never_came_is_not_taken(open_data: OpenData, tmp_path: Path) -> None:
    page = open_data()
    desk = page.session_state["data-desk"]
    desk.bring("gone.zip", tmp_path / "nothing" / "gone.zip", "x" * 24)
    page = settled(page)
    assert "does not exist" in page.error[0].value


def test_from_another_machine_only_allowed_folders_are_open(
    open_data: OpenData, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.pages.data.panels.bring.is_local", lambda: False)
    page = open_data()
    assert not [field for field in page.text_input if field.key == "data-folder"]
    assert allowed_folders.VARIABLE in captions(page)

    monkeypatch.setenv(allowed_folders.VARIABLE, str(pets.parent))
    page = look(open_data(), "/etc")
    assert "below the folders that the lab's owner named" in page.error[0].value
    page = look(page, pets)
    assert "21 pictures in 2 classes" in markdown(page)


def test_classes_with_their_balance(open_data: OpenData, pets: Path) -> None:
    (pets / "cat" / "more").mkdir()
    for number in range(20):
        (pets / "cat" / "more" / f"{number}.png").write_bytes(picture(number, (30, 20)))
    imported(pets)
    page = open_data("Classes", dataset="pets")
    assert "The classes are uneven: cat has 30 pictures, dog 10" in markdown(page)
    assert "right in 75.0 %" in markdown(page)
    assert page.get("plotly_chart")
    assert [button.proto.label for button in page.get("download_button")] == ["CSV"]


def test_sizes_and_colours(open_data: OpenData, pets: Path) -> None:
    (pets / "cat" / "large.png").write_bytes(picture(1, (300, 20)))
    imported(pets)
    page = open_data("Sizes and colours", dataset="pets")
    assert "12 × 10 to 300 × 20 pixels" in markdown(page)
    assert "Smaller than that, so enlarged: 21 pictures." in captions(page)
    assert '<img alt="The mean of all pictures"' in html(page)
    mean = datasets.open("pets").card.mean[0]
    assert f'<th scope="row">Red</th><td>{mean:.4f}</td>' in html(page)
    # All of it was known since the import.
    assert not queue.listing()


class HeldBack:
    """Stands for `subprocess` where a process shall begin when the test says so."""

    DEVNULL = subprocess.DEVNULL

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def Popen(self, command: list[str], **options: object) -> HeldBack:  # noqa: N802
        """Note the command."""
        self.commands.append(command)
        return self

    def poll(self) -> int:
        """Nothing to wait for."""
        return 0


def test_figures_of_shapes_are_worked_out_once(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldBack()
    with monkeypatch.context() as patched:
        patched.setattr(queue, "subprocess", held)
        page = open_data("Sizes and colours")
        assert [job.task for job in queue.listing()] == [tasks.Measure(name=FEW)]
        assert "Every picture is looked at once" in captions(page)
    (command,) = held.commands
    subprocess.run(command, check=True)
    page = settled(page)
    assert "Every picture is 16 × 16 pixels" in markdown(page)
    assert '<img alt="The mean of all pictures"' in html(page)
    assert not queue.listing()
    open_data("Copies")
    assert not queue.listing()


def test_figures_that_cannot_be_had_are_a_sentence(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    folder = datasets.open("pets").folder
    for path in (*folder.glob("figures/*"), folder / "measures.npz", pets / "cat" / "3.png"):
        path.unlink()
    page = settled(open_data("Copies", dataset="pets"))
    assert "can't be read any more" in page.error[0].value
    # It is not tried again and again.
    page = checked(page.run())
    assert not queue.listing()


def test_copies_and_what_they_spoil(open_data: OpenData, pets: Path) -> None:
    for split in ("train", "test"):
        (pets / split).mkdir()
    for animal in ("cat", "dog"):
        (pets / animal).rename(pets / "train" / animal)
        (pets / "test" / animal).mkdir()
        (pets / "test" / animal / "new.png").write_bytes(picture(50 if animal == "cat" else 51))
    known_one = (pets / "train" / "cat" / "1.png").read_bytes()
    (pets / "test" / "cat" / "again.png").write_bytes(known_one)
    (pets / "train" / "dog" / "<b>no cat.png").write_bytes(known_one)
    imported(pets)
    page = open_data("Copies", dataset="pets")
    warnings = "\n".join(warning.value for warning in page.warning)
    assert "Test shares 1 picture with train" in warnings
    assert "more than one class name for 1 picture" in warnings
    assert html(page).count('class="lab-copies"') == 1
    assert "&lt;b&gt;no cat.png" in html(page)
    assert "<b>no cat.png" not in html(page)


def test_no_copies_is_said(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    page = open_data("Copies", dataset="pets")
    assert said(page.success) == ["No picture is there twice."]


def test_what_was_left_out_and_why(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    page = open_data("Left out", dataset="pets")
    assert "Left out: 1 file." in markdown(page)
    assert "<td>broken.png is a web page (HTML), not a picture" in html(page)
    assert open_data("Left out").success


def test_classes_are_renamed(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    page = open_data("Change", dataset="pets")
    page = checked(page.button(key="rename").click().run())
    assert "The names are as they were" in page.info[0].value
    (field,) = page.text_area
    page = checked(field.set_value("Katze\nHund").run())
    page = checked(page.button(key="rename").click().run())
    assert datasets.open("pets").card.classes == ("Katze", "Hund")
    assert page.text_area[0].value == "Katze\nHund"
    page = checked(page.text_area[0].set_value("Katze").run())
    page = checked(page.button(key="rename").click().run())
    assert "allowed: 2, one a class" in said(page.error)[0]


def test_pictures_are_set_apart_for_validation(open_data: OpenData, pets: Path) -> None:
    imported(pets, percent=(80, 0, 20))
    page = open_data("Change", dataset="pets")
    (slider,) = [slider for slider in page.slider if slider.key.startswith("apart-")]
    page = checked(slider.set_value(25).run())
    page = settled(checked(page.button(key="set-apart").click().run()))
    assert said(page.success) == ["4 pictures of pets are set apart for validation now."]
    assert "<dt>Validation</dt><dd>4</dd>" in html(page)
    editing.set_apart("pets", 0)
    assert "There is no validation split" in captions(checked(page.run()))


def test_a_set_that_a_run_needs_is_not_changed(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    Store.open().add(
        Run(
            id="night-run",
            lab="lab",
            status=RunStatus.PAUSED,
            recipe="quick",
            dataset="pets",
            config={},
            created=0,
        )
    )
    page = open_data("Change", dataset="pets")
    page = checked(page.text_area[0].set_value("a\nb").run())
    page = checked(page.button(key="rename").click().run())
    assert "can't be renamed while a run needs it" in page.error[0].value
    assert datasets.open("pets").card.classes == ("cat", "dog")


def test_what_failed_while_nobody_watched_is_told_to_who_comes_next(
    open_data: OpenData, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = tasks.Import(source=pets / "cat", name="cats", percent=(80, 10, 10))
    job = queue.start(task)
    while job.outcome() is None:
        time.sleep(0.02)
    assert not open_data().error
    monkeypatch.setattr("dashboard.pages.data.state._UNWATCHED_SECONDS", 0.0)
    time.sleep(0.02)
    page = open_data()
    assert "There are no pictures in class folders" in said(page.error)[0]
    assert not queue.listing()


def test_work_of_another_page_is_left_to_it(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = RankingTask(reference="random:alexnet-cifar", dataset="pets", split="test", key="")
    with monkeypatch.context() as patched:
        patched.setattr(queue, "subprocess", HeldBack())
        job = queue.start(task)
    queue.write(
        job.folder / queue.OUTCOME, queue.Outcome(status="failed", sentence="No such thing.")
    )
    monkeypatch.setattr("dashboard.pages.data.state._UNWATCHED_SECONDS", -1.0)
    page = open_data()
    assert not page.error
    assert queue.listing() == [job]


def test_a_cancelled_count_is_not_begun_again(open_data: OpenData) -> None:
    page = open_data("Copies", dataset="shapes:train=20000,test=20,size=16")
    (job,) = queue.listing()
    job.stop()
    page = settled(page)
    assert "it was cancelled" in said(page.error)[0]
    assert not queue.listing()


def test_drawn_sets_have_nothing_to_change(open_data: OpenData) -> None:
    page = open_data("Change")
    assert "drawn by the lab" in page.info[0].value
    assert not [button for button in page.button if button.key == "delete"]


def test_work_that_can_not_begin_is_a_sentence(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(task: Task) -> queue.Job:
        raise DataError(f"{task.target} is being worked on; wait until that has ended.")

    monkeypatch.setattr(queue, "start", refuse)
    page = open_data()
    page = checked(page.button(key="download-cifar10").click().run())
    assert said(page.error) == ["cifar10 is being worked on; wait until that has ended."]


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [("nothing", "dataset is 'nothing'"), ("shapes:size=1", "size is '1'"), ("../x", "../x")],
)
def test_a_link_to_no_data_set_says_so_and_shows_the_others(
    open_data: OpenData, dataset: str, reason: str
) -> None:
    page = open_data(dataset=dataset)
    assert reason in said(page.warning)[0]
    assert items(page, "sets")


def test_a_link_to_a_set_that_is_not_here_offers_the_download(open_data: OpenData) -> None:
    page = open_data(dataset="imagenette")
    assert "Imagenette (160 px) is not on this machine yet" in said(page.info)[0]
    assert page.button(key="download-imagenettechosen")


def test_a_damaged_set_is_a_sentence_and_the_page_lives_on(
    open_data: OpenData, pets: Path, home: Path
) -> None:
    imported(pets)
    (home / "datasets/pets/index.npz").write_bytes(b"")
    page = open_data(dataset="pets")
    assert "missing or damaged" in page.warning[0].value
    assert [item["title"] for item in items(page, "sets")] == ["Shapes", "pets"]


def test_pictures_that_are_gone_leave_a_mark(open_data: OpenData, pets: Path) -> None:
    imported(pets)
    gone = datasets.open("pets").names("train")[0]
    (pets / gone).unlink()
    page = open_data(dataset="pets")
    assert "cat, can't be read any more" in {tile["title"] for tile in items(page, "pictures")}
    assert page.error or page.caption


@pytest.mark.parametrize(
    ("headers", "direct"),
    [
        ({}, True),
        ({"host": "localhost:8501"}, True),
        ({"host": "127.0.0.1:8501"}, True),
        ({"host": "[::1]:8501"}, True),
        ({"host": "lab.example.org"}, False),
        ({"host": "localhost", "x-forwarded-for": "10.0.0.7"}, False),
        ({"host": "127.0.0.1.example.org"}, False),
    ],
)
def test_who_comes_through_a_proxy_is_not_local(headers: dict[str, str], direct: bool) -> None:
    assert locality.came_directly(headers) is direct


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.0.7", False),
        ("", False),
        (None, False),
        ("lab.example.org", False),
    ],
)
def test_only_loopback_is_this_machine(address: str | None, loopback: bool) -> None:
    assert locality.is_loopback(address) is loopback


def test_a_server_for_all_is_not_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", lambda name: "0.0.0.0")
    assert not locality.is_local()


def test_charts_name_what_they_can() -> None:
    few = charts.balance(["a" * 30, "a" * 31], {"train": [3, 1], "test": [1, 0]})
    assert [bar.name for bar in few.data] == ["Train", "Test"]
    assert len(few.layout.yaxis.ticktext) == 2
    many = charts.balance([str(n) for n in range(300)], {"train": [1] * 300})
    assert many.layout.yaxis.showticklabels is False
    sized = charts.sizes([(10, 20, 5), (30, 30, 1)], 224)
    assert sized.layout.shapes[0].x1 == 224
    assert not charts.sizes([(10, 20, 5)], None).layout.shapes
