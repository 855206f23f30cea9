"""Times and sizes as people say them."""

from __future__ import annotations


def span(seconds: float) -> str:
    """75 as ``1 min 15 s``; rounded as an estimate deserves."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 600:
        minutes, rest = divmod(5 * round(seconds / 5), 60)
        return f"{minutes:.0f} min {rest:.0f} s" if rest else f"{minutes:.0f} min"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        hours, rest = divmod(300 * round(seconds / 300), 3600)
        return f"{hours:.0f} h {rest / 60:.0f} min" if rest else f"{hours:.0f} h"
    return f"{seconds / 86_400:.1f} days"


def memory_size(count: float) -> str:
    """Bytes: 1_300_000_000 as ``1.3 GB``."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def many(count: float) -> str:
    """61_100_840 as ``61.1 million``."""
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= size:
            many_of = count / size
            return f"{many_of:,.0f} {name}" if many_of >= 999.5 else f"{many_of:.3g} {name}"
    return f"{count:,.0f}"
