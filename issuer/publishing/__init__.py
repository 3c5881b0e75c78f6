"""Publishing: the writer's side of the publication, a folder of small signed files (FORMAT 5 to 10)."""
