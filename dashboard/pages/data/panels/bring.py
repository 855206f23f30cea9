"""Pictures of one's own: a ZIP or a folder, looked into before anything is made of it."""

from __future__ import annotations

import itertools
from pathlib import Path

import streamlit as st

from alexnet_core.data import images, tasks
from alexnet_core.data.cards import SHAPES, folder_of
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.importing import allowed_folders
from alexnet_core.data.importing.preview import Contents
from alexnet_core.data.importing.split import Percent
from alexnet_core.errors import ConfigError, LabError
from dashboard.common.charts import show
from dashboard.common.format import counted, memory_size, plain
from dashboard.common.locality import is_local
from dashboard.pages.data import uploads
from dashboard.pages.data.charts import SPLIT_NAMES, balance
from dashboard.pages.data.state import Desk, Incoming, Said
from dashboard.pages.data.zip_drop import zip_drop

MOST_PERCENT = 40
"""Most percent of the pictures that validation, or test, can get."""

_DEFAULT: Percent = (80, 10, 10)
_FOLDER, _NAME = "data-folder", "data-name"
_VAL, _TEST, _SEED = "data-val", "data-test", "data-seed"


def bring(desk: Desk) -> None:
    """Where pictures of one's own come from; what comes is looked into at once."""

    def arrived(upload: str, name: str) -> None:
        path = uploads.path_of(upload)
        if path is None:
            desk.said.append(Said("bad", "The file has not arrived; please send it again."))
        else:
            desk.bring(images.safe_name(name), path, upload)

    left, right = st.columns(2, gap="medium")
    with left:
        zip_drop(key="zip-drop", on_arrival=arrived)
    with right.container(border=True, height="stretch", key="folder"):
        _folder(desk)


def preview(desk: Desk, incoming: Incoming) -> None:
    """What is about to become a data set, with the split that it would get."""
    st.subheader(plain(incoming.title), anchor=False)
    contents = incoming.contents
    if contents is None:
        st.caption("Looking into it. Nothing is imported before you say so.")
        return
    st.markdown(_facts(contents))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _name(contents)
        percent = _split(contents)
    with right:
        planned = contents.planned(percent)
        st.markdown(f"**{_spoken(planned)}**")
        show(
            balance(contents.classes, planned),
            f"Pictures of each of {len(contents.classes)} classes. {_spoken(planned)}",
            key="planned",
        )
    with st.container(horizontal=True):
        st.button(
            "Import",
            type="primary",
            icon=":material/check:",
            key="import",
            on_click=_import,
            args=(desk, incoming, contents),
        )
        st.button("Discard", key="discard", on_click=desk.drop)


def _folder(desk: Desk) -> None:
    local, owned = is_local(), allowed_folders.folders()
    st.markdown("**Or a folder on the server's machine**")
    if not local and not owned:
        st.caption(
            "The lab is open to other machines, so folders of its own are closed. Its owner can "
            f"open some by naming them in `{allowed_folders.VARIABLE}`."
        )
        return
    if local:
        st.caption("The pictures stay where they are; nothing is copied.")
    else:
        named = ", ".join(plain(str(folder)) for folder in owned)
        st.caption(f"It must lie below {named}. The pictures stay where they are.")
    st.text_input(
        "Path of the folder or ZIP",
        key=_FOLDER,
        placeholder=str(Path.home() / "pictures") if local else str(owned[0]),
        label_visibility="collapsed",
    )
    st.button(
        "Look inside", icon=":material/search:", key="look", on_click=_look, args=(desk, local)
    )


def _look(desk: Desk, local: bool) -> None:
    text = st.session_state[_FOLDER]
    try:
        path = allowed_folders.check(text, local=local)
    except LabError as error:
        desk.said = [Said("bad", str(error))]
        return
    desk.bring(images.safe_name(path.name) if path.name else str(path), path)


