"""Where arrays live: NumPy's in memory, CuPy's or PyTorch's on a GPU, all through one interface.

Only functions that the three spell alike are used on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import OptionError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEVICES", "Device", "device_of"]

DEVICES: Final = ("cpu", "cuda", "numpy", "torch")
"""cpu: the compiled loop; cuda: array products on a GPU, with CuPy or PyTorch; numpy, torch: the
same array products on the processor, to check them."""


@dataclass(frozen=True)
class Device:
    """A place for arrays.

    Parameters
    ----------
    name
        What it is, for the reader.
    xp
        The module whose functions work on its arrays.
    put, get
        Copy an array there and back.
    """

    name: str
    xp: Any
    put: Callable[[Any], Any]
    get: Callable[[Any], Any]


def _cupy() -> Device | None:
    if find_spec("cupy") is None:
        return None
    cupy = import_module("cupy")
    if not cupy.cuda.is_available():
        return None
    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return Device(f"{name}, CuPy {cupy.__version__}", cupy, cupy.asarray, cupy.asnumpy)


def _torch(kind: str) -> Device | None:
    if find_spec("torch") is None:
        return None
    torch = import_module("torch")
    if kind == "cuda" and not torch.cuda.is_available():
        return None
    name = torch.cuda.get_device_name() if kind == "cuda" else "processor"
    return Device(
        f"{name}, PyTorch {torch.__version__}",
        torch,
        lambda array: torch.from_numpy(np.array(array)).to(kind),
        lambda tensor: tensor.cpu().numpy(),
    )


def device_of(name: str) -> Device | None:
    """Return the device of a name; None: the compiled loop.

    Raises
    ------
    OptionError
        If there is no such device here.

    Examples
    --------
    >>> device_of("numpy").name.split()[0]
    'processor,'
    """
    if name not in DEVICES:
        raise OptionError(f"unknown device {name!r}", hint=did_you_mean(name, DEVICES))
    found: Device | None = None
    if name == "cpu":
        return None
    if name == "numpy":
        return Device(f"processor, NumPy {np.__version__}", np, np.array, np.asarray)
    if name == "cuda":
        found = _cupy() or _torch("cuda")
    elif name == "torch":
        found = _torch("cpu")
    if found is None:
        has = [package for package in ("cupy", "torch") if find_spec(package) is not None]
        seen = f"{' and '.join(has)} found no GPU" if has else "neither CuPy nor PyTorch is here"
        raise OptionError(
            f"the device {name!r} cannot be used: {seen}",
            hint="install CuPy or PyTorch for your GPU, or use the device cpu",
        )
    return found
