"""Proving the register, row by row, by what was signed and is kept outside it."""
