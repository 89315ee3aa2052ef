"""``$metadata`` as XML (CSDL XML 4.01), written from the same document as JSON (CSDL JSON 4.01)."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from console.odata.csdl import EnumMember, NavigationPropertyPath, PropertyPath

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
FACETS = ("MaxLength", "Precision", "Scale")

Members: TypeAlias = Mapping[str, Any]
ET.register_namespace("edmx", EDMX)


def written(document: Members, *, version: str) -> bytes:
    """The document as XML, for answers in this version of the protocol."""
    root = ET.Element(f"{{{EDMX}}}Edmx", Version=version)
    for uri, reference in document["$Reference"].items():
        element = ET.SubElement(root, f"{{{EDMX}}}Reference", Uri=uri.removesuffix(".json") + ".xml")
        for included in reference["$Include"]:
            ET.SubElement(
                element, f"{{{EDMX}}}Include", Namespace=included["$Namespace"], Alias=included["$Alias"]
            )
    services = ET.SubElement(root, f"{{{EDMX}}}DataServices")
    for namespace, members in document.items():
        if not namespace.startswith("$"):
            # the prefix-less namespace is declared by hand, as ElementTree would invent a prefix for it
            schema = ET.SubElement(services, "Schema", xmlns=EDM, Namespace=namespace)
            for name, member in _named(members):
                for each in member if isinstance(member, list) else [member]:
                    WRITERS[each["$Kind"]](schema, name, each)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _named(members: Members) -> Iterator[tuple[str, Members]]:
    return ((name, each) for name, each in members.items() if name[0] not in "$@")


def _structured(parent: ET.Element, name: str, type_: Members) -> None:
    element = ET.SubElement(parent, type_["$Kind"], Name=name)
    if type_.get("$OpenType"):
        element.set("OpenType", "true")
    if keys := type_.get("$Key"):
        key = ET.SubElement(element, "Key")
        for each in keys:
            ET.SubElement(key, "PropertyRef", Name=each)
    for property_name, each in _named(type_):
        is_navigation = each.get("$Kind") == "NavigationProperty"
        (_navigation if is_navigation else _property)(element, property_name, each)
    _annotate(element, type_)


def _property(parent: ET.Element, name: str, property_: Members) -> None:
    _value(ET.SubElement(parent, "Property", Name=name), property_)


def _value(element: ET.Element, value: Members) -> None:
    element.set("Type", _type(value))
    element.set("Nullable", _nullable(value))
    for facet in FACETS:
        if (said := value.get(f"${facet}")) is not None:
            element.set(facet, str(said))
    _annotate(element, value)


def _action(parent: ET.Element, name: str, action: Members) -> None:
    element = ET.SubElement(parent, "Action", Name=name, IsBound="true")
    if path := action.get("$EntitySetPath"):
        element.set("EntitySetPath", path)
    for parameter in action["$Parameter"]:
        _value(ET.SubElement(element, "Parameter", Name=parameter["$Name"]), parameter)
    _value(ET.SubElement(element, "ReturnType"), action["$ReturnType"])
    _annotate(element, action)


def _navigation(parent: ET.Element, name: str, property_: Members) -> None:
    element = ET.SubElement(parent, "NavigationProperty", Name=name, Type=_type(property_))
    if not property_.get("$Collection"):  # a collection of entities has no such attribute
        element.set("Nullable", _nullable(property_))
    if partner := property_.get("$Partner"):
        element.set("Partner", partner)
    _annotate(element, property_)


def _container(parent: ET.Element, name: str, container: Members) -> None:
    element = ET.SubElement(parent, "EntityContainer", Name=name)
    for set_name, each in _named(container):
        entity_set = ET.SubElement(element, "EntitySet", Name=set_name, EntityType=each["$Type"])
        for path, target in each.get("$NavigationPropertyBinding", {}).items():
            ET.SubElement(entity_set, "NavigationPropertyBinding", Path=path, Target=target)
        _annotate(entity_set, each)
    _annotate(element, container)


WRITERS = {
    "EntityType": _structured,
    "ComplexType": _structured,
    "Action": _action,
    "EntityContainer": _container,
}


def _type(property_: Members) -> str:
    name = property_.get("$Type", "Edm.String")
    return f"Collection({name})" if property_.get("$Collection") else name


def _nullable(property_: Members) -> str:
    return "true" if property_.get("$Nullable") else "false"


def _annotate(element: ET.Element, annotated: Members) -> None:
    for name, value in annotated.items():
        if name.startswith("@"):
            _express(ET.SubElement(element, "Annotation", Term=name.removeprefix("@")), value)


def _express(element: ET.Element, value: Any) -> None:
    """Puts a value into an annotation or a record's property: an attribute where it is a constant."""
    match value:
        case bool():
            element.set("Bool", "true" if value else "false")
        case int():
            element.set("Int", str(value))
        case EnumMember():
            element.set("EnumMember", _member(value))
        case NavigationPropertyPath():
            element.set("NavigationPropertyPath", value)
        case str():
            element.set("String", value)
        case list():
            collection = ET.SubElement(element, "Collection")
            for each in value:
                _item(collection, each)
        case Mapping():
            record = ET.SubElement(element, "Record")
            for name, each in value.items():
                _express(ET.SubElement(record, "PropertyValue", Property=name), each)
        case _:
            raise TypeError(f"no expression for {type(value).__name__}")


def _item(collection: ET.Element, value: Any) -> None:
    match value:
        case PropertyPath() | NavigationPropertyPath():
            ET.SubElement(collection, type(value).__name__).text = value
        case EnumMember():
            ET.SubElement(collection, "EnumMember").text = _member(value)
        case str():
            ET.SubElement(collection, "String").text = value
        case Mapping():
            record = ET.SubElement(collection, "Record")
            for name, each in value.items():
                _express(ET.SubElement(record, "PropertyValue", Property=name), each)
        case _:
            raise TypeError(f"no expression for {type(value).__name__} in a collection")


def _member(value: EnumMember) -> str:
    return " ".join(f"{value.type}/{each}" for each in value.split(","))
