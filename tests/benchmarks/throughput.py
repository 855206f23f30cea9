"""Training throughput on CIFAR-10, the same network and batch: ours against the usual tutorial.

    uv run python tests/benchmarks/throughput.py

Needs the data set ``cifar10``. Three contestants take turns: the tutorial (decoded pictures, a
DataLoader with two workers, per-picture transforms, float32), ours as `auto` chooses, and ours
with torch.compile.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from measure import endless, interleave, report, summary
from tutorial import Decoded, cifar_transform, loader, step

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.split_batches import load_split
from alexnet_core.data.transforms import Transform
from alexnet_core.models.alexnet import build
from alexnet_core.training import recipes
from alexnet_core.training.learner import Learner

BATCH = 128


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipe", default="cifar10-gfg", help="whose network is trained")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15)
    wanted = parser.parse_args()
    config = recipes.get(wanted.recipe).replace(
        batch_size=BATCH, precision="auto", augmentation={"shift": 4, "flip": True}
    )
    dataset = datasets.open("cifar10")

    def rounds_of(one_step: Callable[[], None]) -> Callable[[], int]:
        def work() -> int:
            for _ in range(wanted.steps):
                one_step()
            return wanted.steps * BATCH

        return work

    def tutorial() -> Callable[[], None]:
        network = build(config.model, 0).to(devices.choose()).train()
        optimizer = torch.optim.Adam(network.parameters(), config.lr)
        batches = loader(Decoded(dataset, "train", cifar_transform(dataset)), BATCH)
        following = endless(lambda epoch: batches)
        return lambda: step(network, optimizer, *following())

    def ours(compiled: bool) -> Callable[[], None]:
        plan = devices.plan("auto", "auto", compiled)
        transform = Transform(input_size=32, mean=dataset.card.mean, std=dataset.card.std)
        batches = load_split(
            dataset,
            "train",
            transform,
            augmentation=config.augmentation,
            batch_size=BATCH,
            device=plan.device,
        )
        learner = Learner(build(config.model, 0), config, plan, len(batches))
        learner.train_mode()
        following = endless(batches.epoch)

        def one_step() -> None:
            learner.learn(following())

        return one_step

    contestants = {
        "tutorial": rounds_of(tutorial()),
        "ours": rounds_of(ours(compiled=False)),
        "ours_compiled": rounds_of(ours(compiled=True)),
    }
    speeds = interleave(contestants, wanted.rounds, warm_up=2)
    report(
        "throughput",
        {
            "network": config.model.name,
            "batch": BATCH,
            "images_per_second": summary(speeds, "tutorial"),
        },
    )


if __name__ == "__main__":
    main()
