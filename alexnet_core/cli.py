"""The command line: ``alexnet-lab``.

Without a command it opens the lab in a browser. Standard output carries the result alone, as
text or with ``--json`` as one JSON document; progress and errors go to standard error. The exit
code is 2 for bad arguments, 1 for a failure, 130 after Ctrl-C, else 0.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from alexnet_core.commands import output
from alexnet_core.errors import ConfigError, LabError

BAD_ARGUMENTS, FAILURE, INTERRUPTED = 2, 1, 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_ARGUMENTS, f"{message[:1].upper()}{message[1:]} (see {self.prog} --help).\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    output.forgive_signs()
    wanted = _parser().parse_args(arguments)
    # Each command's module is imported only now: most need torch, listing and help do not.
    module, _, function = wanted.command.partition(":")
    try:
        command = getattr(importlib.import_module(f"alexnet_core.commands.{module}"), function)
        return int(command(wanted))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_ARGUMENTS
    except LabError as error:
        print(error, file=sys.stderr)
        return FAILURE
    except BrokenPipeError:
        # Whoever read our output has seen enough; there is nobody left to tell.
        sys.stderr.close()
        return FAILURE
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="alexnet-lab", description="AlexNet: train it, open it, ask it why.")
    parser.set_defaults(command="lab:open_lab", port=None, headless=False, folder=None)
    commands = parser.add_subparsers(title="commands", parser_class=_Parser)

    opening = commands.add_parser("open", help="open the lab in a browser (what no command does)")
    opening.add_argument("--port", type=int, help="port of the page (default: the next free one)")
    opening.add_argument("--headless", action="store_true", help="serve only, open no browser")
    opening.add_argument(
        "--folder",
        metavar="PATH",
        action="append",
        help="visitors from other machines may import what lies below; may be given many times",
    )

    _add(commands, "models", "models:models", "list the variants of the family")
    describe = _add(commands, "describe", "models:describe", "every layer of a variant")
    describe.add_argument("variant", metavar="VARIANT")

    data = commands.add_parser("data", help="list, import and show data sets")
    data_commands = data.add_subparsers(title="commands", required=True, parser_class=_Parser)
    _add(data_commands, "list", "data:listing", "data sets, here and known")
    show = _add(data_commands, "show", "data:show", "what a data set holds")
    show.add_argument("name", metavar="NAME")
    fetch = _add(data_commands, "download", "data:download", "fetch a known data set")
    fetch.add_argument("name", metavar="NAME")
    bring = _add(data_commands, "import", "data:bring", "turn a folder or ZIP into a data set")
    bring.add_argument("source", metavar="FOLDER|ZIP")
    bring.add_argument("--name", help="what to call it (default: the file's own name)")
    bring.add_argument(
        "--percent",
        metavar="TRAIN,VAL,TEST",
        default="80,10,10",
        help="split for pictures that come without one (default: %(default)s)",
    )
    bring.add_argument("--seed", type=int, default=0, help="of the split (default: 0)")
    bring.add_argument("--replace", action="store_true", help="replace a set of that name")

    train = _add(commands, "train", "train:train", "train a network")
    train.add_argument("--recipe", metavar="R", help="where every setting comes from")
    train.add_argument("--dataset", metavar="D", help="data set (default: the recipe's)")
    train.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help="change a setting: epochs=3, lr=0.05, model.dropout=0.3; may be given many times",
    )
    train.add_argument("--resume", metavar="RUN", help="go on with a stopped run")
    train.add_argument("--detach", action="store_true", help="print the run's name and return")
    _add_runs(commands)

    evaluate = _add(
        commands, "evaluate", "evaluation:evaluate", "accuracy of a model on a data set"
    )
    evaluate.add_argument("--model", metavar="REF", required=True, help="such as bundled:cifar10")
    evaluate.add_argument("--dataset", metavar="D", required=True)
    evaluate.add_argument("--split", choices=("train", "val", "test"), default="test")

    classify = _add(commands, "classify", "evaluation:classify", "what a model sees in pictures")
    classify.add_argument("files", metavar="FILE", nargs="+")
    classify.add_argument("--model", metavar="REF", default="bundled:cifar10")
    classify.add_argument("--top", type=int, default=5, help="answers a picture (default: 5)")

    _add_inspection(commands)
    _add_explanation(commands)
    _add_report(commands)

    weights = commands.add_parser("weights", help="fetch or import torchvision's ImageNet weights")
    weights_commands = weights.add_subparsers(title="commands", required=True, parser_class=_Parser)
    _add(weights_commands, "download", "models:download_weights", "fetch them, checked by hash")
    local = _add(weights_commands, "import", "models:import_weights", "take them from a file")
    local.add_argument("file", metavar="FILE")
    return parser


def _add_inspection(commands: argparse._SubParsersAction[_Parser]) -> None:
    layers = _add(commands, "layers", "inspection:layers", "what a layer gives for a photo")
    layers.add_argument("photo", metavar="PHOTO")
    units = _add(commands, "units", "inspection:units", "the pictures that excite a unit most")
    units.add_argument("--dataset", metavar="D", required=True)
    units.add_argument("--split", choices=("train", "val", "test"), default="test")
    units.add_argument("--unit", metavar="N", type=int, required=True, help="counted from 0")
    units.add_argument("--top", type=int, default=9, help="patches, at most 16 (default: 9)")
    for command in (layers, units):
        command.add_argument("--model", metavar="REF", required=True, help="as bundled:cifar10")
        command.add_argument("--layer", metavar="L", required=True, help="such as conv2")
        command.add_argument("--out", metavar="FILE.png", required=True, help="picture to write")


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    about = "which explanations can be believed: methods compared over many pictures"
    report = _add(commands, "explain-report", "explain_report:report", about)
    report.add_argument("--model", metavar="REF", required=True, help="as bundled:cifar10")
    report.add_argument("--dataset", metavar="D", required=True)
    report.add_argument("--split", choices=("train", "val", "test"), default="test")
    report.add_argument("--n", type=int, default=200, help="pictures (default: 200)")
    report.add_argument(
        "--methods",
        metavar="M,M",
        default="",
        help="such as saliency,grad-cam (default: all that need few passes a map)",
    )


def _add_explanation(commands: argparse._SubParsersAction[_Parser]) -> None:
    explain = _add(commands, "explain", "explanation:explain", "why a model answers as it does")
    explain.add_argument("photo", metavar="PHOTO")
    explain.add_argument("--model", metavar="REF", required=True, help="as bundled:cifar10")
    explain.add_argument(
        "--method",
        metavar="M",
        default="integrated-gradients",
        help="how; `alexnet-lab methods` lists them (default: %(default)s)",
    )
    explain.add_argument("--target", metavar="CLASS", help="name or number (default: predicted)")
    explain.add_argument("--against", metavar="CLASS", help="why the target and not this one")
    explain.add_argument("--unit", metavar="LAYER:N", help="ask about a unit, not a class")
    explain.add_argument("--set", metavar="FIELD=VALUE", action="append", default=[])
    explain.add_argument("--out", metavar="FILE.png", help="picture to write")
    explain.add_argument(
        "--style",
        choices=("overlay", "signed", "absolute", "contour"),
        default="overlay",
        help="of the picture (default: %(default)s)",
    )
    explain.add_argument("--npz", metavar="FILE.npz", help="file for the raw numbers")
    _add(commands, "methods", "explanation:methods", "list the methods of explain")


def _add_runs(commands: argparse._SubParsersAction[_Parser]) -> None:
    _add(commands, "runs", "runs:listing", "list all runs, the newest first")
    one = {
        "show": ("runs:show", "one run with its config"),
        "metrics": ("runs:metrics", "every figure of a run as CSV"),
        "watch": ("runs:watch", "follow a run; Ctrl-C leaves it alone"),
        "stop": ("runs:steer", "save and end a run"),
        "pause": ("runs:steer", "save a run and free its place"),
        "resume": ("runs:steer", "go on with a paused, stopped or failed run"),
        "delete": ("runs:steer", "forget a run with its checkpoints"),
        "edit": ("runs:edit", "change lr, epochs or early_stopping while a run goes on"),
        "clone": ("runs:clone", "a new run like this one, or one that goes on from its epoch"),
        "export": ("runs:export", "a ZIP of the network, its figures and a script"),
    }
    added = {name: _add(commands, name, *about) for name, about in one.items()}
    for name, command in added.items():
        command.add_argument("run", metavar="RUN")
        command.set_defaults(verb=name)
    added["metrics"].add_argument("--csv", action="store_true", help="CSV, which is the default")
    added["delete"].add_argument("--yes", action="store_true", help="do not ask")
    added["clone"].add_argument("--epoch", type=int, help="go on from this epoch's checkpoint")
    added["export"].add_argument("out", metavar="OUT")
    added["export"].add_argument(
        "--tensorboard", action="store_true", help="event files into the folder OUT instead"
    )
    for name in ("edit", "clone"):
        added[name].add_argument("--set", metavar="FIELD=VALUE", action="append", default=[])
    agent = _add(commands, "agent", "runs:agent", "start queued runs until there are none")
    agent.add_argument("--stop", action="store_true", help="end the agent; its runs go on")


def _add(
    commands: argparse._SubParsersAction[_Parser], name: str, function: str, about: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about, description=about[:1].upper() + about[1:] + ".")
    command.set_defaults(command=function)
    command.add_argument("--json", action="store_true", help="print one JSON document")
    return command


if __name__ == "__main__":
    sys.exit(main())
