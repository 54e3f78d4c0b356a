"""One order's way, step by step: from what is durable about it, and the hops that are still in memory."""
