"""Closures of passages and ports: laws, and equality with whole searches of a small sea."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Matrix, World, catalogue
from catenary.errors import MissingDataError, OptionError
from catenary.logistics.atlas import sea_world
from catenary.logistics.cases import MEASURES, Case
from catenary.logistics.closing import Study, study
from catenary.logistics.doors import doors
from catenary.logistics.gateways import gateways
from catenary.logistics.ships import COST_TIE, sailing
from catenary.logistics.trade import trade
from catenary.maths import routing
from catenary.testing import tiny_sea, tiny_sea_world, two_regions
from catenary.worlds import sea

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.logistics.chokepoints import Chokepoints

pytestmark = pytest.mark.part("4.3")

REAL: Final = sea.lanes
PORTS: Final = ",".join(tiny_sea().ports)
REGIONS: Final = ["WWA", "EEA", "AAA", "BBB", "CCC"]
GATEWAYS: Final = pd.DataFrame(
    [
        ("WWA", "WWAAA", 0.75), ("WWA", "WWRRR", 0.25), ("EEA", "EEFFF", 1.0),
        ("AAA", "WWCCC", 0.4), ("AAA", "EEDDD", 0.6), ("BBB", "EEEEE", 1.0), ("CCC", "EEEEE", 1.0),
    ],
    columns=["region", "facility", "share"],
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _small_sea() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sea, "lanes", tiny_sea)
        yield


def trading(
    flows: np.ndarray | None = None, order: tuple[int, ...] = (0, 1, 2, 3, 4), unit: str = "t/day"
) -> World:
    """Return a world with trade between five regions, in any order."""
    if flows is None:
        flows = np.random.default_rng(5).random((5, 5))
    names = [REGIONS[i] for i in order]
    table = GATEWAYS.set_index("region").loc[names].reset_index()
    return tiny_sea_world().with_(
        regions=pd.DataFrame({"id": names}),
        gateways=table,
        trade=Matrix(flows[np.ix_(order, order)], names, names, unit),
    )


def closed(world: World | catenary.Worlds | None = None, **options: Any) -> Chokepoints:
    """Return the result with the small ship, which fits everywhere."""
    return catenary.chokepoints(world or tiny_sea_world(), **{"vessel": "small"} | options)


def looked(world: World, vessel: str, by: Any, opened: str = "", ports: str = PORTS) -> Study:
    """Return the study behind the analysis."""
    ship = sailing(world, vessel=vessel)
    flows = trade(world)
    gates = gateways(world, tiny_sea(), ports, None if flows is None else flows.regions)
    passable = doors(world, tiny_sea(), ship, opened=opened)
    return study(gates, passable, by=by, flows=None if flows is None else flows.flows, land=0)


def searched(one: Study, shut: tuple[str, ...], lanes: sea.SeaLanes | None = None) -> np.ndarray:
    """Return the least cost of every journey by a search of the whole network."""
    lanes, by = lanes or tiny_sea(), one.by
    cost = one.doors.cost(by)
    passages = np.array(lanes.passages)[lanes.door_passage]
    cost[np.isin(passages, shut)] = np.inf
    network = routing.graph(
        lanes.nodes,
        np.concatenate([lanes.tail, lanes.door_tail]),
        np.concatenate([lanes.head, lanes.door_head]),
        np.concatenate([lanes.metres * one.doors.sailing.rate(by), cost]),
    )
    found = np.asarray(routing.lengths(network, one.gateways.nodes[one.origin]))
    return found[np.arange(len(found)), one.gateways.nodes[one.destination]]


def exact(one: Study) -> float:
    """Return how exactly a search gives the figure: that of cost adds what breaks ties."""
    return 2 * COST_TIE / one.doors.sailing.rate("cost") if one.by == "cost" else 1e-12


def least(one: Study, case: Case) -> np.ndarray:
    """Return what every journey takes by its own ports while a passage is closed."""
    found = one.figures[:, one.goal].copy()
    at = {(o, d): k for k, (o, d) in enumerate(zip(one.origin, one.destination, strict=True))}
    instead = np.zeros(len(case.origin), bool) if case.instead is None else case.instead
    for row, (origin, destination) in enumerate(zip(case.origin, case.destination, strict=True)):
        ends = min(origin, destination), max(origin, destination)
        found[at[ends]] = np.inf if instead[row] else case.after[row, one.goal]
    return found * (1e3 if one.by == "distance" else 1)


# --- equality -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", MEASURES)
@pytest.mark.parametrize(("vessel", "opened"), [("small", ""), ("large", ""), ("small", "ice")])
def test_every_closure_is_what_a_search_of_the_whole_network_finds(
    by: str, vessel: str, opened: str
) -> None:
    one = looked(tiny_sea_world(), vessel, by, opened)
    cases = {(case.closed, case.second): case for case in one.closing_passages(pairs=True)}
    singles = list(one.passages)
    assert list(cases) == [(label, "") for label in singles] + list(combinations(singles, 2))
    for labels, case in cases.items():
        assert np.allclose(least(one, case), searched(one, labels), rtol=exact(one))


def test_the_other_measures_are_those_of_the_way_that_is_taken() -> None:
    one = looked(tiny_sea_world(), "small", "cost", "ice")
    lanes = tiny_sea()
    for case in one.closing_passages(pairs=False):
        for row in np.flatnonzero(~case.cut)[:20].tolist():
            _, after, _ = case.words(row)
            passed = set(after.split(";")) if after else set()
            days, cost = case.after[row, 1:3]
            toll = sum(
                (400_000 * 1000 / 1000 if label == "canal_a" else 200_000) if label[:5] == "canal"
                else 0 for label in passed
            )  # fmt: skip
            assert cost == pytest.approx(days * one.doors.sailing.day + toll)
            grams = case.after[row, 0] * one.doors.sailing.factor
            assert case.after[row, 3] == pytest.approx(grams)
            assert case.closed not in passed
            assert passed <= set(lanes.passages)


@pytest.mark.parametrize("by", ["cost", "distance"])
def test_closures_of_the_real_sea_are_what_whole_searches_find(
    monkeypatch: pytest.MonkeyPatch, by: Any
) -> None:
    monkeypatch.setattr(sea, "lanes", REAL)
    world, lanes = sea_world(), REAL()
    gates = gateways(world, lanes, "CNSHA,NLRTM,USNYC,SGSIN,SARTA,GRPIR,BRSSZ", None)
    passable = doors(world, lanes, sailing(world))
    one = study(gates, passable, by=by, flows=None, land=0)
    cases = {(c.closed, c.second): c for c in one.closing_passages(pairs=True)}
    for labels in [("suez", ""), ("suez", "cape_good_hope"), ("malacca", "sunda"), ("hormuz", "")]:
        assert np.allclose(least(one, cases[labels]), searched(one, labels, lanes), rtol=exact(one))


def test_with_suez_shut_ships_to_rotterdam_go_round_the_cape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sea, "lanes", REAL)
    result = catenary.chokepoints(
        sea_world(), ports="CNSHA,NLRTM", by="distance", close_ports=False, opened="",
        closed="panama_neopanamax",
    )  # fmt: skip
    one = result.detours[result.detours["closed"] == "suez"].iloc[0]
    assert one["distance_before"] / 1.852 == pytest.approx(10_501, rel=0.025)  # Pub. 151
    assert one["distance_after"] / 1.852 == pytest.approx(13_800, rel=0.025)
    assert "cape_good_hope" in one["passages_after"].split(";")


# --- laws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", MEASURES)
def test_closing_never_shortens_and_two_are_at_least_as_bad_as_either(by: str) -> None:
    one = looked(tiny_sea_world(), "small", by, "ice")
    found = {(c.closed, c.second): c for c in one.closing_passages(pairs=True)}
    for (label, second), case in found.items():
        same = np.ones(len(case.origin), bool) if case.instead is None else ~case.instead
        assert (case.extra[same, one.goal] >= -1e-9).all()
        if second:
            alone = [least(one, found[x, ""]) for x in (label, second)]
            assert (least(one, case) >= np.maximum(*alone) * (1 - 1e-12)).all()


def test_effects_of_pairs_are_at_least_those_of_either() -> None:
    seaside = ",".join(port for port in tiny_sea().ports if port != "WWRRR")
    told = closed(ports=seaside, pairs=True, close_ports=False).chokepoints
    assert not told["handed_over"].any()
    alone = told[told["second"] == ""].set_index("closed")["effect"]
    pairs = told[told["second"] != ""]
    worse = np.maximum(pairs["closed"].map(alone), pairs["second"].map(alone))
    assert (pairs["effect"] >= worse - 1e-12).all()
    both = pairs["closed"].map(alone) + pairs["second"].map(alone)
    assert np.allclose(pairs["beyond"], pairs["effect"] - both)
    assert told["effect"].is_monotonic_decreasing


def test_closing_what_nobody_uses_changes_nothing() -> None:
    told = closed(ports=PORTS, close_ports=False).chokepoints.set_index("closed")
    one = told.loc["canal_b"]
    assert one["journeys"] == 0
    numbers = one.drop(["second", "kind", "beyond", "haul"])
    assert (numbers.dropna() == 0).all()


def alone(port: str, region: str) -> World:
    """Return the tiny sea with a port that is the only one of a region of its own."""
    frame = tiny_sea_world().table("facilities").reset_index().astype({"region": "str"})
    frame["region"] = frame["region"].mask(frame["id"] == port, region)
    regions = pd.DataFrame({"id": ["WWA", "EEA", region]})
    gates = pd.DataFrame(
        [("WWA", "WWAAA", 1.0), (region, port, 1.0), ("EEA", "EEFFF", 1.0)],
        columns=["region", "facility", "share"],
    )
    return tiny_sea_world().with_(facilities=frame, regions=regions, gateways=gates)


def test_a_port_behind_a_closed_door_is_cut_off_from_all_if_none_takes_over() -> None:
    result = closed(alone("WWRRR", "RRR"), ports=PORTS, close_ports=False)
    told = result.chokepoints.set_index("closed").loc["river"]
    assert (told["journeys"], told["cut_off"], told["detoured"]) == (11, 11, 0)
    assert told["effect"] == 0  # without trade nothing says how much a lost journey counts
    cut = result.cut_off.iloc[0]
    assert (cut["closed"], cut["port"], cut["region"]) == ("river", "WWRRR", "RRR")
    assert (cut["journeys"], cut["share"]) == (11, 1)


@pytest.mark.parametrize("by", MEASURES)
@pytest.mark.parametrize("with_trade", [True, False])
def test_to_close_the_only_way_to_a_port_does_what_closing_the_port_does(
    by: str, *, with_trade: bool
) -> None:
    result = closed(trading() if with_trade else tiny_sea_world(), by=by)
    told = result.chokepoints.set_index("closed")
    assert (told["handed_over"] == told["journeys"])["river"]
    assert told["cut_off"]["river"] == 0
    river, port = told.loc[["river", "WWRRR"]].select_dtypes("number").to_numpy()
    assert np.allclose(river, port, rtol=1e-12, equal_nan=True)


def test_ports_behind_two_closures_hand_over_at_both_ends() -> None:
    lanes = tiny_sea()
    one = looked(tiny_sea_world(), "small", "cost")
    ends = [list(lanes.ports).index(port) for port in ("WWAAA", "EEFFF")]
    mine = np.flatnonzero((one.origin == ends[0]) & (one.destination == ends[1]))
    open_ = np.ones(len(one.every), bool)
    rows = one._instead_of_both(int(mine[0]), open_)  # this sea has one river only
    assert rows.weight.sum() == pytest.approx(one.weight[mine[0]])
    assert not set(rows.used) & set(ends)
    assert not set(rows.used_there) & set(ends)


def test_only_what_no_gateway_reaches_is_cut_off_on_the_real_sea(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sea, "lanes", REAL)
    ports = "CNCAN,NLRTM,SADMM,KWSWK,USNYC,SGSIN"
    result = catenary.chokepoints(sea_world(), ports=ports, close_ports=False)
    cut = result.cut_off.groupby("closed")["port"].agg(set).to_dict()
    assert cut == {"hormuz": {"KWSWK"}}  # Saudi Arabia has Jeddah, the Netherlands the seaside
    told = result.chokepoints.set_index("closed")
    for river in ("pearl", "nieuwe_waterweg"):
        assert told.loc[river, "handed_over"] == 5


def test_a_passage_closed_from_the_start_is_no_longer_closed() -> None:
    told = closed(ports=PORTS, closed="river, strait,strait", close_ports=False)
    assert set(told.chokepoints["closed"]) == {"canal_a", "canal_b", "cape"}
    assert told.basis["unreached"].tolist() == [11]
    assert told.cut_off["closed"].tolist() == [""]
    assert any("even before" in text for text in told.run.warnings)


def test_opened_passages_may_be_used_and_closed() -> None:
    told = closed(ports=PORTS, opened="ice", by="distance").chokepoints
    assert told["journeys"][told["closed"] == "ice"].item() > 0


# --- trade --------------------------------------------------------------------------------------


def test_trade_is_conserved() -> None:
    world = trading()
    result = closed(world, pairs=True)
    basis, told = result.basis.iloc[0], result.chokepoints
    flows = world.matrix("trade").dense.copy()
    np.fill_diagonal(flows, 0)
    whole = basis["trade"] + basis["trade_unreached"] + basis["left_out"] + basis["by_land"]
    assert whole == pytest.approx(flows.sum())
    assert basis["by_land"] == pytest.approx(flows[3, 4] + flows[4, 3])  # both by EEEEE
    assert np.allclose(told["trade"], told["trade_share"] * basis["trade"])
    one = looked(world, "small", "cost", ports="")
    for case in one.closing_passages(pairs=True):
        at = {tuple(sorted(ends)) for ends in zip(case.origin, case.destination, strict=True)}
        pairs = zip(one.origin, one.destination, one.weight, strict=True)
        others = sum(w for o, d, w in pairs if (o, d) not in at)
        assert case.weight.sum() + others == pytest.approx(basis["trade"])
    for case in one.closing_ports():
        mine = (one.origin == case.origin[0]) | (one.destination == case.origin[0])
        assert case.weight.sum() == pytest.approx(one.weight[mine].sum())


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 1e6))
def test_scaling_flows_scales_trade_and_nothing_else(times: float) -> None:
    flows = np.random.default_rng(7).random((5, 5))
    one, more = closed(trading(flows)).chokepoints, closed(trading(flows * times)).chokepoints
    for name in one:
        if name in ("trade", "trade_delayed", "trade_cut_off", "goods_days"):
            assert np.allclose(more[name], one[name] * times, rtol=1e-9)
        elif one[name].dtype.kind == "f":
            assert np.allclose(more[name], one[name], rtol=1e-9, equal_nan=True)
        else:
            assert more[name].tolist() == one[name].tolist()


@pytest.mark.parametrize("order", list(permutations(range(5)))[1::17])
def test_the_order_of_regions_does_not_matter(order: tuple[int, ...]) -> None:
    one, other = closed(trading(), pairs=True), closed(trading(order=order), pairs=True)
    for name in ("chokepoints", "cut_off", "basis"):
        a, b = one.tables[name], other.tables[name]
        pd.testing.assert_frame_equal(a, b, rtol=1e-9, check_exact=False)


def test_trade_per_year_becomes_trade_per_day() -> None:
    one = closed(trading(np.ones((5, 5)) * 365, unit="Mt/year"))
    assert one.basis["unit"].tolist() == ["Mt/day"]
    assert one.basis["trade"].iloc[0] == pytest.approx(20 - 2)


def test_flows_come_from_tables_and_from_supplies() -> None:
    found = trade(two_regions())
    assert found is not None
    table = two_regions()
    both = table.matrix("intermediate").dense.sum() + table.matrix("final").dense.sum()
    assert 0 < found.flows.sum() <= both
    chains = catenary.load("chains:pooled")
    assert isinstance(chains, World)
    supplied = trade(chains)
    assert supplied is not None
    assert supplied.unit == "index/day"
    output = chains.table("producers")["output"].sum()
    assert 0 < supplied.flows.sum() <= output
    solar = trade(chains, "solar")
    assert solar is not None
    assert 0 < solar.flows.sum() < supplied.flows.sum()
    assert trade(tiny_sea_world()) is None


def test_regions_without_gateway_are_left_out_and_said_to_be() -> None:
    world = trading()
    table = GATEWAYS[GATEWAYS["region"] != "CCC"]
    result = closed(world.with_(gateways=table))
    flows = world.matrix("trade").dense
    lost = flows[4, :4].sum() + flows[:4, 4].sum()
    assert result.basis["left_out"].iloc[0] == pytest.approx(lost)
    assert any("no gateway: CCC" in text for text in result.run.warnings)


def test_near_ports_may_trade_by_land() -> None:
    one, other = closed(trading()), closed(trading(), land=5000.0)
    assert other.basis["journeys"].iloc[0] < one.basis["journeys"].iloc[0]
    assert any("less than 5,000 km apart" in text for text in other.run.warnings)
    with pytest.raises(MissingDataError, match="no journey"):
        closed(trading(), land=20_000)


# --- ports --------------------------------------------------------------------------------------


def test_a_closed_port_hands_over_to_other_gateways_by_share() -> None:
    flows = np.zeros((5, 5))
    flows[0, 1] = 8.0  # by WWAAA (6) and WWRRR (2) to EEFFF
    result = closed(trading(flows))
    told = result.chokepoints.set_index("closed")
    assert told.loc["WWAAA", "trade"] == pytest.approx(6)
    assert told.loc["WWRRR", "trade"] == pytest.approx(2)
    assert told.loc["EEFFF", "trade"] == pytest.approx(8)
    moved = result.detours.set_index("closed").loc[["WWAAA"]].iloc[0]
    assert (moved["instead"], moved["origin"]) == ("WWRRR", "WWAAA")
    straight = closed(trading(flows), ports="WWRRR,EEFFF").basis["cost"].iloc[0]
    assert moved["cost_after"] == pytest.approx(straight)
    # EEFFF is the only gateway: the nearest port of the region takes over
    cases = {
        case.closed: case
        for case in looked(trading(flows), "small", "cost", ports="").closing_ports()
    }
    assert {cases["EEFFF"].words(row)[2] for row in range(2)} == {"EEBBB"}
    assert result.chokepoints["haul"][told.index == "EEFFF"].item() > 0


def test_a_port_without_another_in_its_region_is_cut_off() -> None:
    world = trading()
    frame = world.table("facilities").reset_index()
    frame.loc[frame["id"] == "EEEEE", "region"] = "BBB"
    told = closed(world.with_(facilities=frame)).chokepoints.set_index("closed").loc["EEEEE"]
    assert told["cut_off"] == told["journeys"] > 0
    assert told["trade_cut_off"] == pytest.approx(told["trade"])


def test_a_port_closed_from_the_start_hands_over_as_well() -> None:
    result = closed(trading(), closed="WWAAA")
    assert "WWAAA" not in set(result.chokepoints["closed"])
    told = result.chokepoints.set_index("closed")
    flows = trading().matrix("trade").dense
    whole = flows[0].sum() + flows[:, 0].sum() - 2 * flows[0, 0]  # all of WWA by WWRRR
    assert told["trade"].loc["WWRRR"] == pytest.approx(whole)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"closed": "swez"}, "closed names 'swez'"),
        ({"closed": "EEFFF", "ports": "EEFFF,WWAAA"}, "both ports and closed"),
        ({"opened": "ice", "closed": "ice"}, "both opened and closed"),
        ({"ports": "WWAAA,NOWHERE"}, "no place is called 'NOWHERE'"),
        ({"ports": "WWAAA"}, "1 port"),
        ({"ports": "WWAAA,NLRTM"}, "NLRTM, which is no port of the network"),
        ({"vessel": "canoe"}, "vessel is 'canoe'"),
        ({"by": "beauty"}, "by has no choice"),
        ({"product": "tea"}, "not by product"),
    ],
)
def test_what_is_wrong_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        closed(trading(), **options)


def test_a_world_whose_regions_have_no_gateway_has_no_ports() -> None:
    with pytest.raises(OptionError, match="0 ports"):
        catenary.chokepoints(two_regions())
    with pytest.raises(OptionError, match="no product 'tea'"):
        catenary.chokepoints(catenary.load("chains:pooled"), product="tea")  # type: ignore[arg-type]


# --- words --------------------------------------------------------------------------------------


def test_the_summary_says_it_in_both_languages() -> None:
    result = closed(trading(), pairs=True)
    english, chinese = result.summary(), result.summary().in_("zh")  # type: ignore[attr-defined]
    assert "Worst passages" in english
    assert "between 6 ports by small" in english
    assert chinese != english
    assert "Worst" not in chinese


def test_nothing_happens_where_no_passage_lies_between() -> None:
    result = closed(ports="WWAAA,WWBBB", close_ports=False)
    assert "No passage changes anything" in result.summary()
    assert result.detours.empty


def test_every_column_is_documented() -> None:
    known = catalogue.describe("chokepoints")["tables"]
    for name, frame in closed(trading()).tables.items():
        assert [column["name"] for column in known[name]] == list(frame.columns)


def test_worlds_of_worlds_keep_their_labels() -> None:
    both = catenary.Worlds({"one": trading(), "two": trading()})
    result = closed(both)
    assert set(result.chokepoints["world"]) == {"one", "two"}
    assert result.summary().startswith("one: ")
