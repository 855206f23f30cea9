"""What the page of runs has in the address bar."""

from __future__ import annotations

from dashboard.common import visitor
from dashboard.common.visitor import Visitor


def publish(who: Visitor) -> None:
    """Write the choices into the address bar, so that it is a permanent link."""
    more = {"run": who.run}
    if who.epoch:
        more["epoch"] = str(who.epoch)
    if who.compared:
        more["compare"] = ",".join(who.compared)
    visitor.publish(who, **more)
