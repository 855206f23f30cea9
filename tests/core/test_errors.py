from __future__ import annotations

import inspect

from alexnet_core import errors


def test_the_tree_in_the_docstring_is_the_tree_of_the_code():
    drawn = errors.__doc__.split("::", 1)[1].split("The command line", 1)[0]
    stack: list[tuple[int, str]] = []
    for line in filter(str.strip, drawn.splitlines()):
        name = line.lstrip(" │├└─").split()[0]
        depth = line.index(name)
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parents = [base.__name__ for base in getattr(errors, name).__bases__]
        assert (stack[-1][1] if stack else "Exception") in parents, name
        stack.append((depth, name))
    classes = [
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    ]
    for name in classes:
        assert name in drawn, name
