"""Words that came from outside, made safe to show, and numbers made easy to read.

dashboard/browser/format.js writes the same texts: one rule for each kind of number.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])")
_CODE = re.compile(r"(`[^`\n]+`)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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


def rate(share: float, digits: int = 1) -> str:
    """0.5 as ``50.0 %``: a share that was counted, such as an accuracy, may be 0 or 100."""
    return f"{share:.{digits}%}".replace("%", " %").replace("-", "−")


def number(value: float | None, *, signed: bool = False) -> str:
    """0.00050012 as ``0.0005``, 1234.5 as ``1,235`` and 0.00005 as ``5 × 10⁻⁵``.

    The one rule for every number that is not counted, here and in ``browser/format.js``: three
    significant digits without trailing zeros, written out from 0.0001 to below a million (then
    with all digits before the point), and as a power of ten beyond.
    """
    if value is None or math.isnan(value):
        return "not a number"
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if size == 0:
        return "0"
    exact = Decimal(size)
    if size < 1e6:
        rounded = _rounded(exact, max(0, 2 - exact.adjusted()))
        if Decimal("0.0001") <= rounded < 1_000_000:
            return sign + _trimmed(f"{rounded:,f}")
    exponent = exact.adjusted()
    mantissa = _rounded(exact.scaleb(-exponent), 2)
    if mantissa == 10:
        mantissa, exponent = Decimal(1), exponent + 1
    return f"{sign}{_trimmed(str(mantissa))} × 10{str(exponent).translate(_RAISED)}"


def _rounded(exact: Decimal, digits: int) -> Decimal:
    """As browsers round: a tie goes up."""
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(number: float) -> str:
    """-1.8 as ``−1.80``, with the sign that is as wide as a plus."""
    return f"{number:.2f}".replace("-", "−")


def duration(seconds: float) -> str:
    """0.0042 as ``4.2 ms``."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def counted(number: int, noun: str) -> str:
    """1 as ``1 file``, 1,200 as ``1,200 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


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
