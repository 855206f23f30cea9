"""Which device computes, in which precision, with how many threads, and why."""

from __future__ import annotations

import platform
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch

from alexnet_core import system
from alexnet_core.errors import ConfigError

Precision = Literal["auto", "fp32", "bf16", "fp16"]


@dataclass(frozen=True, kw_only=True)
class ComputePlan:
    """How a network is computed on this machine."""

    device: torch.device
    precision: Literal["fp32", "bf16", "fp16"]
    channels_last: bool
    compiled: bool
    reason: str
    """The device in words, and why this precision."""

    def __str__(self) -> str:
        """The plan in one line, for a person."""
        form = ", channels-last" if self.channels_last else ""
        compiled = ", compiled" if self.compiled else ""
        return f"{self.precision}{form}{compiled} on {self.reason}"

    def autocast(self) -> AbstractContextManager[Any]:
        """A context in which the network computes in the chosen precision."""
        if self.precision == "fp32":
            return nullcontext()
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float16
        return torch.autocast(self.device.type, dtype=dtype)

    def place(self, network: torch.nn.Module) -> None:
        """Move a network to the device, in the chosen memory format."""
        network.to(self.device)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)


def choose(device: str = "auto") -> torch.device:
    """The device of that name; ``auto`` takes a GPU where there is one.

    Raises:
        ConfigError: there is no such device on this machine.
    """
    available = ["cpu"]
    if torch.cuda.is_available():
        available = ["cuda", *(f"cuda:{n}" for n in range(torch.cuda.device_count())), *available]
    if device == "auto":
        return torch.device(available[0])
    if device not in available:
        raise ConfigError("device", device, f"auto, {', '.join(available)}")
    return torch.device(device)


def plan(
    device: str = "auto", precision: Precision = "auto", compiled: bool = False
) -> ComputePlan:
    """Choose precision and memory format by rule.

    The rule: bfloat16 where the hardware multiplies it natively (GPUs from compute capability 8,
    CPUs with AMX or AVX-512 BF16), else float16 on a GPU and float32 on a CPU; channels-last
    always, since convolutions here are faster with it; compilation only on request, since it
    costs up to a minute before the first step.

    Raises:
        ConfigError: there is no such device, or it can't compute in that precision.
    """
    chosen = choose(device)
    if chosen.type == "cuda":
        native = torch.cuda.get_device_capability(chosen)[0] >= 8
        best: Literal["fp32", "bf16", "fp16"] = "bf16" if native else "fp16"
    else:
        native = bf16_is_native_on_cpu()
        best = "bf16" if native else "fp32"
    if precision == "fp16" and chosen.type == "cpu":
        raise ConfigError("precision", precision, "auto, fp32 or bf16 on a CPU")
    return ComputePlan(
        device=chosen,
        precision=best if precision == "auto" else precision,
        channels_last=True,
        compiled=compiled,
        reason=f"{describe(chosen)}; bfloat16 is {'' if native else 'not '}native here",
    )


def bf16_is_native_on_cpu() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AMX or AVX-512 BF16)."""
    flags = torch.cpu.get_capabilities()
    return bool(flags.get("amx_bf16") or flags.get("avx512_bf16"))


def describe(device: torch.device) -> str:
    """The device in words, for cards and pages."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = torch.cpu.get_capabilities().get("cpu_name", platform.machine())
    threads = torch.get_num_threads()
    return f"{name}, {threads} {'thread' if threads == 1 else 'threads'}"


def free_memory(device: torch.device) -> int:
    """Bytes free on the device; for a CPU what the machine can give without swapping."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return system.available_memory()
