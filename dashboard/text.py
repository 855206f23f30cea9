"""Words that came from outside, made safe to show, and numbers made easy to read."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])")
_CODE = re.compile(r"(`[^`\n]+`)")


def plain(text: str) -> str:
    """Escape Markdown, so that a file named ``![x](y)`` is shown and not obeyed.

    A command between backticks stays one: nothing in it is obeyed either.
    """
    parts = _CODE.split(text)
    parts[::2] = [_MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def percent(share: float) -> str:
    """0.9731 as ``97.3 %``; no network is ever wholly sure, so neither 0 nor 100 is shown."""
    if share < 0.001:
        return "< 0.1 %"
    if share > 0.999:
        return "> 99.9 %"
    return f"{share:.1%}".replace("%", " %")


def signed(number: float) -> str:
    """-1.8 as ``−1.80``, with the sign that is as wide as a plus."""
    return f"{number:.2f}".replace("-", "−")


def duration(seconds: float) -> str:
    """0.0042 as ``4.2 ms``."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def counted(number: int, noun: str) -> str:
    """1 as ``1 file``, 1,200 as ``1,200 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
