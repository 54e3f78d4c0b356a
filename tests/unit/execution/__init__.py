"""The execution of one order."""
