"""What the world is: tables, matrices, scenarios and results."""

from catenary.model.matrix import Matrix
from catenary.model.measures import Measure, measures_of, taken
from catenary.model.result import Result, Run
from catenary.model.scenario import Change, Recovery, Scenario
from catenary.model.schema import MATRICES, SCHEMA
from catenary.model.table import Table
from catenary.model.timeline import Timeline
from catenary.model.world import World, Worlds, over

__all__ = [
    "MATRICES",
    "SCHEMA",
    "Change",
    "Matrix",
    "Measure",
    "Recovery",
    "Result",
    "Run",
    "Scenario",
    "Table",
    "Timeline",
    "World",
    "Worlds",
    "measures_of",
    "over",
    "taken",
]
