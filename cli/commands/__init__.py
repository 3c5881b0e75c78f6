"""The commands, a file a group. Each is thin: read what was typed, call one service, tell what came of it."""
