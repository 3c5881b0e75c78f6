"""The home: the directory of one deployment. Paths and settings here import no keys; ``opening`` does."""
