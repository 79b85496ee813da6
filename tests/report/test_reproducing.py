"""What a page says of how to run it again does run."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

import catenary
from catenary.catalogue import ANALYSES
from catenary.cli.commands import analysis_command
from catenary.cli.offered import catalogue
from catenary.model import Run
from catenary.model.analysis import options_of
from catenary.report.reproducing import again
from catenary.testing import two_regions

ABOUT = catalogue()
FLAGS = [
    (name, option["name"])
    for name, one in ABOUT.items()
    for option in one["options"]
    if option["type"] == "flag"
]


def command_of(run: Run) -> list[str]:
    sections = {one["id"]: one for one in again(run, several=False)}
    return shlex.split(sections["again-command"]["text"].splitlines()[0])


@pytest.mark.part("7.7")
@pytest.mark.parametrize(("analysis", "flag"), FLAGS)
def test_the_command_of_every_flag_parses_to_what_was_asked(analysis: str, flag: str) -> None:
    usual: dict[str, Any] = {
        name: default for name, (_, default) in options_of(ANALYSES[analysis]).items()
    }
    run = Run(
        analysis=analysis, options={**usual, flag: not usual[flag]}, world="", world_name="x.world"
    )
    words = command_of(run)
    assert words[:3] == ["catenary", analysis, "my.world"]
    parsed = analysis_command(ABOUT[analysis]).make_context(analysis, words[2:])
    assert parsed.params[flag] is (not usual[flag])


@pytest.mark.part("7.7")
def test_the_command_of_a_real_run_parses() -> None:
    found = catenary.facilitation(
        two_regions(), border_days=1, duration=20, equilibrium=True, elasticity=4.0
    )
    words = command_of(found.run)
    assert "--equilibrium" in words
    parsed = analysis_command(ABOUT["facilitation"]).make_context("facilitation", words[2:])
    assert parsed.params["equilibrium"] is True
    assert parsed.params["border_days"] == 1
    assert parsed.params["duration"] == 20
