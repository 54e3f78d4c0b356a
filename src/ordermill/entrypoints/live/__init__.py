"""`GET /live`: hops as they happen, as server-sent events.

Every hop has a number, `seq`, which is its event's id. Numbers grow, and none is used twice, across restarts too: a
process begins with the microseconds since 1970, or further on if the clock went back. Events replayed from the
permanent log have their place in the log as id, which is always lower. So an id says where to go on, in the replay or
in what happens now.
"""
