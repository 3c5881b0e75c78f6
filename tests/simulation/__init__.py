"""A publisher, hosts that lie and readers that sleep, played through at random: see ``tests.simulation.machine``."""
