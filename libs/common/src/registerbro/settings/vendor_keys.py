"""The vendor's own keys of ``appsettings.json``, read as they are: at the top of the file, in any case."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Place: TypeAlias = tuple[str, ...]
PLACES: Mapping[str, Place] = {
    "OAuth2ServerUrl": ("cvr_subscription", "oauth2_server_url"),
    "OAuth2ClientId": ("cvr_subscription", "oauth2_client_id"),
    "OAuth2ClientSecret": ("cvr_subscription", "oauth2_client_secret"),
    "ODataServerUrl": ("cvr_subscription", "odata_server_url"),
    "LogicClientId": ("cvr", "logic", "client_id"),
    "LogicClientSecret": ("cvr", "logic", "client_secret"),
    "LogicCvrSubscriptionId": ("cvr", "logic", "subscription_id"),
    "LogicCvrConfigurationId": ("cvr", "logic", "configuration_id"),
    "LogicScope": ("cvr", "logic", "scope"),
}
_BY_LOWER_CASE = {key.lower(): place for key, place in PLACES.items()}


def placed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a file with the vendor's keys in the sections that they belong to; what a section says itself goes before."""
    found = {key: value for key, value in content.items() if key.lower() not in _BY_LOWER_CASE}
    for key, value in content.items():
        if place := _BY_LOWER_CASE.get(key.lower()):
            found = _with_default(found, place, value)
    return found


def _with_default(content: Mapping[str, Any], place: Place, value: Any) -> dict[str, Any]:
    name, *rest = place
    if not rest:
        return {name: value, **content}
    inner = content.get(name, {})
    if not isinstance(inner, Mapping):
        return dict(content)  # a section that is no object is refused as such
    return {**content, name: _with_default(inner, tuple(rest), value)}
