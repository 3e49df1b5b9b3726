"""Changes facts by loads, retractions and undos, each one transaction and one revision. May import intake, sql, errors and schema."""
