"""Batches: checked rows stored sealed, and the two statements without which the worker signs nothing."""
