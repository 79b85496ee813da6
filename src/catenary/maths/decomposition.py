"""Decompositions of gross exports into value added: what its origin, way and end are.

Symbols are those of `catenary.maths.exports`: s exports to r; t, u and j are any third region.
Every function returns its terms by name, each (N, R), by exporting producer and importer. Terms
add up to gross exports, cell by cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.maths.exports import Exports

    Array = NDArray[np.float64]
    Terms = dict[str, Array]

__all__ = [
    "borin_mancini_sink",
    "borin_mancini_source",
    "koopman_wang_wei",
    "miroudot_ye",
    "oecd",
    "oecd_origins",
    "oecd_totals",
    "participation",
    "totals",
    "wang_wei_zhu",
]


def borin_mancini_source(exports: Exports) -> Terms:
    """Return the terms of Borin & Mancini, value added counted when it first leaves (source).

    Domestic value added is V_s L_ss E_sr, foreign value added V_t B̸_ts E_sr; both are followed
    along E_sr = Y_sr + A_sr L_rr (Y_r + exports of r) to the region that absorbs them.

    Parameters
    ----------
    exports
        Exports and their chains.

    Returns
    -------
    dict
        VAX1 … VAX4, REF1, REF2, DDC, FVA1 … FVA4, FDC.

    References
    ----------
    Borin, A. & Mancini, M. (2019), Measuring What Matters in Global Value Chains and Value-Added
    Trade, World Bank Policy Research Working Paper 8804; (2023), Economic Systems Research 35(4).

    Examples
    --------
    >>> from catenary.maths.exports import Exports
    >>> A = np.array([[0.5, 0.25], [0.25, 0.25]])
    >>> exports = Exports(A, np.diag([3.0, 6.0]), np.array([0, 1]))
    >>> terms = borin_mancini_source(exports)
    >>> sum(terms.values()).round(6).tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    own, further, back, further_back = _ways(exports)
    final, third = exports.abroad, own[..., 1] - back
    w, f = exports.domestic_value[:, None], exports.foreign_value[:, None]
    return {
        "VAX1": w * final,
        "VAX2": w * own[..., 0],
        "VAX3": w * third,
        "VAX4": w * (further - further_back),
        "REF1": w * back,
        "REF2": w * further_back,
        "DDC": (exports.domestic_content[:, None] - w) * exports.to,
        "FVA1": f * final,
        "FVA2": f * own[..., 0],
        "FVA3": f * own[..., 1],
        "FVA4": f * further,
        "FDC": (exports.foreign_content[:, None] - f) * exports.to,
    }


def _ways(exports: Exports) -> tuple[Array, Array, Array, Array]:
    """Return inputs sold for what r makes alone, and for what goes on, by way and end.

    Those that r turns into final goods for itself and for others, (N, R, 2); those that go on as
    inputs, to anybody; those that come back in final goods of r; and after further stages.
    """
    at_home = exports.within(exports.at_home.sum(axis=1)[:, None])
    abroad = exports.within(exports.abroad)
    alone = np.hstack([at_home, abroad.sum(axis=1)[:, None]])
    rest = exports.output[:, None] - alone.sum(axis=1)[:, None]
    sold = exports.sold(np.hstack([alone, rest]))
    back = exports.sold_by(np.stack([abroad, exports.absorbed - abroad], axis=-1))
    return sold[..., :2], sold[..., 2], back[..., 0], back[..., 1]


def borin_mancini_sink(exports: Exports) -> tuple[Terms, Array]:
    """Return the terms of Borin & Mancini, value added counted when it last leaves (sink).

    Contents V_s B_ss and V_t B_ts are followed along chains that do not leave s once more; those
    that do are counted double.

    Returns
    -------
    terms : dict
        VAX1 … VAX4, REF1, REF2, DDC, FVA1 … FVA4, FDC.
    absorbed : (N, R)
        Domestic value added that the importer itself absorbs (VAXIM).

    References
    ----------
    Borin, A. & Mancini, M. (2019), World Bank Policy Research Working Paper 8804.
    """
    own, _, back, _ = _ways(exports)
    final, third = exports.abroad, own[..., 1] - back
    reached, returned = exports.without_return()
    sold = exports.sold_by(np.concatenate([reached, returned[..., None]], axis=-1))
    everybody, home, importer, again = np.moveaxis(sold, -1, 0)
    w, f = exports.domestic_content[:, None], exports.foreign_content[:, None]
    terms = {
        "VAX1": w * final,
        "VAX2": w * own[..., 0],
        "VAX3": w * third,
        "VAX4": w * (everybody - home - own[..., 0] - third),
        "REF1": w * back,
        "REF2": w * (home - back),
        "DDC": w * again,
        "FVA1": f * final,
        "FVA2": f * own[..., 0],
        "FVA3": f * own[..., 1],
        "FVA4": f * (everybody - own[..., 0] - own[..., 1]),
        "FDC": f * again,
    }
    return terms, w * (final + importer)


