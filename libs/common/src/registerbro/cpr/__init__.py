"""The Danish central person register's formats: record layouts, reader, writer, person, mapping, numbers.

No driver and no framework: everything here is values in, values out, except for the files the reader reads.
"""
