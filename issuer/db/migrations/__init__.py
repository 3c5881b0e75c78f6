"""The register's migrations, oldest first in ``versions``. A migration that was released is never edited."""