def wang_wei_zhu(exports: Exports) -> Terms:
    """Return the sixteen terms of Wang, Wei & Zhu.

    Sums over third regions are taken as sums over all less those of s and r, so that no term
    costs more than products with the blocks A_sr.

    Returns
    -------
    dict
        DVA_FIN, DVA_INT, DVA_INTrex1 … 3, RDV_FIN1, RDV_FIN2, RDV_INT, DDC_FIN, DDC_INT,
        FVA_FIN1, FVA_INT1, MDC (of the importer), FVA_FIN2, FVA_INT2, ODC (of others).

    References
    ----------
    Wang, Z., Wei, S.-J. & Zhu, K. (2013), Quantifying International Production Sharing at the
    Bilateral and Sector Levels, NBER Working Paper 19677, table 2.
    """
    region, rows = exports.region, np.arange(len(exports.region))
    home, to_all, bought = exports.for_home, exports.for_exports, exports.for_imports
    own = exports.own_inverse(exports.abroad)
    by_others = bought - own  # of final goods that u imports, what r's own exports do not take
    own_home, own_all = home[rows, region], own.sum(axis=1)
    columns = [
        own_home,
        home.sum(axis=1) - own_home,
        own_all,
        to_all.sum(axis=1) - to_all[rows, region],
        exports.output,
        exports.within(exports.at_home.sum(axis=1)[:, None])[:, 0],
        exports.within(exports.to.sum(axis=1)[:, None])[:, 0],
    ]
    sold = np.moveaxis(exports.sold(np.column_stack(columns)), -1, 0)
    back = exports.sold_by(np.stack([home, own, by_others, to_all], axis=-1))
    to_home, to_own, to_others, to_exports = np.moveaxis(back, -1, 0)
    w, domestic = exports.domestic_value[:, None], exports.domestic_content[:, None]
    importer = exports.content.T
    other = exports.foreign_content[:, None] - importer
    return {
        "DVA_FIN": domestic * exports.abroad,
        "DVA_INT": w * sold[0],
        "DVA_INTrex1": w * (sold[1] - to_home),
        "DVA_INTrex2": w * (sold[2] - to_own),
        "DVA_INTrex3": w * (sold[3] - to_exports - to_others),
        "RDV_FIN1": w * to_own,
        "RDV_FIN2": w * to_others,
        "RDV_INT": w * to_home,
        "DDC_FIN": w * to_exports,
        "DDC_INT": (domestic - w) * sold[4],
        "FVA_FIN1": importer * exports.abroad,
        "FVA_FIN2": other * exports.abroad,
        "FVA_INT1": importer * sold[5],
        "FVA_INT2": other * sold[5],
        "MDC": importer * sold[6],
        "ODC": other * sold[6],
    }


def koopman_wang_wei(exports: Exports) -> Terms:
    """Return the nine terms of Koopman, Wang & Wei, split by importer as Wang, Wei & Zhu do.

    Only their sums over importers are those of the paper.

    References
    ----------
    Koopman, R., Wang, Z. & Wei, S.-J. (2014), American Economic Review 104(2), 459-494, eq. 36.
    """
    return _sums(
        wang_wei_zhu(exports),
        {
            "VAX1": ("DVA_FIN",),
            "VAX2": ("DVA_INT", "DVA_INTrex1"),
            "VAX3": ("DVA_INTrex2", "DVA_INTrex3"),
            "REF1": ("RDV_FIN1", "RDV_FIN2"),
            "REF2": ("RDV_INT",),
            "DDC": ("DDC_FIN", "DDC_INT"),
            "FVA1": ("FVA_FIN1", "FVA_FIN2"),
            "FVA2": ("FVA_INT1", "FVA_INT2"),
            "FDC": ("MDC", "ODC"),
        },
    )


