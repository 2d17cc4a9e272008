"""The champion as an HTTP service: POST /predict answers the genre of a song."""
