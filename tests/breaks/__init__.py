"""One deliberate break for each rule of docs/FORMAT.md, and the test that fails for it."""
