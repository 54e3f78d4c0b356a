"""The pure rules of orders: no clock, no store, no transport."""
