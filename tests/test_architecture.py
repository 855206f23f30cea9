"""What the house promises about itself, read from its source.

Import contracts between rooms are import-linter's (pyproject.toml); what is here it can't see.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
CORE = sorted((REPOSITORY / "alexnet_core").rglob("*.py"))
DASHBOARD = sorted((REPOSITORY / "dashboard").rglob("*.py"))

REGISTRY_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org")


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(nodes: Iterator[ast.AST]) -> set[str]:
    """The top-level packages that the import statements among ``nodes`` name."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _running_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: all but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            if not _for_types_only(child):
                yield from _running_on_import(child)


def _for_types_only(node: ast.AST) -> bool:
    """Whether ``node`` is ``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _names_used(path: Path) -> set[str]:
    """Every dotted name that the module reads, such as ``torch.load`` or ``picture.normalise``."""
    return {
        ast.unparse(node)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute | ast.Name)
    }


@pytest.mark.parametrize("path", CORE, ids=_name)
def test_the_core_knows_no_screen(path: Path) -> None:
    assert _imports(ast.walk(_tree(path))).isdisjoint({"streamlit", "plotly", "dashboard"})


@pytest.mark.parametrize("path", CORE, ids=_name)
def test_importing_the_core_loads_neither_torchvision_nor_captum(path: Path) -> None:
    """They cost seconds, so the function that needs one imports it."""
    imported = _imports(_running_on_import(_tree(path)))
    assert imported.isdisjoint({"torchvision", "captum"})


@pytest.mark.parametrize("path", DASHBOARD, ids=_name)
def test_the_dashboard_leaves_weights_and_sql_to_the_core(path: Path) -> None:
    imported = _imports(ast.walk(_tree(path)))
    assert imported.isdisjoint({"sqlite3", "sqlalchemy", "safetensors", "torchvision", "captum"})
    used = _names_used(path)
    assert "torch.load" not in used
    assert not {name for name in used if name.endswith((".normalise", ".normalize"))}


@pytest.mark.parametrize("path", [*CORE, *DASHBOARD], ids=_name)
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        assert path.name == "__init__.py"
        return
    assert ast.get_docstring(_tree(path)), "no docstring"


RUN_FOLDER = REPOSITORY / "alexnet_core" / "runs" / "run_folder.py"
RUN_FILES = ("pointers.json", "history.json", "exit.json", "slot.json", "pinned.npz")
RUN_NAMES = ("epoch-", "interrupted-")
RUN_PLACES = ("runs", "checkpoints", "epochs", "result")


def _spells_a_run_file(path: Path) -> bool:
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Constant(value=str(text)) if text in RUN_FILES or text in RUN_NAMES:
                return True
            # The same words are fields and pages elsewhere, so only joined to a path they count.
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str(text))):
                if text in RUN_PLACES:
                    return True
            case ast.Call(args=[ast.Constant(value="runs")]) if "home." in ast.unparse(node.func):
                return True
    return False


def test_only_run_folder_knows_what_lies_in_the_folder_of_a_run() -> None:
    spelling = [_name(path) for path in [*CORE, *DASHBOARD] if _spells_a_run_file(path)]
    assert spelling == ["alexnet_core/runs/run_folder.py"]


def test_the_command_line_starts_without_the_slow_packages() -> None:
    commands = sorted((REPOSITORY / "alexnet_core" / "commands").glob("[a-z]*.py"))
    modules = [f"alexnet_core.commands.{path.stem}" for path in commands]
    code = f"import sys, alexnet_core.cli, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    slow = {"torch", "torchvision", "captum", "streamlit", "plotly", "pandas", "skimage"}
    assert slow.isdisjoint(done.stdout.split())


def _tracked() -> list[Path]:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (REPOSITORY / name for name in listing.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def test_no_tracked_file_names_a_package_registry() -> None:
    """Which mirror a machine installs from is that machine's business."""
    naming = [
        _name(path)
        for path in _tracked()
        if any(host.encode() in path.read_bytes() for host in REGISTRY_HOSTS)
    ]
    assert naming == []


def test_no_lock_file_is_tracked() -> None:
    """uv.lock holds the addresses of one machine's registry; requirements.txt holds none."""
    assert "uv.lock" not in {path.name for path in _tracked()}


def test_requirements_pin_every_package() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert [line for line in packages if "==" not in line] == []
    for name in ("torch", "torchvision", "streamlit", "captum"):
        assert any(line.startswith(f"{name}==") for line in packages)
