"""The wheel works where no checkout is: its command classifies a photo with what it carries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import skimage

REPOSITORY = Path(__file__).resolve().parent.parent


def _run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command to its end; a failure shows what it wrote."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # hatchling is one of the development packages, so the build needs no network.
    folder = tmp_path_factory.mktemp("dist")
    build = ["uv", "build", "--wheel", "--offline", "--no-build-isolation"]
    _run(*build, "--python", sys.executable, "--out-dir", folder, cwd=REPOSITORY)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a new environment that holds the wheel.

    Its other packages are those of the environment that runs the tests, by one line in a .pth
    file: a second PyTorch is 5 GB, and a machine without internet could not fetch it. Python
    reads no .pth file in a folder that a .pth file names, so the editable install of this
    checkout, which is one, stays out of the new environment.
    """
    folder = tmp_path_factory.mktemp("environment")
    _run("uv", "venv", "--offline", "--no-project", "--python", sys.executable, folder, cwd=folder)
    paths = {"base": str(folder), "platbase": str(folder)}
    commands = Path(sysconfig.get_path("scripts", vars=paths))
    python = commands / Path(sys.executable).name
    _run("uv", "pip", "install", "--offline", "--no-deps", "--python", python, wheel, cwd=folder)
    packages = Path(sysconfig.get_path("purelib", vars=paths))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return commands


@pytest.fixture
def bare(home: Path) -> dict[str, str]:
    """The environment variables of a shell that has never heard of the checkout."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"ALEXNET_LAB_HOME": str(home)}


def test_wheel_carries_the_trained_network_and_the_settings(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        "alexnet_core/assets/models/cifar10/weights.safetensors",
        "alexnet_core/assets/models/cifar10/card.json",
        "dashboard/app.py",
        "dashboard/.streamlit/config.toml",
    } <= names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {
        "alexnet_core",
        "dashboard",
    }


def test_installed_wheel_imports_nothing_from_the_checkout(
    scripts: Path, tmp_path: Path, bare: dict[str, str]
) -> None:
    code = "import alexnet_core, dashboard; print(alexnet_core.__file__, dashboard.__file__)"
    python = scripts / Path(sys.executable).name
    for path in _run(python, "-c", code, cwd=tmp_path, env=bare).split():
        assert Path(path).is_relative_to(scripts.parent)


def test_installed_wheel_classifies_a_photo(
    scripts: Path, tmp_path: Path, bare: dict[str, str]
) -> None:
    photo = Path(skimage.__file__).parent / "data" / "astronaut.png"
    command = [scripts / "alexnet-lab", "classify", photo, "--model", "bundled:cifar10"]
    answer = json.loads(_run(*command, "--top", "3", "--json", cwd=tmp_path, env=bare))
    (entry,) = answer
    assert entry["file"] == str(photo)
    probabilities = [prediction["probability"] for prediction in entry["predictions"]]
    assert len(probabilities) == 3
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 < sum(probabilities) <= 1.0001
    assert all(prediction["label"] for prediction in entry["predictions"])
