"""The register: engine, sessions, tables, migrations, and the repositories that several domains share."""
