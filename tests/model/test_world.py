from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import sparse

import catenary
from catenary import Matrix, World, Worlds
from catenary.errors import (
    MissingDataError,
    OptionError,
    SchemaError,
    UnitError,
)
from catenary.model import SCHEMA, over
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.part("1.2")


def small(**more: Any) -> dict[str, Any]:
    return {
        "regions": pd.DataFrame(
            {"id": ["EU27", "DEU", "FRA", "USA"], "parent": ["", "EU27", "EU27", ""]}
        ),
        "products": pd.DataFrame({"id": ["chips", "cars"], "unit": ["t", "t"]}),
        "producers": pd.DataFrame(
            {
                "id": ["DEU.chips", "FRA.chips", "USA.cars"],
                "region": ["DEU", "FRA", "USA"],
                "product": ["chips", "chips", "cars"],
                "output": [1.0, 2.0, 3.0],
            }
        ),
        **more,
    }


def problems(parts: dict[str, Any]) -> list[str]:
    with pytest.raises(SchemaError) as caught:
        World(parts)
    return [str(problem) for problem in caught.value.problems]


def _owner(array: Any) -> Any:
    """Return the array behind all views."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


ATTACKS: dict[str, Callable[[World], object]] = {
    "assign a column": lambda w: w.table("producers").__setitem__("output", 0),
    "loc": lambda w: w.table("producers").loc.__setitem__(("DEU.chips", "output"), 9.0),
    "numpy": lambda w: w.table("producers")["output"].to_numpy().__setitem__(0, 9.0),
    "array": lambda w: w.table("producers")["output"].array.__setitem__(0, 9.0),
    "category": lambda w: w.table("producers")["region"].array.__setitem__(0, "FRA"),
    "codes": lambda w: w.part("producers").codes("region").__setitem__(0, 1),
    "flag": lambda w: w.table("products")["storable"].array.__setitem__(0, np.False_),
    "text": lambda w: w.table("products")["unit"].array.__setitem__(0, "kg"),
    "index": lambda w: w.table("producers").index.array.__setitem__(0, "x"),
    "categories": lambda w: w.table("producers")["region"].cat.categories.array.__setitem__(0, "x"),
    "numbers": lambda w: w.part("producers").numbers("output").__setitem__(0, 9.0),
    "frame of a part": lambda w: w.part("producers").numbers("output").sort(),
    "matrix": lambda w: w.matrix("intermediate").dense.__setitem__((0, 0), 9.0),
    "matrix flags": lambda w: w.matrix("intermediate").dense.setflags(write=True),
    "labels": lambda w: w.matrix("intermediate").rows.array.__setitem__(0, "x"),
    "tables": lambda w: w.tables.__setitem__("regions", None),  # type: ignore[index]
    "attribute": lambda w: setattr(w, "name", "other"),
    "new attribute": lambda w: setattr(w, "tables", {}),
    "frame of a table": lambda w: w.part("producers").frame.__setitem__("output", 0),
    "drop in a frame": lambda w: w.part("producers").frame.drop(columns="output", inplace=True),
    "rows of a frame": lambda w: w.tables["producers"].frame.drop("DEU.chips", inplace=True),
    "name of ids": lambda w: setattr(w.ids("producers"), "name", "x"),
    "name of rows": lambda w: setattr(w.matrix("intermediate").rows, "name", "x"),
    "name of categories": lambda w: setattr(
        w.table("producers")["region"].cat.categories, "name", "x"
    ),
    "shape": lambda w: setattr(w.matrix("intermediate").values, "shape", (9,)),
    "memory": lambda w: w.matrix("intermediate").values.base.setflags(write=True),  # type: ignore[union-attr]
    "sparse data": lambda w: setattr(w.matrix("value_added").values, "data", np.zeros(3)),
    "sparse places": lambda w: setattr(w.matrix("value_added").values, "indices", np.zeros(3)),
    "sparse size": lambda w: w.matrix("value_added").values.resize((1, 1)),  # type: ignore[arg-type]
    "sparse cell": lambda w: w.matrix("value_added").values.__setitem__((0, 0), 9.0),
    "memory behind": lambda w: setattr(
        _owner(w.matrix("intermediate").dense).flags, "writeable", 1
    ),
    "table again": lambda w: w.part("producers").__init__("x", pd.DataFrame()),  # type: ignore[misc]
    "delete tables": lambda w: delattr(w, "tables"),
    "begin again": lambda w: w.__init__({}),  # type: ignore[misc]
    "matrix again": lambda w: w.matrix("intermediate").__init__([[1]], ["a"], ["a"], "t"),  # type: ignore[misc]
    "matrix unit": lambda w: delattr(w.matrix("intermediate"), "unit"),
    "sort in place": lambda w: w.table("producers").sort_values("output", inplace=True),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore:.*inplace.*", "ignore:A value is being set")
def test_a_world_cannot_be_changed_through_what_it_hands_out(attack: str) -> None:
    ids = ["DEU.chips", "FRA.chips", "USA.cars"]
    added = Matrix(sparse.csr_array(np.ones((1, 3))), ["wages"], ids, "t/day")
    world = World(small(intermediate=Matrix(np.ones((3, 3)), ids, ids, "t/day"), value_added=added))
    before = (
        world.digest,
        repr(world.table("producers").reset_index()),
        world.matrix("intermediate").dense.copy(),
    )
    with suppress(ValueError, AttributeError, TypeError):  # refusing is fine; changing is not
        ATTACKS[attack](world)
    again = World({**world.tables, **world.matrices})
    assert again.digest == before[0]
    assert repr(world.table("producers").reset_index()) == before[1]
    assert world.matrix("value_added").dense.tolist() == [[1.0, 1.0, 1.0]]
    assert world.ids("producers").name == "id"
    np.testing.assert_array_equal(world.matrix("intermediate").dense, before[2])


def test_a_view_of_memory_that_somebody_may_write_is_copied() -> None:
    own = np.ones((1, 1))
    own.flags.writeable = False
    kept = Matrix(own, ["a"], ["b"], "t")
    own.flags.writeable = True
    own[0, 0] = 7
    assert kept.dense[0, 0] == 1
    memory = bytearray(np.ones(4).tobytes())
    view = np.frombuffer(memoryview(memory).toreadonly()).reshape(2, 2)
    matrix = Matrix(view, ["a", "b"], ["c", "d"], "t")
    memory[:8] = np.array([7.0]).tobytes()
    assert matrix.dense[0, 0] == 1


def test_what_was_given_can_be_changed_without_changing_the_world() -> None:
    values = np.ones((3, 3))
    ids = ["DEU.chips", "FRA.chips", "USA.cars"]
    parts = small(intermediate=Matrix(values, ids, ids, "t/day"))
    world = World(parts)
    before = world.digest
    values[0, 0] = 7
    parts["producers"].loc[0, "output"] = 7
    parts["regions"].loc[0, "id"] = "XXX"
    assert World({**world.tables, **world.matrices}).digest == before
    assert world.matrix("intermediate").dense[0, 0] == 1


@given(worlds())
@settings(max_examples=30)
def test_the_digest_knows_labels_units_and_values(world: World) -> None:
    other = world.with_(regions=world.table("regions").assign(name="x"))
    assert other.digest != world.digest
    assert world.with_(regions=world.table("regions")).digest == world.digest
    for name, matrix in world.matrices.items():
        heavier = Matrix(matrix.values, matrix.rows, matrix.columns, "kt/day")
        assert world.with_({name: heavier}).digest != world.digest
        turned = Matrix(matrix.values, matrix.rows[::-1], matrix.columns, matrix.unit)
        assert len(matrix.rows) == 1 or world.with_({name: turned}).digest != world.digest


def test_a_part_is_checked_again_only_when_it_or_its_targets_change() -> None:
    world = World(small())
    renamed = world.with_(regions=world.table("regions").assign(name="x"))
    assert renamed.part("producers") is world.part("producers")
    longer = pd.concat([world.table("regions"), pd.DataFrame(index=pd.Index(["CHN"], name="id"))])
    grown = world.with_(regions=longer)
    assert grown.part("producers") is not world.part("producers")
    assert grown.table("producers")["region"].astype(str).tolist() == ["DEU", "FRA", "USA"]
    assert grown.part("products") is world.part("products")


def test_groups_hold_members_at_any_depth() -> None:
    parts = small()
    parts["regions"] = pd.DataFrame(
        {
            "id": ["OECD", "EU27", "DEU", "FRA", "USA"],
            "parent": ["", "OECD", "EU27", "EU27", "OECD"],
        }
    )
    world = World(parts)
    assert world.members("regions", "OECD").all()
    assert world.members("regions", "EU27").tolist() == [False, True, True, True, False]


def test_matrices_align_by_label_and_only_then() -> None:
    matrix = Matrix([[1.0, 2.0], [3.0, 4.0]], ["a", "b"], ["x", "y"], "t/day")
    assert matrix.aligned_to(pd.Index(["a", "b"]), pd.Index(["x", "y"])) is matrix
    turned = matrix.aligned_to(pd.Index(["b", "a"]), pd.Index(["y"]))
    assert turned.dense.tolist() == [[4.0], [2.0]]
    thin = Matrix(sparse.csr_array(matrix.dense), ["a", "b"], ["x", "y"], "t/day")
    again = thin.aligned_to(pd.Index(["b", "a"]), pd.Index(["y"]))
    assert again.is_sparse
    assert again.dense.tolist() == [[4.0], [2.0]]
    with pytest.raises(SchemaError, match="lacks the row labels c"):
        matrix.aligned_to(pd.Index(["c"]), pd.Index(["x"]))


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("values", "rows", "unit", "error", "words"),
    [
        ([[1.0, np.nan]], ["a"], "t/day", SchemaError, "row 'a', column 'y'"),
        ([[1.0, 2.0]], ["a", "b"], "t/day", SchemaError, "2 row and 2 column labels"),
        ([[1.0, 2.0], [1.0, 2.0]], ["a", "a"], "t/day", SchemaError, "1 repeated"),
        ([[1.0, 2.0]], [""], "t/day", SchemaError, "1 blank"),
        ([[1.0, 2.0]], ["a"], "", UnitError, "no unit"),
    ],
)
def test_a_bad_matrix_says_what_is_wrong(
    values: Any, rows: list[str], unit: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Matrix(values, rows, ["x", "y"], unit)


@pytest.mark.part("1.8")
def test_every_problem_is_found_at_once() -> None:
    parts = small()
    parts["producers"] = pd.DataFrame(
        {
            "id": ["a", "a", ""],
            "region": ["DE", "DEU", "DEU"],
            "product": ["chip", "cars", "cars"],
            "output": [-1, 2, np.inf],
            "capcity": [1, 1, 1],
        }
    )
    found = problems(parts)
    for words in (
        "1 rows have no id",
        "ids appear more than once (a)",
        "'DE' is 'DEU'",
        "did you mean 'chips'",
        "-1 product unit/day in row 'a' is out of bounds (2 such cells)",
        "did you mean 'capacity'",
    ):
        assert any(words in text for text in found), (words, found)


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("part", "frame", "words"),
    [
        ("regions", {"id": [None, "DEU"]}, "1 rows have no id"),
        ("regions", {"id": [np.nan, "DEU"]}, "1 rows have no id"),
        ("regions", {"name": ["Germany"]}, "regions.id: the column is missing"),
        ("regions", {"id": ["A", "B"], "parent": ["B", "A"]}, "groups contain themselves"),
        ("regions", {"id": ["A"], "parent": ["A"]}, "groups contain themselves: A → A"),
        ("regions", {"id": ["A"], "parent": ["EU"]}, "'A' belongs to 'EU'"),
        ("products", {"id": ["p"], "storable": ["maybe"]}, "neither true nor false"),
        ("products", {"id": ["p"], "stock_days": ["ten"]}, "'ten' in row 'p' is not a number"),
        ("facilities", {"id": ["x"], "region": ["276"]}, "'276' is 'DEU'"),
        ("facilities", {"id": ["x"], "region": ["Germany"]}, "'Germany' is 'DEU'"),
        ("facilities", {"id": ["x"], "region": ["DEU"], "lat": [91]}, "allowed is -90 to 90"),
        ("facilities", {"id": ["x"], "region": ["DEU"], "kind": ["prot"]}, "did you mean 'port'"),
        ("firms", {"id": ["x"], "region": ["ROM"]}, "'ROM' is 'ROU' in ISO 3166-1 alpha-3"),
        ("sources", {"id": ["x"], "title": ["t"]}, "lack an address (url)"),
        (
            "sources",
            {"id": ["x"], "title": ["t"], "kind": ["assumption"]},
            "lack a reason (statement)",
        ),
    ],
)
def test_one_problem_one_paragraph(part: str, frame: dict[str, Any], words: str) -> None:
    parts = {"regions": pd.DataFrame({"id": ["DEU", "FRA"]}), part: pd.DataFrame(frame)}
    found = problems(parts)
    assert any(words in text for text in found), found
    assert all("\n" not in text for text in found)


@pytest.mark.part("1.8")
def test_references_need_their_table() -> None:
    parts = small()
    del parts["regions"]
    assert any("refers to the table 'regions', which is not there" in t for t in problems(parts))


def test_a_world_has_supplies_in_one_form() -> None:
    ids = ["DEU.chips", "FRA.chips", "USA.cars"]
    supplies = pd.DataFrame({"supplier": ids[:1], "buyer": ids[1:2], "quantity": [1.0]})
    matrix = Matrix(np.ones((3, 3)), ids, ids, "t/day")
    found = problems(small(supplies=supplies, intermediate=matrix))
    assert any("keep one" in text for text in found)


def test_missing_parts_are_named() -> None:
    world = World(small())
    with pytest.raises(MissingDataError, match="no table 'lanes'") as caught:
        world.table("lanes")
    assert "producers" in caught.value.hint
    with pytest.raises(MissingDataError, match="no matrix 'final'"):
        world.matrix("final")
    assert "producers" not in world.without("producers")
    with pytest.raises(MissingDataError):
        world.without("lanes")


def test_columns_of_ones_own_are_kept() -> None:
    parts = small()
    parts["products"] = parts["products"].assign(x_colour=["red", "blue"])
    assert World(parts).table("products")["x_colour"].tolist() == ["red", "blue"]


def test_worlds_are_ordered_and_analyses_run_over_them() -> None:
    both = Worlds({"2010": two_regions(), "2011": two_regions()}, name="years")
    assert list(both) == ["2010", "2011"]
    result = over(both, catenary.footprint)
    assert result.regions["world"].tolist() == ["2010", "2010", "2011", "2011"]
    direct = catenary.footprint(both)
    pd.testing.assert_frame_equal(direct.regions, result.regions)
    assert direct.run.world == both.digest
    with pytest.raises(OptionError, match="no world '2012'"):
        both["2012"]
    with pytest.raises(OptionError, match="no world in it"):
        Worlds({})


def test_every_column_of_the_schema_is_described_in_two_languages() -> None:
    for columns in SCHEMA.values():
        for column in columns.values():
            assert column.description
            assert column.zh
            assert column.type != "number" or column.unit, column.where
            assert not column.refers_to or column.refers_to in SCHEMA
