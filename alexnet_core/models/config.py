"""Every switch of the AlexNet family."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError, ImpossibleShapeError, UnknownNameError
from alexnet_core.models.layers import LayerKind, LayerSpec, slide

Positive = Annotated[int, Field(ge=1, le=65_536)]
Five = tuple[Positive, Positive, Positive, Positive, Positive]
Padding = Annotated[int, Field(ge=0, le=64)]
Paddings = tuple[Padding, Padding, Padding, Padding, Padding]
ConvNumber = Annotated[int, Field(ge=1, le=5)]

LARGEST_INPUT = 1024
"""Side of the largest input in pixels."""

TOWERED_CONVS = (2, 4, 5)
"""The convolutions that see only their own tower's maps (2012, section 3.5)."""


class AlexNetConfig(Config):
    """One network of the family: five convolutions, then hidden layers, then the classes.

    The defaults are the network of 2012 (Krizhevsky, Sutskever, Hinton). A config that can't be
    built is refused when it is made.

    Raises:
        ImpossibleShapeError: a layer would have no pixels left; names it and the smallest input.
        ConfigError: any other field that is not allowed.
    """

    name: str = "custom"
    """What this network is called in lists and cards."""

    input_size: int = Field(227, ge=1, le=LARGEST_INPUT)
    """Side of the square input in pixels; more shows finer detail and costs its square."""

    in_channels: int = Field(3, ge=1, le=16)
    """Colour planes of the input: 3 for RGB."""

    num_classes: int = Field(1000, ge=2, le=100_000)
    """How many answers the network chooses from."""

    conv_channels: Five = (96, 256, 384, 384, 256)
    """Filters of conv1 to conv5: how many features each looks for; few miss some, many are slow."""

    conv_kernels: Five = (11, 5, 3, 3, 3)
    """Side of the square kernels of conv1 to conv5 in pixels of their input."""

    conv_strides: Five = (4, 1, 1, 1, 1)
    """Step of the kernels of conv1 to conv5; 4 makes the map a quarter as wide."""

    conv_paddings: Paddings = (0, 2, 1, 1, 1)
    """Zeros added around the input of conv1 to conv5; too few shrink the maps."""

    towers: Literal[1, 2] = 2
    """2 splits conv2, conv4 and conv5 in two halves that do not see each other (section 3.5)."""

    pool_after: tuple[ConvNumber, ...] = (1, 2, 5)
    """The convolutions that a max pooling follows."""

    pool_kernel: int = Field(3, ge=1, le=16)
    """Side of a pooling window; larger than the stride makes windows overlap (section 3.4)."""

    pool_stride: int = Field(2, ge=1, le=16)
    """Step of the pooling window."""

    pool_padding: int = Field(0, ge=0, le=8)
    """Border added before pooling; at most half the window."""

    adaptive_pool: int | None = Field(None, ge=1, le=64)
    """Average the last maps to this side whatever the input size (torchvision does), or none."""

    activation: Literal["relu", "tanh"] = "relu"
    """The non-linearity; ReLU trains several times faster (section 3.1)."""

    norm: Literal["none", "lrn", "batch"] = "lrn"
    """Local response normalisation of 2012, batch normalisation, or none."""

    norm_after: tuple[ConvNumber, ...] = (1, 2)
    """The convolutions that a normalisation follows."""

    norm_position: Literal["before_activation", "after_activation", "after_pool"] = (
        "after_activation"
    )
    """Where in its block a normalisation stands."""

    hidden_sizes: tuple[Positive, ...] = Field((4096, 4096), min_length=1, max_length=4)
    """Neurons of the hidden layers fc6, fc7, ...; most parameters of 2012 sit here, and most of the
    learning by heart."""

    hidden_norm: Literal["none", "before_activation", "after_dropout"] = "none"
    """Where batch normalisation stands in the hidden layers, if anywhere."""

    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of hidden neurons silenced at each training step (section 4.2); 0 for none. Too little
    learns by heart, too much learns slowly."""

    dropout_position: Literal["before_linear", "after_activation"] = "after_activation"
    """Silence the input of each hidden layer (torchvision) or its output (2012)."""

    lrn_size: int = Field(5, ge=1, le=255)
    """n: how many neighbouring maps a response is weighed against."""

    lrn_alpha: float = Field(1e-4, gt=0)
    """alpha of the paper, which multiplies the sum over the n maps (PyTorch: the mean)."""

    lrn_beta: float = Field(0.75, gt=0)
    """beta: the exponent."""

    lrn_k: float = Field(2.0, gt=0)
    """k: what the sum is added to."""

    batch_norm_eps: float = Field(1e-5, gt=0)
    """Added to the variance so that no division by zero happens."""

    batch_norm_momentum: float = Field(0.1, gt=0, le=1)
    """Weight of the newest batch in the running mean and variance (Keras states 1 minus this)."""

    initialisation: Literal["paper-2012", "glorot", "he", "torch"] = "paper-2012"
    """How weights start: N(0, 0.01) with some biases 1, or a named later scheme."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.pool_padding * 2 > self.pool_kernel:
            allowed = f"at most half of pool_kernel, which is {self.pool_kernel}"
            raise ConfigError("pool_padding", self.pool_padding, allowed)
        for field in ("pool_after", "norm_after"):
            numbers = getattr(self, field)
            if list(numbers) != sorted(set(numbers)):
                raise ConfigError(field, numbers, "each convolution once, in rising order")
        self._check_towers()
        lost = self._lost_layer(self.input_size)
        if lost is not None:
            sizes = range(self.input_size + 1, LARGEST_INPUT + 1)
            smallest = next((size for size in sizes if self._lost_layer(size) is None), None)
            if smallest is None:
                allowed = f"no size up to {LARGEST_INPUT}, because {lost} would have no pixels left"
                raise ConfigError("input_size", self.input_size, allowed)
            raise ImpossibleShapeError(self.input_size, lost, smallest)
        return self

    def _check_towers(self) -> None:
        for number in TOWERED_CONVS if self.towers == 2 else ():
            if any(width % 2 for width in self.conv_channels[number - 2 : number]):
                allowed = f"even numbers where two towers split (conv{number - 1}, conv{number})"
                raise ConfigError("conv_channels", self.conv_channels, allowed)

    def _lost_layer(self, size: int) -> str | None:
        """The first layer without a pixel at this input size."""
        for number in range(1, 6):
            size = slide(size, *self._conv_geometry(number))
            if size < 1:
                return f"conv{number}"
            if number in self.pool_after:
                size = slide(size, self.pool_kernel, self.pool_stride, self.pool_padding)
                if size < 1:
                    return f"pool{number}"
        return None

    def _conv_geometry(self, number: int) -> tuple[int, int, int]:
        at = number - 1
        return self.conv_kernels[at], self.conv_strides[at], self.conv_paddings[at]

    def layers(self) -> tuple[LayerSpec, ...]:
        """Every layer in forward order, named as the field names it: conv1, relu1, norm1, ..."""
        found: list[LayerSpec] = []
        shape: tuple[int, ...] = (self.in_channels, self.input_size, self.input_size)
        for number in range(1, 6):
            for spec in self._block(number, shape):
                found.append(spec)
                shape = spec.out_shape
        if self.adaptive_pool is not None:
            side = self.adaptive_pool
            pooled = (shape[0], side, side)
            found.append(LayerSpec("avgpool", "adaptive_avg_pool", shape, pooled))
            shape = pooled
        features = (shape[0] * shape[1] * shape[2],)
        found.append(LayerSpec("flatten", "flatten", shape, features))
        return (*found, *self._classifier(features))

    def layer(self, name: str) -> LayerSpec:
        """One layer by its name.

        Raises:
            UnknownNameError: the network has no such layer.
        """
        specs = {spec.name: spec for spec in self.layers()}
        if name not in specs:
            raise UnknownNameError("layer", name, specs)
        return specs[name]

    def _block(self, number: int, shape: tuple[int, ...]) -> list[LayerSpec]:
        kernel, stride, padding = self._conv_geometry(number)
        side = slide(shape[1], kernel, stride, padding)
        maps = (self.conv_channels[number - 1], side, side)
        groups = self.towers if number in TOWERED_CONVS else 1
        conv = LayerSpec(f"conv{number}", "conv", shape, maps, kernel, stride, padding, groups)
        activation = LayerSpec(f"{self.activation}{number}", "activation", maps, maps)
        block = [conv, activation]
        if number in self.pool_after:
            geometry = (self.pool_kernel, self.pool_stride, self.pool_padding)
            small = (maps[0], slide(side, *geometry), slide(side, *geometry))
            block.append(LayerSpec(f"pool{number}", "max_pool", maps, small, *geometry))
        if self.norm != "none" and number in self.norm_after:
            at = {"before_activation": 1, "after_activation": 2, "after_pool": len(block)}
            position = at[self.norm_position]
            kind: LayerKind = "lrn" if self.norm == "lrn" else "batch_norm"
            before = block[position - 1].out_shape
            block.insert(position, LayerSpec(f"norm{number}", kind, before, before))
        return block

    def _classifier(self, features: tuple[int, ...]) -> list[LayerSpec]:
        found: list[LayerSpec] = []
        for number, size in enumerate(self.hidden_sizes, start=6):
            hidden = (size,)
            dropout_shape = features if self.dropout_position == "before_linear" else hidden
            dropout = LayerSpec(f"drop{number}", "dropout", dropout_shape, dropout_shape)
            norm = LayerSpec(f"norm{number}", "batch_norm", hidden, hidden)
            if self.dropout_position == "before_linear":
                found.append(dropout)
            found.append(LayerSpec(f"fc{number}", "linear", features, hidden))
            if self.hidden_norm == "before_activation":
                found.append(norm)
            found.append(LayerSpec(f"{self.activation}{number}", "activation", hidden, hidden))
            if self.dropout_position == "after_activation":
                found.append(dropout)
            if self.hidden_norm == "after_dropout":
                found.append(norm)
            features = hidden
        last = 6 + len(self.hidden_sizes)
        return [*found, LayerSpec(f"fc{last}", "linear", features, (self.num_classes,))]
