"""What the catalogue offers, without importing what it describes."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["catalogue"]


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return the catalogue by name; reads one file and imports nothing."""
    content = json.loads((files("catenary") / "catalogue.json").read_text(encoding="utf-8"))
    return {one["name"]: one for one in content["analyses"]}
