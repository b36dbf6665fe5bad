"""What developers of Catherd run; nothing of it is shipped."""
