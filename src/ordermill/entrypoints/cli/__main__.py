"""`python -m ordermill.entrypoints.cli`, for where the `ordermill` command is not on the path."""

from ordermill.entrypoints.cli import main

main(prog_name="ordermill")
