"""Composition roots: which adapter meets which port. `local` wires the local runtime, `aws` one Lambda.

Importing this package alone imports neither.
"""
