"""The register and all that writes: intake, issuing, documents, withdrawal, publication."""
