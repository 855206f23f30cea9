"""The lines of Python that ask Captum for what a method gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dashboard.pages.explain.code import baselines
from dashboard.pages.explain.code.target import Question

if TYPE_CHECKING:
    from alexnet_core.models.config import AlexNetConfig
    from alexnet_core.models.layers import LayerSpec

_POOLS = "Captum's DeepLIFT loses a share at max pools"
_CLASSES = {
    "saliency": "Saliency",
    "input-x-gradient": "InputXGradient",
    "integrated-gradients": "IntegratedGradients",
    "deep-lift": "DeepLift",
    "guided-backprop": "GuidedBackprop",
    "deconvolution": "Deconvolution",
}

_MANY = 50
"""More pictures than this at once are too many for some memories."""

_AT_ONCE = 32
"""Covered pictures that go through together, as in the lab: other numbers round otherwise."""

_ENLARGE = """\
values = torch.nn.functional.interpolate(maps, picture.shape[2:], mode="bilinear")[0, 0]
"""

_PARTS = """\
labels = slic(pixels, {options.segments}, {options.compactness}, start_label=0)
parts = torch.from_numpy(labels).unique(return_inverse=True)[1][None, None]
"""

_SPREAD = "spread = {options.noise} * (picture.max() - picture.min()).item()\n"

_TUNNEL = """\
torch.manual_seed({options.seed})
{values} = attr.NoiseTunnel(method).attribute(
    picture,
    nt_type="{kind}",
    nt_samples={options.samples},
    nt_samples_batch_size=1,
    stdevs=spread,
    {given},
)"""

_FIT = "# Captum's own fit needs scikit-learn; the lab's gives the same without.\n"

_RULES = """\
for layer in {net}.children():
    if not isinstance(layer, torch.nn.ReLU | torch.nn.Tanh | torch.nn.Dropout):
        layer.rule = lrp_rules.EpsilonRule({options.epsilon})
"""

_SMALL = 1e-9
"""Captum's own epsilon."""

_FLAT = "network.flatten.rule = lrp_rules.EpsilonRule()  # a new shape loses nothing\n"

_CONV_RULES = """\
for layer in {net}.children():
    if isinstance(layer, torch.nn.Conv2d) and layer is not network.conv1:
        layer.rule = lrp_rules.{rule}
"""


def why_not(method: str, options: Any, layers: Sequence[LayerSpec], config: AlexNetConfig) -> str:
    """One sentence why Captum's lines would give another array; empty where they give the same.

    Args:
        method: its name.
        options: of the method.
        layers: that lead to the number which is explained.
        config: of the whole network.
    """
    kinds = {spec.kind for spec in layers}
    noisy = method in ("smoothgrad", "vargrad")
    if getattr(options, "exact_pools", False) and "max_pool" in kinds:
        return f"{_POOLS}; exact_pools=False asks for Captum's."
    if noisy and options.of == "deep-lift" and "max_pool" in kinds:
        return f"{_POOLS}, and the lab's does not."
    if noisy and options.of.endswith("grad-cam") and "conv5" not in [one.name for one in layers]:
        return "conv5, whose maps this looks at, lies behind the unit that is asked."
    if method == "lrp" and "lrn" in kinds:
        return "Captum's LRP has no rule for response normalisation; the lab hands on what it gets."
    # PyTorch draws normal numbers by the sixteen, so that many pictures at once differ otherwise.
    odd = 3 * config.input_size**2 % 16
    if method == "gradient-shap" and options.noise and odd:
        return "Captum draws the noise of all samples at once, the lab that of one after the other."
    return ""


def lines(method: str, options: Any, question: Question) -> str:
    """That make ``values``, a tensor of the shape of the array.

    Args:
        method: its name.
        options: of the method; `why_not` has nothing against them.
        question: what is explained.
    """
    net, target = question.network, question.target
    match method:
        case "smoothgrad" | "vargrad":
            return _tunnel(method, options, net, target)
        case "integrated-gradients" | "deep-lift" | "layer-conductance":
            return baselines.baseline(options) + _compared(method, options, net, target)
        case "deep-lift-shap" | "gradient-shap":
            return baselines.references(options) + _shap(method, options, net, target)
        case "guided-grad-cam" | "grad-cam" | "layer-activation":
            return _of_layer(method, options, net, target)
        case "occlusion" | "feature-ablation" | "kernel-shap" | "lime":
            return baselines.baseline(options) + _covering(method, options, net, target)
        case "lrp":
            return _relevance(options, net, target)
    signs = f", abs={not options.signed}" if method == "saliency" else ""
    return f"values = attr.{_CLASSES[method]}({net}).attribute(picture, {target}{signs})[0]\n"