def miroudot_ye(exports: Exports) -> Terms:
    """Return the four terms of Miroudot & Ye: value added and double counting, by origin.

    References
    ----------
    Miroudot, S. & Ye, M. (2021), Decomposing value added in gross exports, Economic Systems
    Research 33(1), 67-87.
    """
    E = exports.to
    w, f = exports.domestic_value[:, None], exports.foreign_value[:, None]
    return {
        "DVA": w * E,
        "DDC": (exports.domestic_content[:, None] - w) * E,
        "FVA": f * E,
        "FDC": (exports.foreign_content[:, None] - f) * E,
    }


def oecd(exports: Exports) -> Terms:
    """Return the terms of the OECD's TiVA: direct, indirect, re-imported and foreign content.

    References
    ----------
    OECD (2019), Guide to OECD's Trade in Value Added (TiVA) Indicators, 2018 edition.
    """
    E, w, direct = exports.to, exports.domestic_value, exports.direct_value
    return {
        "EXGR_DDC": direct[:, None] * E,
        "EXGR_IDC": (w - direct)[:, None] * E,
        "EXGR_RIM": (exports.domestic_content - w)[:, None] * E,
        "EXGR_FVA": exports.foreign_content[:, None] * E,
    }


def oecd_origins(exports: Exports) -> Array:
    """Return V_t B_tr E_r: value added of region t in what each producer exports, (N, R).

    Read by exporter it is backward participation by origin (GVCB); read by origin, forward
    participation by the product that the partner exports (GVCF). Own value added is 0.
    """
    found: Array = exports.content.T * exports.to.sum(axis=1)[:, None]
    found[exports.own] = 0.0
    return found


def _sums(terms: Mapping[str, Array], names: Mapping[str, tuple[str, ...]]) -> Terms:
    """Return sums of terms."""
    return {name: np.sum([terms[one] for one in of], axis=0) for name, of in names.items()}


def totals(exports: Exports, terms: Mapping[str, Array]) -> Terms:
    """Return what terms add up to: EXGR, DC, DVA, VAX, REF, DDC, FC, FVA, FDC as far as known.

    Parameters
    ----------
    exports
        Exports and their chains.
    terms
        Of any decomposition but that of the OECD.

    Notes
    -----
    DC = DVA + DDC, FC = FVA + FDC, DVA = VAX + REF and EXGR = DC + FC.
    """
    begin = {
        "VAX": ("VAX", "DVA_"),
        "REF": ("REF", "RDV"),
        "DVA": ("VAX", "REF", "DVA", "RDV"),
        "DDC": ("DDC",),
        "FVA": ("FVA",),
        "FDC": ("FDC", "MDC", "ODC"),
    }
    names = {name: tuple(t for t in terms if t.startswith(to)) for name, to in begin.items()}
    parts = _sums(terms, {name: of for name, of in names.items() if of})
    content = {"DC": parts["DVA"] + parts["DDC"], "FC": parts["FVA"] + parts["FDC"]}
    return {"EXGR": exports.to, **content, **parts}


def participation(terms: Mapping[str, Array], sums: Mapping[str, Array]) -> Terms:
    """Return what crosses one border only (DAVAX) and what more (GVC): backward and forward.

    Parameters
    ----------
    terms, sums
        Of Borin & Mancini by source.

    References
    ----------
    Borin, A. & Mancini, M. (2019), World Bank Policy Research Working Paper 8804, section 5.
    """
    direct = terms["VAX1"] + terms["VAX2"]
    return {
        "DAVAX": direct,
        "GVC": sums["EXGR"] - direct,
        "GVCB": sums["FC"] + sums["DDC"],
        "GVCF": sums["DVA"] - direct,
    }


def oecd_totals(exports: Exports) -> Terms:
    """Return EXGR, DC, DVA, VAX, REF, DDC and FC as the OECD's TiVA has them.

    VAX is value added by the producer where it arises and the region that absorbs it, by
    whatever way, unlike in the other decompositions; REF is the rest of DVA.
    """
    E = exports.to
    absorbed = np.where(exports.own, 0.0, exports.v[:, None] * exports.absorbed)
    value, content = exports.domestic_value[:, None] * E, exports.domestic_content[:, None] * E
    return {
        "EXGR": E,
        "DC": content,
        "DVA": value,
        "VAX": absorbed,
        "REF": value - absorbed,
        "DDC": content - value,
        "FC": exports.foreign_content[:, None] * E,
    }
