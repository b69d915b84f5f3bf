"""The catalog: SQLite, its pragmas, its statements, its schema. Nothing above knows SQL."""
