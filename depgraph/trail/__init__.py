"""From any number down to what it rests on, and up to what rests on it."""
