"""`make transport`: write the tables of the world `transport`; `python -m tools.transport FACTS`.

Reads the folder of facts, the packages of `tools/sea/constraints.txt` and the npm package
world-atlas as data, and the lists beside this file. The same input gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.transport import tables

if __name__ == "__main__":
    if len(sys.argv) < 2 or not (Path(sys.argv[1]) / "rail_corridors.csv").exists():
        raise SystemExit("give the folder of facts")
    atlas = Path(sys.argv[2]) if len(sys.argv) > 2 else tables.ATLAS
    tables.build(Path(sys.argv[1]), atlas)
