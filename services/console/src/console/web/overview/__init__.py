"""The overview: how everything stands, the last hours as charts, what needs a person and where it is mended."""
