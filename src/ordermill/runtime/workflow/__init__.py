"""State machines in Amazon States Language: read, checked, and interpreted without waiting for anything."""
