"""`make sea`: the tables and the network of the built-in sea, from what the packages carry.

python -m tools.sea [ports] [tables FACTS] [passages] [lanes]; nothing named: passages and lanes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.sea import build, passages_network

if __name__ == "__main__":
    wanted = sys.argv[1:] or ["passages", "lanes"]
    if "ports" in wanted:
        from tools.sea import ports

        ports.build(build.WORLD, Path("docs/ports.md"))
    if "passages" in wanted:
        passages_network.build(build.WORLD)
    if "lanes" in wanted:
        build.build(build.WORLD / "lanes.npz")
