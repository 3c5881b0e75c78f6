"""Letters to holders, by one of several transports. They know letters, and nothing of codes or certificates."""
