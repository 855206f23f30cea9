"""One picture, one network, one method: where the answer comes from."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_core.config import Config
from alexnet_core.data.images import Picture
from alexnet_core.errors import CheckpointError, ConfigError, LabError
from alexnet_core.explanation.methods import registry
from alexnet_core.explanation.methods.registry import Method
from alexnet_core.explanation.methods.subject import Result, Subject, Watch, rows_for
from alexnet_core.explanation.scalar_target import private, to_scalar, value_of
from alexnet_core.explanation.target import Resolved, Target, check, resolve
from alexnet_core.inspection.capture import pixels_for
from alexnet_core.models.library import LoadedModel

_PREDICTED = Target()


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """What a method says of a picture. Sessions share it, so its arrays can't be written."""

    method: str
    options: Config
    """Of the method's own type."""
    target: Resolved
    """What was explained, in names for people."""
    pixels: NDArray[np.uint8]
    """What the network saw, (S, S, 3)."""
    values: NDArray[np.float32]
    """(3, S, S), or (S, S) where the method gives a map."""
    probability: float | None
    """Of the class; None for a unit."""
    logit: float
    """The number that is explained: a logit, the difference of two, or what a unit gives."""
    baseline_logit: float | None
    """The same for the picture without content, where the method has one; of several, the mean."""
    delta: float | None
    """What the shares sum to minus what they should; None where a method promises no sum."""
    seconds: float
    """From the picture cut to size to the values and their check."""

    @property
    def heat(self) -> NDArray[np.float32]:
        """One number for each place, (S, S): the sum over the colours."""
        return self.values if self.values.ndim == 2 else self.values.sum(axis=0)


