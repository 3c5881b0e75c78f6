"""The conformance vectors: a directory per case, and the generator that makes every byte of them."""
