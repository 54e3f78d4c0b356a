"""The topology: inert model, loader, checks and views. A leaf: it imports nothing of the project."""
