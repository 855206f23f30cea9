"""The lines of Python for pictures without content, one or many."""

from __future__ import annotations

from typing import Any

_BASELINES = {
    "mean": "baseline = torch.zeros_like(picture)  # normalised, the mean colour is zero\n",
    "black": "baseline = normalised(np.zeros_like(pixels)[None])\n",
    "blur": """\
blur = ImageFilter.GaussianBlur(len(pixels) / 16)
baseline = normalised(np.asarray(Image.fromarray(pixels).filter(blur))[None])
""",
    "noise": """\
random = np.random.default_rng({seed})
baseline = normalised(random.integers(0, 256, (1, *pixels.shape), np.uint8))
""",
}

_REFERENCES = {
    "noise": """\
random = np.random.default_rng({seed})
references = normalised(random.integers(0, 256, ({count}, *pixels.shape), np.uint8))
""",
    "grey": """\
greys = np.linspace(0, 255, {count}).round()
references = normalised(np.stack([np.full_like(pixels, grey) for grey in greys]))
""",
    "blur": """\
radii = (len(pixels) * 2 ** np.linspace(-5, -2, {count})).tolist()
blurs = [Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(one)) for one in radii]
references = normalised(np.stack([np.asarray(blur) for blur in blurs]))
""",
}


def baseline(options: Any) -> str:
    """That make ``baseline``, as the options of a method that compares or covers say."""
    kind = getattr(options, "baseline", None) or options.fill
    return _BASELINES[kind].format(seed=options.seed)


def references(options: Any) -> str:
    """That make ``references``, as the options of a method that compares with many say."""
    return _REFERENCES[options.references].format(seed=options.seed, count=options.count)
