"""README.md and CONTRIBUTING.md against the source: what a reader is told is there, and whole."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alexnet_core import cli

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")

# Every command has them; one sentence says so.
SHARED_OPTIONS = {"-h", "--help", "--json"}
ROOMS = ("alexnet_core", "dashboard", "assets", "tests", "findings", "deploy", ".ci")


def _commands(parser: argparse.ArgumentParser, words: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each command as it is typed, with its options."""
    inner = [action for action in parser._actions if hasattr(action, "add_parser")]
    for action in inner:
        for name, command in action.choices.items():
            yield from _commands(command, f"{words} {name}".strip())
    if not inner:
        yield words, {option for action in parser._actions for option in action.option_strings}


COMMANDS = dict(_commands(cli._parser()))


def _rows(heading: str) -> list[str]:
    """The lines of the tables under a heading of the README."""
    _, _, below = README.partition(f"\n## {heading}\n")
    assert below, f"no heading {heading!r}"
    section = re.split(r"^## ", below, maxsplit=1, flags=re.MULTILINE)[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def _told(command: str) -> str:
    """The rows about a command: those whose first cell names it in code."""
    found = []
    for row in _rows("The command line"):
        first = re.split(r"(?<!\\)\|", row)[1]
        named = [code.removeprefix("alexnet-lab ") for code in re.findall(r"`([^`]+)`", first)]
        if any(f"{code} ".startswith(f"{command} ") for code in named):
            found.append(row)
    return "\n".join(found)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_in_the_readme(command: str) -> None:
    row = _told(command)
    assert row, f"no row for `alexnet-lab {command}`"
    told = set(re.findall(r"--[a-z-]+", row))
    assert COMMANDS[command] - SHARED_OPTIONS <= told
    # Nor does it promise one that is not there.
    assert told <= set().union(*COMMANDS.values())


def _variables(*rooms: str) -> set[str]:
    """The environment variables of ours that the files in these rooms name."""
    files = (path for room in rooms for path in (REPOSITORY / room).rglob("*") if path.is_file())
    found = set()
    for path in files:
        if path.suffix in ("", ".py", ".js", ".toml", ".sh"):
            found |= set(re.findall(rb"ALEXNET_LAB_[A-Z_]*[A-Z]", path.read_bytes()))
    return {name.decode() for name in found}


def test_every_environment_variable_is_in_the_readme() -> None:
    table = "\n".join(_rows("Environment variables"))
    assert {
        name for name in _variables("alexnet_core", "dashboard") if f"`{name}`" not in table
    } == set()


def test_every_environment_variable_of_the_tests_is_told() -> None:
    told = README + CONTRIBUTING
    assert {name for name in _variables("tests", ".ci") if f"`{name}" not in told} == set()


def test_every_route_is_in_the_readme() -> None:
    from dashboard.app import app

    table = "\n".join(_rows("Addresses"))
    paths = {route.path for route in app._user_routes}
    assert paths
    assert {path for path in paths if f"`{path}`" not in table} == set()


def test_every_page_is_in_the_readme() -> None:
    """By its address in a table, and by its title in the tour."""
    router = REPOSITORY / "dashboard" / "server" / "router.py"
    table = "\n".join(_rows("Addresses"))
    pages = [
        {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
        for call in ast.walk(ast.parse(router.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "st.Page"
    ]
    assert len(pages) == len(list((REPOSITORY / "dashboard" / "pages").glob("*/page.py")))
    for page in pages:
        assert f"`/{page.get('url_path', '')}`" in table
        assert f"**{page['title']}**" in README


def test_every_path_that_is_named_is_there() -> None:
    missing = []
    for text in (README, CONTRIBUTING):
        for code in re.findall(r"`([^`\n]+)`", text):
            path = code.strip("/")
            if path.split("/")[0] not in ROOMS or "/" not in path or " " in path:
                continue
            # NAME and the like stand for what a reader chooses.
            pattern = re.sub(r"\b[A-Z]{2,}\b", "*", path)
            if not list(REPOSITORY.glob(pattern)):
                missing.append(code)
    assert missing == []


def _tree(text: str) -> Iterator[str]:
    """The paths that the drawing of the tree names."""
    _, _, below = text.partition("\n## The tree\n")
    parents: list[str] = []
    for line in below.split("```")[1].splitlines():
        found = re.match(r"( *)((?:[\w.*-]+/?)(?:, [\w.*-]+/?)*)(?:  |$)", line)
        # Deeper lines go on with the sentence of the one above.
        if found is None or len(found[1]) > 2:
            continue
        parents = [] if not found[1] else parents
        names = found[2].split(", ")
        for name in names:
            yield "/".join([*parents, name.strip("/")])
        if not found[1]:
            parents = [names[0].strip("/")]


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = list(_tree(README))
    assert [path for path in drawn if not (REPOSITORY / path).exists()] == []
    for room in ("alexnet_core", "dashboard"):
        there = {
            f"{room}/{path.name}"
            for path in (REPOSITORY / room).iterdir()
            if not path.name.startswith("__") and path.suffix in ("", ".py")
        }
        assert there - set(drawn) == set()
