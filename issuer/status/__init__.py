"""Changing the status of certificates: suspend, reinstate, withdraw, cancel; planned first, then done in one act."""
