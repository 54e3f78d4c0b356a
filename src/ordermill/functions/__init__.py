"""The deployed functions, one file each, named as in `topology.json`."""
