"""The reports of the categories Ecommerce and Goals: some for each goal that the site has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.reports.metadata.described import Described
from matomo_tui.demo.world import Site

_REACHED = ("nb_conversions", "nb_visits_converted", "revenue")
_ORDERED: tuple[str, ...] = ("nb_conversions", "nb_visits_converted", "conversion_rate", "revenue", "revenue_subtotal")
_ORDERED += ("revenue_tax", "revenue_shipping", "revenue_discount", "items")


def _until(category: str, prefix: str, parameters: Mapping[str, Json], *, goals: bool = False) -> Iterator[Described]:
    """How many visits and days it took."""
    for name, action, about in (
        ("Visits to Conversion", "getVisitsUntilConversion", "How many visits it took until a goal was reached."),
        ("Days to Conversion", "getDaysToConversion", "How many days it took until a goal was reached."),
    ):
        yield Described(
            category,
            "",
            f"{prefix} - {name}" if prefix else name,
            "Goals",
            action,
            about,
            name,
            ("nb_conversions",),
            (),
            goals="visit" if goals else "",
            constant=True,
            parameters=parameters,
            guide=True,
        )


def ecommerce() -> Iterator[Described]:
    """Orders, carts left behind, and products."""
    order: Mapping[str, Json] = {"idGoal": "ecommerceOrder"}
    yield Described(
        "Ecommerce",
        "",
        "Ecommerce Orders",
        "Goals",
        "get",
        "What was ordered, and what it came to.",
        metrics=_ORDERED,
        processed=("avg_order_revenue",),
        parameters=order,
        names={"nb_conversions": "Ecommerce Orders"},
        guide=True,
    )
    yield from _until("Ecommerce", "Ecommerce Orders", order)
    cart: Mapping[str, Json] = {"idGoal": "ecommerceAbandonedCart"}
    yield Described(
        "Ecommerce",
        "",
        "Abandoned Carts",
        "Goals",
        "get",
        "What was put in a cart and left there.",
        metrics=("nb_conversions", "conversion_rate", "revenue", "items"),
        processed=("avg_order_revenue",),
        parameters=cart,
        names={
            "nb_conversions": "Abandoned Carts",
            "revenue": "Revenue left in cart",
            "items": "Products left in cart",
        },
        guide=True,
    )
    yield from _until("Ecommerce", "Abandoned Carts", cart)
    for name, action in (("Name", "getItemsName"), ("SKU", "getItemsSku"), ("Category", "getItemsCategory")):
        yield Described(
            "Ecommerce",
            "Products",
            f"Product {name}",
            "Goals",
            action,
            "What was bought, how much of it and for how much.",
            f"Product {name}",
            ("revenue", "quantity", "orders", "nb_visits"),
            ("avg_price", "avg_quantity", "conversion_rate"),
            names={"revenue": "Product Revenue", "conversion_rate": "Product Conversion Rate"},
            guide=True,
        )


def _overview(name: str, about: str, parameters: Mapping[str, Json]) -> Described:
    return Described(
        "Goals",
        "",
        name,
        "Goals",
        "get",
        about,
        metrics=_REACHED,
        processed=("conversion_rate",),
        parameters=parameters,
        guide=True,
    )


def overview() -> Described:
    """All goals in one row."""
    return _overview("Goals", "How often goals were reached, and what that brought.", {})


def goals(site: Site) -> Iterator[Described]:
    """All goals together, and each of the site's goals."""
    yield overview()
    yield from _until("Goals", "", {}, goals=True)
    yield _overview("Goals Overview", "How often goals were reached, and what that brought.", {"idGoal": 0})
    yield from _until("Goals", "Goals Overview", {"idGoal": 0})
    for goal in site.goals:
        yield _overview(f"Goal {goal.name}", "How often this goal was reached.", {"idGoal": goal.id})
        yield from _until("Goals", goal.name, {"idGoal": goal.id})
