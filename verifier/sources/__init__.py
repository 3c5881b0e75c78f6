"""Sources: the ways in which a credential reaches the verifier."""
