"""Weighted sums of rows of an array, as vectors of the processor.

Written in the compiler's own terms, because numba cannot be told that two arrays do not overlap:
it asks before every row, which costs several times what the sum of a row does.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["add_rows"]

_DOUBLE: Final = 8  # bytes
_parts: Any = cgutils.unpack_tuple
_place: Any = cgutils.alloca_once_value


def _add_rows(_: Any, into: Any, rows: Any, index: Any, weight: Any, span: Any, width: Any) -> Any:
    """Set the first `width` numbers of `into` to the sum over e of weight[e] · rows[index[e]].

    Parameters
    ----------
    into
        Gets the sums, (≥ width,).
    rows
        Rows of float64, contiguous, (…, ≥ width).
    index, weight
        Which rows, as uint32, and their weights, (E,).
    span
        First e, and the one after the last.
    width
        How many numbers, known when it is compiled.
    """
    lanes = width.literal_value
    signature = types.void(into, rows, index, weight, span, width)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:4], arguments[:4], strict=True)
        ]
        to, table, places, factors = arrays
        first, last = _parts(builder, arguments[4], 2)
        vector = ir.VectorType(ir.DoubleType(), lanes)
        whole = ir.VectorType(ir.IntType(32), lanes)
        stride = _parts(builder, table.strides, 2)[0]
        base = builder.ptrtoint(table.data, stride.type)
        total = _place(builder, ir.Constant(vector, None))
        with cgutils.for_range_slice(builder, first, last, first.type(1)) as (e, _):
            place = builder.zext(builder.load(builder.gep(places.data, [e])), stride.type)
            address = builder.add(base, builder.mul(place, stride))
            row = builder.load(builder.inttoptr(address, vector.as_pointer()), align=_DOUBLE)
            factor = builder.load(builder.gep(factors.data, [e]))
            one = builder.insert_element(
                ir.Constant(vector, ir.Undefined), factor, ir.IntType(32)(0)
            )
            every = builder.shuffle_vector(one, one, ir.Constant(whole, None))
            product = builder.fmul(row, every, flags=("contract",))
            builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
        target = builder.bitcast(to.data, vector.as_pointer())
        builder.store(builder.load(total), target, align=_DOUBLE)
        return context.get_dummy_value()

    return signature, generate


add_rows: Any = intrinsic(prefer_literal=True)(_add_rows)
"""`_add_rows`, for compiled loops."""
