"""Everything that decides a training run."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.errors import ConfigError
from alexnet_core.models.config import AlexNetConfig


class OptimizerConfig(Config):
    """How weights follow the gradient."""

    name: Literal["sgd", "adam", "adamw", "muon"] = "sgd"
    """SGD with momentum (2012), Adam, Adam with decoupled weight decay, or Muon: SGD whose steps of
    convolutions are made orthogonal (Jordan et al. 2024), for networks with batch normalisation."""

    momentum: float = Field(0.9, ge=0, lt=1)
    """Share of the last step that SGD carries on; too high overshoots, too low crawls."""

    kernel_step: float = Field(0.03, gt=0, le=1)
    """Length of Muon's longest step of a convolution's weights, as a share of their own length; it
    falls and rises with the learning rate. Too long never settles, too short crawls."""

    nesterov: bool = False
    """Look ahead along the momentum before taking the gradient (SGD only)."""

    weight_decay: float = Field(0, ge=0, le=1)
    """Pull of all weights towards zero; 2012 used 0.0005. Too strong and little is learned,
    without it the network sooner learns its pictures by heart."""

    decay_norms_and_biases: bool = True
    """Whether the pull also acts on biases and normalisation; often better left off."""


class ScheduleConfig(Config):
    """How the learning rate changes over the run."""

    name: Literal["constant", "step", "cosine", "one-cycle", "plateau"] = "constant"
    """Constant; divided every few epochs; a half cosine to zero; up, then down to zero; or
    divided whenever the validation loss stops improving (2012)."""

    warmup: float = Field(0.2, gt=0, lt=1)
    """Share of the run that one-cycle spends going up; too short can diverge."""

    every: int = Field(10, ge=1)
    """Epochs between two divisions (step), or without improvement before one (plateau); too few
    end the learning early."""

    factor: float = Field(0.1, gt=0, lt=1)
    """What step and plateau multiply the rate by; 2012 divided by 10."""


class RunConfig(Config):
    """One training run, complete: the same config, data and machine give the same weights."""

    recipe: str = "custom"
    """The recipe this config began as."""

    dataset: str
    """The name of the data set."""

    model: AlexNetConfig
    """The network; its classes are set to the data set's."""

    epochs: int = Field(ge=1, le=10_000)
    """Times the network sees every training picture; too few leave it untrained, too many let it
    learn them by heart."""

    batch_size: int = Field(128, ge=2, le=65_536)
    """Pictures a step; larger is faster but takes fewer steps, and more memory."""

    lr: float = Field(gt=0, le=100)
    """The (highest) learning rate; too high diverges, too low crawls."""

    seed: int = Field(0, ge=0, lt=2**31)
    """Chooses first weights, order, augmentation and dropout."""

    limit: int | None = Field(None, ge=1)
    """Train on the first n pictures of each class only, or on all; few are learned by heart."""

    validation_percent: int = Field(10, ge=0, le=50)
    """Share of the training pictures set apart where the set has no validation split; 0 trains
    on all of them and validates on nothing."""

    optimizer: OptimizerConfig = OptimizerConfig()
    """How weights follow the gradient."""

    schedule: ScheduleConfig = ScheduleConfig()
    """How the learning rate changes."""

    augmentation: Augmentation = Augmentation()
    """What may happen to training pictures."""

    sizes: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field((), max_length=32)
    """Sides of the training pictures in pixels, each for an equal part of the epochs; empty for the
    input size throughout. Small pictures first save time (Tan and Le 2021); too small show little.
    Needs ``model.adaptive_pool``."""

    label_smoothing: float = Field(0, ge=0, lt=1)
    """Share of the target spread over all classes; keeps the network from being too sure, too much
    keeps it from being sure at all."""

    ema_decay: float | None = Field(None, gt=0, lt=1)
    """Validate and keep a running average of the weights with this decay a step, or none. The
    closer to 1, the smoother, and the further behind in a short run."""

    early_stopping: int | None = Field(None, ge=1)
    """Stop after this many epochs without a better validation accuracy, or never; one or two may be
    mere chance."""

    clip_norm: float | None = Field(None, gt=0)
    """Longest allowed gradient, or no limit; saves the weights from one bad batch, too short slows
    every step."""

    device: str = "auto"
    """Where to compute: auto takes a GPU where there is one; cpu, cuda or cuda:N choose."""

    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Numbers used inside the network; auto takes bfloat16 where the hardware has it."""

    compile: bool = False
    """Let torch.compile fuse the network first; up to a minute, worth it on long runs."""

    winograd: bool = False
    """Compute 3 x 3 convolutions with many maps by fewer multiplications (Lavin and Gray 2016):
    faster on a CPU in float32, and rounded otherwise from the sixth digit on."""

    workers: int = Field(2, ge=0, le=64)
    """Reading processes for sets too large for memory."""

    processes: int = Field(1, ge=1, le=16)
    """Processes that share each batch, one a GPU; on a CPU they share its cores. Normalisation
    takes its statistics over each one's part."""

    keep_every: int = Field(1, ge=1)
    """Keep the checkpoint of every n-th epoch, beside the last and the best."""

    keep_gb: float = Field(2, gt=0)
    """Room for a run's checkpoints, in GB; beyond it they are thinned out evenly."""

    start_from: str | None = None
    """A model reference whose weights the run starts from, or none."""

    freeze_features: bool = False
    """Train the fully connected layers only."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.freeze_features and self.start_from is None:
            raise ConfigError(
                "freeze_features", True, "false unless start_from names a model to start from"
            )
        if self.optimizer.nesterov and self.optimizer.momentum == 0:
            raise ConfigError("optimizer.nesterov", True, "false when optimizer.momentum is 0")
        if self.batch_size % self.processes:
            raise ConfigError(
                "processes", self.processes, f"a divisor of batch_size, {self.batch_size}"
            )
        if self.processes > 1 and self.device.startswith("cuda:"):
            raise ConfigError(
                "device", self.device, "auto, cpu or cuda where several processes share a run"
            )
        if self.augmentation.shift >= self.model.input_size:
            raise ConfigError(
                "augmentation.shift", self.augmentation.shift, f"below {self.model.input_size}"
            )
        self._check_sizes()
        return self

    def _check_sizes(self) -> None:
        if not self.sizes:
            return
        if self.model.adaptive_pool is None:
            raise ConfigError(
                "sizes",
                self.sizes,
                "empty where model.adaptive_pool is none: the hidden layers fit one size",
            )
        for size in self.sizes:
            try:
                self.model.replace(input_size=size)
            except ConfigError as error:
                raise ConfigError(
                    "sizes", self.sizes, f"sizes that the network takes; {error}"
                ) from None
        for field in ("shift", "crop_margin", "cutout"):
            if value := getattr(self.augmentation, field):
                raise ConfigError(
                    f"augmentation.{field}", value, "0 where sizes change: it counts pixels"
                )

    def size_of(self, epoch: int) -> int:
        """Side of the training pictures of an epoch, counted from 1, in pixels."""
        if not self.sizes:
            return self.model.input_size
        # Epochs added to a run that goes on keep the last size.
        part = (epoch - 1) * len(self.sizes) // self.epochs
        return self.sizes[min(part, len(self.sizes) - 1)]
