"""The unlock service, claim codes and how they reach their holders."""
