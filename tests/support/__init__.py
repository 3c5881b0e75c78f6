"""What the tests share: the fixed clock, tools of the machine, environments."""
