"""The lines of Python that give the array of a card: Captum's own wherever Captum has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.common.picture_code import picture_code, quoted
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.code import captum
from dashboard.pages.explain.code import target as code_question
from dashboard.pages.explain.state import Choice

if TYPE_CHECKING:
    from alexnet_core.explanation.target import Resolved
    from alexnet_core.models.config import AlexNetConfig

_OTHERS = {
    "np.": "import numpy as np",
    "skimage.__": "import skimage",
    "torch.": "import torch",
    "attr.": "from captum import attr",
    "get_exp_": "from captum.attr._core.lime import get_exp_kernel_similarity_function",
    "Rule(": "from captum.attr._utils import lrp_rules",
    "ImageFilter.": "from PIL import Image, ImageFilter",
    "slic(": "from skimage.segmentation import slic",
}
"""What a script writes -> the import that it needs, in order."""

_LABS = {
    "images.": "from alexnet_core.data import images",
    " explain(": "from alexnet_core.explanation.attribution import explain",
    "LinearFit(": "from alexnet_core.explanation.methods.perturbation import LinearFit",
    "METHODS[": "from alexnet_core.explanation.methods.registry import METHODS",
    "Target(": "from alexnet_core.explanation.target import Target",
    "library.": "from alexnet_core.models import library",
}

_PICTURE = """\
model = library.load({model})
photo = images.read({path})
pixels = model.transform.pixels(photo.image)
"""

_CAPTUM = """\
network = model.network


def normalised(pictures):
    return model.transform.normalise(torch.from_numpy(pictures.copy())).contiguous()


picture = normalised(pixels[None]).requires_grad_()
{question}{lines}values = values.detach().numpy()
"""

_LAB = """\
# {why}
options = METHODS["{method}"].options({options})
target = Target({target})
values = explain(model, pixels, "{method}", target=target, options=options).values
"""

_TAIL = "print(values.shape, values.min(), values.max())\n"


def code_for(
    who: Visitor, chosen: Choice, method: str, target: Resolved, config: AlexNetConfig
) -> str:
    """A script that gives the same array as the card of the method.

    Args:
        who: whose picture and model are meant.
        chosen: the options.
        method: of the card.
        target: what is explained, settled.
        config: of the model's network.
    """
    body = _captum if is_captum(chosen, method, target, config) else _lab
    picture = _PICTURE.format(model=quoted(who.model), path=picture_code(who).path)
    script = f"{picture}{body(chosen, method, target, config)}{_TAIL}"
    groups = ("from pathlib import Path\n", _imports(_OTHERS, script), _imports(_LABS, script))
    return "\n".join((*filter(None, groups), script))


def is_captum(chosen: Choice, method: str, target: Resolved, config: AlexNetConfig) -> bool:
    """Whether Captum gives the array, with these options and of this network."""
    return not why_not(chosen, method, target, config)


def why_not(chosen: Choice, method: str, target: Resolved, config: AlexNetConfig) -> str:
    """One sentence why Captum's lines would give another array; empty where they give this."""
    return captum.why_not(
        method, chosen.options_of(method), code_question.passed(target, config), config
    )


def _captum(chosen: Choice, method: str, target: Resolved, config: AlexNetConfig) -> str:
    question = code_question.question(target, config)
    lines = captum.lines(method, chosen.options_of(method), question)
    needed = question.lines if "question" in lines else ""
    return _CAPTUM.format(question=needed, lines=lines)


def _lab(chosen: Choice, method: str, target: Resolved, config: AlexNetConfig) -> str:
    said: dict[str, Any] = {"index": target.index, "against": target.against}
    if target.layer is not None:
        said = {"layer": target.layer, "unit": target.unit}
        said["at"] = "mean" if target.at == "mean" else None
    return _LAB.format(
        why=why_not(chosen, method, target, config),
        method=method,
        options=_arguments(chosen.options.get(method, {})),
        target=_arguments({name: value for name, value in said.items() if value is not None}),
    )


def _arguments(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={quoted(value)}" for name, value in values.items())


def _imports(known: dict[str, str], script: str) -> str:
    return "".join(f"{line}\n" for needle, line in known.items() if needle in script)
