"""What an office does, as functions: the ground floor of the issuer.

Rules: each takes an opened home and, where something changes, an actor; opens the unit of work itself; and returns a
frozen value. Every face (command line, web, program) calls these and nothing deeper. No key is imported here: what an
operator signs is drafted by one function and accepted by another, and ``here`` does both where the key is at hand.
"""
