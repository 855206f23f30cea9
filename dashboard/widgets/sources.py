"""Where pictures come from: upload, paste, camera, samples, and those brought before."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from streamlit.typing import UploadedFile

from alexnet_core.data import images
from alexnet_core.errors import ImageError, LabError
from dashboard.common import caches
from dashboard.common.caches import Source
from dashboard.common.format import percent, plain
from dashboard.common.samples import SAMPLES
from dashboard.common.visitor import Visitor
from dashboard.widgets.parts.gallery import Item, gallery
from dashboard.widgets.parts.paste import paste

_CAMERA = "camera-on"


def bring(who: Visitor) -> None:
    """The ways to bring a picture; a new one is chosen and the page runs again."""
    with st.container(key="bring", gap="xsmall"):
        files = st.file_uploader(
            "Bring your own pictures",
            # What arrives is checked by its bytes.
            type=list(images.SUFFIXES),
            accept_multiple_files=True,
            key=f"upload-{who.uploads}",
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, vertical_alignment="center", key="bring-more"):
            paste("Many at once, or paste one with Ctrl+V.", into="bring")
            st.toggle("Camera", key=_CAMERA, help="Pictures stay on this computer.")
        if st.session_state[_CAMERA]:
            st.camera_input(
                "Take a picture",
                key="camera",
                label_visibility="collapsed",
                on_change=_photographed,
                args=(who,),
            )
    if files:
        _take_in(who, files)
        st.rerun()
    for sentence in who.refused:
        st.error(plain(sentence), icon=":material/broken_image:")


def sample_gallery(who: Visitor) -> None:
    """The samples, one click each."""
    items = [
        Item(
            id=name,
            image=caches.thumbnail(caches.sample(name)),
            title=sample.title,
            caption="",
            chosen=who.chosen is None and who.sample == name,
        )
        for name, sample in SAMPLES.items()
    ]
    gallery("Sample pictures", items, key="samples", on_pick=who.choose_sample)


def own_gallery(who: Visitor) -> None:
    """The visitor's own pictures, the newest first, each with the model's best guess."""
    sources = list(reversed(who.own.values()))
    waiting = st.empty()
    items = []
    for number, source in enumerate(sources):
        if number % 8 == 7:
            waiting.progress(number / len(sources), f"Picture {number} of {len(sources)}")
        items.append(
            Item(
                id=source.sha256,
                image=caches.thumbnail(source),
                title=source.title,
                caption=_best_guess(who, source),
                chosen=who.chosen == source.sha256,
            )
        )
    waiting.empty()

    def choose(picture_hash: str) -> None:
        who.chosen = picture_hash

    gallery("Your pictures", items, key="own", on_pick=choose)


def _best_guess(who: Visitor, source: Source) -> str:
    try:
        best = caches.answer(source, who.model).predictions[0]
    except LabError:
        # The page says beside its answer what is wrong with the model.
        return source.title
    return f"{best.label}\n{percent(best.probability)}"


def _photographed(who: Visitor) -> None:
    photo = st.session_state["camera"]
    if photo is not None:
        _take_in(who, [photo])
        # Off at once: no camera stays on longer than its picture takes.
        st.session_state[_CAMERA] = False


def _take_in(who: Visitor, files: Iterable[UploadedFile]) -> None:
    """Keep what can be read, the last file first: the first one then stands in front."""
    files = list(files)
    taken, who.refused = set(), []
    bar = st.progress(0.0, "Reading") if len(files) > 1 else None
    for number, file in enumerate(reversed(files), start=1):
        source = Source.of(file.getvalue(), file.name)
        try:
            # All that the gallery will show, while the picture is decoded.
            caches.thumbnail(source)
            _best_guess(who, source)
        except ImageError as error:
            who.refused.insert(0, str(error))
        else:
            who.keep(source)
            taken.add(source.sha256)
            who.chosen = source.sha256
        if bar is not None:
            bar.progress(number / len(files), f"Read {number} of {len(files)}")
    kept = len(taken & who.own.keys())
    if kept < len(taken):
        who.refused.append(
            f"Only the first {kept} pictures were kept: more do not fit in one visit."
        )
    who.uploads += 1
