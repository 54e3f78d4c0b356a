"""The server as its users meet it: a process, its port and its files."""
