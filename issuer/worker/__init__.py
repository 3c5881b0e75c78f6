"""The worker: the one process at a time that signs certificates, makes documents and publishes."""
