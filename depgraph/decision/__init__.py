"""Questions that join shares, plants and claims to say what a bloc can do: who can step in, and with what."""
