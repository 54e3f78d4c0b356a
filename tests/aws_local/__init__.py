"""The real infrastructure, applied to an AWS emulator on this machine: `make aws-local`, and the scenarios deployed."""
