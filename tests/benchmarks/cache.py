"""`alexnet-owt` at 224: training from the decoded cache, from JPEGs, and on random tensors.

    uv run python tests/benchmarks/cache.py --dataset flowers17

Three contestants take turns: the bare training step on one random batch, the same step fed from
the decoded cache with flip and crop, and fed by a DataLoader that decodes JPEGs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import torch
from measure import endless, interleave, report, summary
from torchvision.transforms import v2
from tutorial import Pictures, loader

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import Batch
from alexnet_core.data.split_batches import load_split
from alexnet_core.data.transforms import Transform
from alexnet_core.models import variants
from alexnet_core.models.alexnet import build
from alexnet_core.training import recipes
from alexnet_core.training.learner import Learner


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", default="flowers17")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3)
    wanted = parser.parse_args()
    dataset = datasets.open(wanted.dataset)
    plan = devices.plan()
    augmentation = Augmentation(crop_margin=32, flip=True)
    model = variants.get("alexnet-owt", num_classes=len(dataset.card.classes)).config
    config = recipes.get("paper-2012").replace(
        model=model, batch_size=wanted.batch, augmentation=augmentation
    )
    transform = Transform(input_size=224, resize=256, mean=dataset.card.mean, std=dataset.card.std)
    cached = load_split(
        dataset,
        "train",
        transform,
        augmentation=augmentation,
        batch_size=wanted.batch,
        device=plan.device,
    )
    per_picture = v2.Compose(
        [
            v2.Resize(256),
            v2.RandomCrop(224),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(dataset.card.mean, dataset.card.std),
        ]
    )
    decoding = loader(Pictures(dataset, "train", per_picture), wanted.batch)
    images = torch.randn(wanted.batch, 3, 224, 224, device=plan.device)
    random = Batch(
        images.contiguous(memory_format=torch.channels_last),
        torch.randint(0, model.num_classes, (wanted.batch,), device=plan.device),
    )
    learner = Learner(build(model, 0), config, plan, len(cached))
    learner.train_mode()

    def fed_by(following: Callable[[], Any]) -> Callable[[], int]:
        def work() -> int:
            for _ in range(wanted.steps):
                batch = Batch(*following())
                learner.learn(Batch(batch.images.to(plan.device), batch.labels.to(plan.device)))
            return wanted.steps * wanted.batch

        return work

    contestants = {
        "bare_step": fed_by(lambda: random),
        "cache": fed_by(endless(cached.epoch)),
        "jpeg": fed_by(endless(lambda epoch: decoding)),
    }
    speeds = interleave(contestants, wanted.rounds)
    report(
        "cache",
        {
            "network": model.name,
            "batch": wanted.batch,
            "images_per_second": summary(speeds, "bare_step"),
        },
    )


if __name__ == "__main__":
    main()
