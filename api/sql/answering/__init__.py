"""SQL that answers queries: one statement for each. Text only; imports query and the modules of api.sql."""
