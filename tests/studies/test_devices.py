"""The array products that run on a GPU, through the same interface on the processor."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Recovery, Scenario
from catenary.errors import OptionError
from catenary.maths import batches, devices
from catenary.maths.batch_cases import Shocks
from catenary.maths.devices import device_of
from catenary.maths.inventory import Parameters, network_of
from catenary.testing import two_regions
from catenary.testing.strategies import DrawnNetwork, networks

HERE = ["numpy", *(["torch"] if find_spec("torch") else [])]


@pytest.mark.part("2.10")
@pytest.mark.parametrize("name", HERE)
@given(drawn=networks(), seed=st.integers(0, 2**32 - 1), adaptive=st.booleans())
@settings(max_examples=40, deadline=None)
def test_array_products_are_the_compiled_loop(
    drawn: DrawnNetwork, seed: int, name: str, *, adaptive: bool
) -> None:
    rng = np.random.default_rng(seed)
    count, days, lanes = len(drawn.final), 70, 4
    supplier, buyer = np.nonzero(drawn.flows)
    network, order = network_of(
        drawn.product, supplier, buyer, drawn.flows[supplier, buyer],
        products=int(drawn.product.max()) + 1, final=drawn.final[:, None],
    )  # fmt: skip
    network = replace(
        network,
        stock_days=np.full(len(network.slot_buyer), 8.0),
        region=(order % 3).astype(np.int64),
    )
    losses = np.zeros((lanes, days, count))
    losses[:, 4:20] = rng.random((lanes, 1, count)) * (rng.random((lanes, 1, count)) < 0.5)
    rules = [
        Parameters(psi=float(rng.choice([0.5, 0.8])), overproduction=1.2,
                   adaptive_orders=adaptive, restoration_days=float(rng.uniform(20, 60)))
        for _ in range(lanes)
    ]  # fmt: skip
    asked = rng.choice(count, min(count, 2), replace=False)
    final = network.final[asked, 0] * rng.uniform(0.6, 1.3, (lanes, days, 1))
    shocks = Shocks(hit=np.arange(count), losses=losses, asked=asked, final=final)
    blocks = batches.blocks_of(network)
    ours = batches.run_batch(blocks, rules, days, shocks, device=device_of(name))
    compiled = batches.run_batch(blocks, rules, days, shocks)
    scale = network.output().sum()
    for what in ("regions", "products", "lost", "missed"):
        found, known = getattr(ours, what), getattr(compiled, what)
        np.testing.assert_allclose(found, known, rtol=0, atol=1e-10 * scale, err_msg=what)
    np.testing.assert_array_equal(ours.first_short, compiled.first_short)
    np.testing.assert_array_equal(ours.touched, compiled.touched)


@pytest.mark.part("2.10")
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_an_ensemble_on_a_device(precision: str) -> None:
    change = Change(
        target="producers.capacity", where={"region": "AAA"}, multiply=0.5, start=3, days=4,
        recovery=Recovery(curve="linear", days=10),
        uncertain={"multiply": {"distribution": "uniform", "low": 0.2, "high": 0.8}},
    )  # fmt: skip
    drawn = {"psi": {"distribution": "uniform", "low": 0.6, "high": 0.9}}
    cpu, device = (
        catenary.ensemble(
            two_regions(), Scenario("quake", (change,)), runs=300, days=60, parameters=drawn,
            device=name, precision=precision,  # type: ignore[arg-type]
        )
        for name in ("cpu", "numpy")
    )  # fmt: skip
    close = 1e-9 if precision == "float64" else 2e-4
    pd.testing.assert_frame_equal(device.draws, cpu.draws)
    np.testing.assert_allclose(device.runs["loss_days"], cpu.runs["loss_days"], atol=close)
    assert device.runs["loss_days"].std() > 0.01
    assert any("256 side by side" in w and "NumPy" in w for w in device.run.warnings)


@pytest.mark.part("2.10")
def test_a_device_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionError, match="unknown device 'cdua'") as caught:
        device_of("cdua")
    assert "cuda" in str(caught.value.hint)
    monkeypatch.setattr(devices, "find_spec", lambda _: None)
    with pytest.raises(OptionError, match="neither CuPy nor PyTorch is here"):
        catenary.ensemble(two_regions(), Scenario("none", ()), runs=1, days=5, device="cuda")
