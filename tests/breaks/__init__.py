"""One deliberate break for each rule of docs/FORMAT.md and of the register's rooms, and the test that fails for it."""
