"""`make sea`: ports, passages and lanes of the built-in sea, from what the packages carry.

python -m tools.sea [ports] [passages] [lanes] [walls]; nothing named: passages and lanes.
`walls` draws them anew into a file of lanes, which `lanes` does too. The other tables
are written from the facts by `tools/sea/tables.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.sea import build, passages_network, walls

if __name__ == "__main__":
    wanted = sys.argv[1:] or ["passages", "lanes"]
    if "ports" in wanted:
        from tools.sea import ports

        ports.build(build.WORLD, Path("docs/ports.md"))
    if "passages" in wanted:
        passages_network.build(build.WORLD)
    if "lanes" in wanted:
        build.build(build.WORLD / "lanes.npz")
    elif "walls" in wanted:
        walls.build(build.WORLD / "lanes.npz")
