"""Time of the first call of every kernel."""

from __future__ import annotations

import json
import time

import catenary
from catenary.testing import serial_chain

world, nothing = serial_chain(), catenary.Scenario("nothing")
began = time.perf_counter()
catenary.stress(world, scenario=nothing, days=2)
print(json.dumps({"seconds": time.perf_counter() - began}))
