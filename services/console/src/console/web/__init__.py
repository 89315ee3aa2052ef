"""The operators' pages: rendered here, from what the services' public APIs answer to the person who looks.

No page touches the store, and nothing is kept in the process: any replica answers any call. A module of pages has a ``Pages``
(``pages.py``), its handlers take a ``CurrentVisit`` (``visit.py``), which calls the services (``gateway.py``) and renders
templates (``rendering.py``) in the person's language (``languages.py``). What changes while somebody looks comes as
server-sent events (``live.py``).
"""
