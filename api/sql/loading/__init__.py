"""SQL that loads, settles, undoes and verifies. Text only. May import sql.answering, the modules of api.sql, query and schema."""
