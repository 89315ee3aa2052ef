"""What can be configured of OData: section ``console.odata``, variables ``REGISTERBRO_CONSOLE__ODATA__…``."""

from pydantic import Field
from registerbro.settings import Section

from console.odata import limits


class OdataSettings(Section):
    """How queries are answered."""

    page_size: int = Field(
        default=50,
        ge=1,
        le=limits.PAGE,
        description="entities in an answer, unless the client prefers another number",
    )
    statement_seconds: float = Field(
        default=10, ge=0.1, le=300, description="how long the store may work on a query before it is given up"
    )
