"""What people do on the pages: each task begins on its page, and says in the end what has come of it."""
