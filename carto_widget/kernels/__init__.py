"""Loops that Numba compiles (the extra `fast`) for the numbers that are asked for most.

Nothing needs them: they give what the formulas give, which stay the truth. Tables are the same bit
for bit; the sums of a live map may differ by a rounding of 16-bit probabilities (`running`). Numba
is imported, and a loop compiled, when enough samples ask for it first; the compiled loop is kept on
disk where Numba finds a folder to write to.
"""