def explain(
    model: LoadedModel,
    picture: Picture | NDArray[np.uint8] | NDArray[np.float32],
    method: str,
    *,
    target: Target = _PREDICTED,
    options: Config | None = None,
    baseline: NDArray[np.uint8] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Explanation:
    """Ask a method where the network's answer to a picture comes from.

    Works on a copy of the network's structure, so nothing of the model is changed, whatever
    happens. The same arguments give the same values.

    Args:
        model: its lock is held for a moment only.
        picture: a photo, pixels uint8 (S, S, 3) already cut to the network's input, or that input
            itself, normalised float32 (3, S, S), for measures that disturb it.
        method: a name in `methods.METHODS`.
        target: the predicted class, any class, a contrast of two, or a unit.
        options: of the method's own type; None for its defaults.
        baseline: uint8 (S, S, 3), instead of the baseline that the options name.
        progress: called with how many pictures went through and how many will, by methods that
            take more than one or two.
        cancelled: asked before each pass; true ends it.

    Raises:
        UnknownNameError: there is no such method or layer.
        ConfigError: a target, option or baseline does not fit, or this network can't be explained
            so; the message says why.
        CheckpointError: the network gives NaN or infinity.
        CancelledError: it was cancelled.
        LabError: the memory does not last even for one picture at a time.
    """
    row = registry.get(method)
    chosen = _options(row, options)
    refusal = row.refuses(model.config, chosen)
    if refusal:
        raise ConfigError("method", method, f"another one for this network. {refusal}")
    check(model, target)
    _check_baseline(model, baseline)
    pixels, normalised = _prepare(model, picture)
    work = _Work(model, row, chosen, target, pixels, normalised, baseline)
    watch = Watch(progress, cancelled)
    rows = rows_for(model.config, next(model.network.parameters()).device)
    while True:
        try:
            # Also for whoever calls from `inference_mode`, whose tensors take no gradient.
            with torch.inference_mode(False), torch.enable_grad():
                found = work.run(rows, watch)
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
        else:
            watch.end()
            return found
        if rows == 1:
            raise LabError(
                f"There is not enough memory for {row.title} on {model.config.name}; "
                "close something else, or take another method."
            )
        rows = max(1, rows // 4)


@dataclass(frozen=True)
class _Work:
    model: LoadedModel
    row: Method
    options: Config
    target: Target
    pixels: NDArray[np.uint8]
    normalised: Tensor
    baseline: NDArray[np.uint8] | None

    def run(self, rows: int, watch: Watch) -> Explanation:
        """Explain with so many pictures at once."""
        started = time.perf_counter()
        network = private(self.model)
        device = next(network.parameters()).device
        image = self.normalised.to(device).clone().requires_grad_()
        seen: dict[str, Tensor] = {}
        watch(1)
        with torch.set_grad_enabled(self.row.cost == "gradient"):
            logits = network(image, seen)
        if not bool(logits.isfinite().all()):
            raise CheckpointError(
                f"{self.model.reference} gives NaN or infinity for this picture, so there is "
                "nothing to explain; its weights are damaged, or its training diverged."
            )
        target = resolve(self.model, self.target, logits[0].detach().cpu().numpy())
        scalar = to_scalar(network, target, seen, watch)
        score = value_of(target, logits) if target.layer is None else scalar(image)
        # What a layer gave is large, and only the strongest place of one was wanted.
        seen.clear()
        logit = float(score.detach())
        share = None
        if target.index is not None:
            share = float(logits.detach()[0].softmax(0)[target.index])
        subject = Subject(
            config=self.model.config,
            transform=self.model.transform,
            pixels=self.pixels,
            scalar_target=scalar,
            target=target,
            image=image,
            score=score,
            rows=rows,
            watch=watch,
            baseline=self.baseline,
        )
        result = self.row.run(subject, self.options)
        baseline_logit = None
        if result.baselines is not None:
            with torch.no_grad():
                parts = [scalar(some) for some in result.baselines.split(rows)]
            baseline_logit = float(torch.cat(parts).mean())
        return self._explanation(result, target, share, logit, baseline_logit, started)

    def _explanation(
        self,
        result: Result,
        target: Resolved,
        probability: float | None,
        logit: float,
        baseline_logit: float | None,
        started: float,
    ) -> Explanation:
        values = _numbers(result.values)
        if not np.isfinite(values).all():
            raise LabError(
                f"{self.row.title} gives NaN or infinity here: a division by almost zero."
            )
        delta = None
        if result.total is not None:
            delta = result.total - (logit - (baseline_logit or 0.0))
        return Explanation(
            method=self.row.name,
            options=self.options,
            target=target,
            pixels=self.pixels,
            values=values,
            probability=probability,
            logit=logit,
            baseline_logit=baseline_logit,
            delta=delta,
            seconds=time.perf_counter() - started,
        )


def _options(row: Method, options: Config | None) -> Config:
    if options is None:
        return row.options()
    if type(options) is not row.options:
        raise ConfigError("options", type(options).__name__, f"those of {row.title}")
    return options


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    # What PyTorch says on a CPU.
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)


def _numbers(values: Tensor) -> NDArray[np.float32]:
    return _locked(values.detach().float().cpu().contiguous().numpy())


def _check_baseline(model: LoadedModel, baseline: NDArray[np.uint8] | None) -> None:
    """Refuse a picture to compare with that is not of the network's size.

    Raises:
        ConfigError: it is not uint8 (S, S, 3).
    """
    size = model.config.input_size
    if baseline is not None and (baseline.shape != (size, size, 3) or baseline.dtype != np.uint8):
        allowed = f"uint8 {(size, size, 3)}, the input of {model.config.name}"
        raise ConfigError("baseline", f"{baseline.dtype} {baseline.shape}", allowed)


def _prepare(
    model: LoadedModel, picture: Picture | NDArray[np.uint8] | NDArray[np.float32]
) -> tuple[NDArray[np.uint8], Tensor]:
    """What the network sees, as pixels (S, S, 3) and normalised (1, 3, S, S).

    Args:
        model: whose transform is used.
        picture: a photo, pixels uint8 (S, S, 3), or the normalised input, float32 (3, S, S).

    Raises:
        ConfigError: it is of another size, or the network does not take RGB pictures.
    """
    size = model.config.input_size
    if isinstance(picture, np.ndarray) and picture.dtype == np.float32:
        if picture.shape != (3, size, size):
            allowed = f"{(3, size, size)}, the input of {model.config.name}"
            raise ConfigError("picture", picture.shape, allowed)
        batch = torch.from_numpy(picture.copy())[None]
        return _locked(model.transform.denormalise(batch)[0].numpy()), batch
    pixels = pixels_for(model, cast(Picture | NDArray[np.uint8], picture)).copy()
    batch = model.transform.normalise(torch.from_numpy(pixels)[None]).contiguous()
    return _locked(pixels), batch


def _locked(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, which nobody can write through this."""
    view = values.view()
    view.flags.writeable = False
    return view