def _compared(method: str, options: Any, net: str, target: str) -> str:
    if method == "deep-lift":
        return f"values = attr.DeepLift({net}).attribute(picture, baseline, {target})[0]\n"
    given = f"    picture, baseline, {target}, n_steps={options.steps}"
    if method == "integrated-gradients":
        given += f', method="{options.rule}"'
    if options.steps > _MANY:
        given += f",\n    internal_batch_size={_MANY},"
    if method == "integrated-gradients":
        return f"values = attr.IntegratedGradients({net}).attribute(\n{given}\n)[0]\n"
    maps = f"maps = attr.LayerConductance({net}, network.{options.layer}).attribute("
    return f"{maps}\n{given}\n)\nmaps = maps.sum(1, keepdim=True)\n{_ENLARGE}"


def _shap(method: str, options: Any, net: str, target: str) -> str:
    if method == "deep-lift-shap":
        return f"values = attr.DeepLiftShap({net}).attribute(picture, references, {target})[0]\n"
    seeds, spread = f"np.random.seed({options.seed})\n", ""
    if options.noise:
        seeds += f"torch.manual_seed({options.seed})\n" + _SPREAD.format(options=options)
        spread = ", stdevs=spread"
    return (
        f"{seeds}values = attr.GradientShap({net}).attribute(\n"
        f"    picture, references, n_samples={options.samples}{spread}, {target}\n)[0]\n"
    )


def _of_layer(method: str, options: Any, net: str, target: str) -> str:
    layer = f"network.{options.layer}"
    if method == "guided-grad-cam":
        given = f'picture, {target}, interpolate_mode="bilinear"'
        return f"values = attr.GuidedGradCam({net}, {layer}).attribute(\n    {given}\n)[0]\n"
    if method == "grad-cam":
        given = f"picture, {target}, relu_attributions={not options.negative}"
        return f"maps = attr.LayerGradCam({net}, {layer}).attribute(\n    {given}\n)\n{_ENLARGE}"
    # What a layer gives does not depend on what is asked.
    maps = f"maps = attr.LayerActivation(network, {layer}).attribute(picture)\n"
    if options.unit is None:
        return f"{maps}maps = maps.mean(1, keepdim=True)\n{_ENLARGE}"
    return f"{maps}maps = maps[:, {options.unit}:{options.unit + 1}]\n{_ENLARGE}"


def _covering(method: str, options: Any, net: str, target: str) -> str:
    at_once = f"perturbations_per_eval={_AT_ONCE}"
    if method == "occlusion":
        return (
            f"side = picture.shape[2]\nwindow = {options.window or 'max(1, side // 8)'}\n"
            f"stride = {options.stride or 'max(1, window // 2)'}\n"
            f"values = attr.Occlusion({net}).attribute(\n"
            f"    picture, (3, window, window), (3, stride, stride), baseline, {target},\n"
            f"    {at_once},\n)[0, 0]\n"
        )
    if method == "feature-ablation":
        made, drawn = f"method = attr.FeatureAblation({net})\n", ""
    elif method == "kernel-shap":
        made = f"method = attr.KernelShap({net})\nmethod.interpretable_model = LinearFit(0.0)\n"
    else:
        made = (
            f'near = get_exp_kernel_similarity_function("cosine", {options.width})\n'
            f"method = attr.Lime({net}, LinearFit({options.ridge}), near)\n"
        )
    if method != "feature-ablation":
        made = f"{_FIT}{made}torch.manual_seed({options.seed})\n"
        drawn = f"n_samples={options.samples}, "
    return (
        f"{_PARTS.format(options=options)}{made}values = method.attribute(\n"
        f"    picture, baseline, {target}, feature_mask=parts,\n    {drawn}{at_once},\n)[0, 0]\n"
    )


def _relevance(options: Any, net: str, target: str) -> str:
    rules = _RULES.format(net=net, options=options)
    if options.rule != "epsilon":
        gamma = options.rule == "gamma"
        rule = f"GammaRule({options.gamma})" if gamma else "Alpha1_Beta0_Rule()"
        rules += _CONV_RULES.format(net=net, rule=rule)
    if options.epsilon > _SMALL:
        rules += _FLAT
    return f"{rules}values = attr.LRP({net}).attribute(picture, {target})[0]\n"


def _tunnel(method: str, options: Any, net: str, target: str) -> str:
    kind = "smoothgrad_sq" if getattr(options, "squared", False) else method
    before, given, values, after = "", [target], "values", "[0]\n"
    made = f"attr.{_CLASSES[options.of]}({net})" if options.of in _CLASSES else ""
    match options.of:
        case "saliency":
            given.append("abs=False")
        case "integrated-gradients" | "deep-lift":
            before = "black = normalised(np.zeros_like(pixels)[None])\n"
            given.append("baselines=black")
            if options.of == "integrated-gradients":
                given.append("n_steps=20")
        case "guided-grad-cam":
            made = f"attr.GuidedGradCam({net}, network.conv5)"
            given.append('interpolate_mode="bilinear"')
        case "grad-cam":
            made, values = f"attr.LayerGradCam({net}, network.conv5)", "maps"
            after = f"\n{_ENLARGE}"
    ask = _TUNNEL.format(options=options, kind=kind, given=",\n    ".join(given), values=values)
    return f"{before}{_SPREAD.format(options=options)}method = {made}\n{ask}{after}"
