"""Matomo's Goals module: products."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.archive import rows_merged
from matomo_tui.demo.engine.products import products_of
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.traffic.steps import Item


def _items(action: str, dimension: str, key_of: Callable[[Item], str]) -> None:
    @report(f"Goals.{action}", Shape(sort="revenue"))
    async def rows(query: ReportQuery) -> list[TableRow]:
        left = query.ask.flag("abandonedCarts")
        archive = query.archive
        sold = await archive.folded(
            ("products", dimension, left),
            lambda selection: products_of(selection, key_of, archive.pieces, left=left),
            query.span,
            rows_merged,
        )
        found = []
        for label, product in sold.items():
            columns: dict[str, Json] = {
                "revenue": number(product.revenue),
                "quantity": product.quantity,
                "abandoned_carts" if left else "orders": product.orders,
                "avg_price": number(product.revenue / product.quantity) if product.quantity else 0,
                "avg_quantity": number(product.quantity / product.orders, 1) if product.orders else 0,
                # Of views of products, which a site may tell Matomo about and this one does not.
                "conversion_rate": 0.0,
            }
            found.append(TableRow(label, columns, {"segment": f"{dimension}=={quote_plus(label)}"}))
        return found


_items("getItemsName", "productName", lambda item: item.name)
_items("getItemsSku", "productSku", lambda item: item.sku)
_items("getItemsCategory", "productCategory", lambda item: item.category)
