"""The log: one line per event, JSON for machines and columns for people, written without holding anybody up."""
