"""SQL that loads, settles, undoes and verifies. Text only; imports sql.answering and the modules of api.sql."""