def _facts(contents: Contents) -> str:
    told = (
        f"{contents.pictures:,} pictures in {len(contents.classes)} classes, "
        f"{memory_size(contents.total_bytes)}."
    )
    if contents.left_out:
        told += (
            f" Left out will be {counted(contents.left_out, 'file')} outside the class folders, or "
            "with the name of something else."
        )
    if contents.kind == "zip":
        return f"{told} The pictures will be copied into the lab's home."
    return f"{told} The pictures stay where they are; moving them later breaks the data set."


def _name(contents: Contents) -> None:
    """Ask for the name, and say where it can't be had."""
    known = KNOWN.get(contents.published or "")
    if known and folder_of(known.name).exists():
        known = None
    text = st.text_input(
        "Name",
        known.name if known else _free_name(contents),
        key=_NAME,
        help="What links and commands call it: small letters, digits, hyphens and underscores.",
    )
    if known and text.strip() == known.name:
        st.caption(
            f"These are the classes of {plain(known.title)}, so it will stand in for the download."
        )
    refused = _refusal(contents, text.strip())
    if refused is not None:
        st.error(plain(refused), icon=":material/edit:")


def _free_name(contents: Contents) -> str:
    """What the file is called, with a number where that name is taken."""
    numbered = (f"{contents.name[:60]}-{number}" for number in itertools.count(2))
    names = itertools.chain([contents.name], numbered)
    return next(name for name in names if _refusal(contents, name) is None)


def _refusal(contents: Contents, name: str) -> str | None:
    """Why a data set can't have that name; None where it can."""
    try:
        taken = folder_of(name).exists() or name == SHAPES
    except ConfigError as error:
        return str(error)
    if taken:
        return f"There is a data set {name} already; choose another name."
    if name in KNOWN and contents.published != name:
        return f"{name} is the name of a published set with other classes; choose another one."
    return None


def _split(contents: Contents) -> Percent:
    """Ask for the split, where the source has none of its own."""
    if contents.split:
        st.markdown("It comes with a split of its own, which is kept.")
        if "val" not in contents.counts:
            st.caption(
                "There is no validation split; after the import you can set some training "
                "pictures apart."
            )
        return _DEFAULT
    st.slider(
        "Validation, percent",
        0,
        MOST_PERCENT,
        _DEFAULT[1],
        key=_VAL,
        help="Pictures that the network does not learn from. They tell during training how it "
        "does. Too few: the figure jumps. Too many: less is left to learn from.",
    )
    st.slider(
        "Test, percent",
        0,
        MOST_PERCENT,
        _DEFAULT[2],
        key=_TEST,
        help="Pictures that are kept for the very end. A figure from them is only honest if "
        "nothing was chosen by it.",
    )
    st.number_input(
        "Seed of the draw",
        0,
        2**31 - 1,
        0,
        key=_SEED,
        help="The same seed gives the same split; another one draws other pictures.",
    )
    return _percent()


def _percent() -> Percent:
    val, test = (int(st.session_state.get(key, 10)) for key in (_VAL, _TEST))
    return 100 - val - test, val, test


def _spoken(planned: dict[str, tuple[int, ...]]) -> str:
    return " · ".join(f"{SPLIT_NAMES[split]} {sum(of):,}" for split, of in planned.items())


def _import(desk: Desk, incoming: Incoming, contents: Contents) -> None:
    # Read here: what was typed just before the click came with it, after the page was drawn.
    name = st.session_state[_NAME].strip()
    if _refusal(contents, name) is not None:
        # Beside the field it is said why.
        return
    task = tasks.Import(
        source=incoming.source,
        temporary=bool(incoming.upload),
        name=name,
        percent=_DEFAULT if contents.split else _percent(),
        seed=0 if contents.split else int(st.session_state[_SEED]),
    )
    desk.said.clear()
    if desk.begin(task) is not None:
        # The upload belongs to the job from here on.
        desk.incoming = None
