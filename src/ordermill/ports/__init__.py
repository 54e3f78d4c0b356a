"""What functions may ask of the outside, as Protocols.

A port's methods are its verbs: `topology.json` grants verbs by these names, and a function gets each port narrowed
to the verbs it was granted. Verbs that return a *part* (`claim`, `reserve`) change nothing themselves: the part rides
in another table's write, so that what belongs together is one atomic operation.
"""
