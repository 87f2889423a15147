"""Messages to posts: one while it waits, however many times the same thing is said; facts of delivery kept apart."""
