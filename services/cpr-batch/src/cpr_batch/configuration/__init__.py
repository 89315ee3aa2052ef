"""The settings in force: what the process was told, completed by what operators stored in the database.

Precedence: environment and secret files, then stored values, then ``appsettings.json``, then defaults.
"""
