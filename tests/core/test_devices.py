from __future__ import annotations

import pytest
import torch

from alexnet_core import devices
from alexnet_core.errors import ConfigError


def test_auto_takes_what_is_there():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert devices.choose().type == expected


def test_a_device_that_is_not_there_lists_those_that_are():
    with pytest.raises(ConfigError, match=r"device is 'cuda:99'; allowed: auto,.*cpu"):
        devices.choose("cuda:99")


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_cpu_computes_bfloat16_only_where_it_is_native(monkeypatch, native, precision):
    monkeypatch.setattr(devices, "bf16_is_native_on_cpu", lambda: native)
    plan = devices.plan("cpu")
    assert plan.precision == precision
    assert ("not native" in plan.reason) is not native
    assert str(plan).startswith(f"{precision}, channels-last on ")


def test_float16_is_refused_on_a_cpu():
    with pytest.raises(ConfigError, match="precision is 'fp16'"):
        devices.plan("cpu", "fp16")


def test_free_memory_is_between_nothing_and_everything():
    assert 2**20 < devices.free_memory(torch.device("cpu")) < 2**50
