"""Lumen & Oak: lamps and furniture, sold from Berlin to everywhere."""

from __future__ import annotations

from matomo_tui.demo.catalog.places import places_of
from matomo_tui.demo.catalog.sitemap import Extra, Product, Sitemap, SitemapEntry, SitemapPage, pages_by_path
from matomo_tui.demo.catalog.sources import DIRECT, ENGINES, SOCIALS, campaign, website

_PRODUCTS = (
    Product("LMP-01", "Hazel table lamp", "Lamps", 89.0),
    Product("LMP-02", "Fjord floor lamp", "Lamps", 189.0),
    Product("LMP-03", "Moon pendant", "Lamps", 129.0),
    Product("LMP-04", "Clip light Pico", "Lamps", 34.9),
    Product("LMP-05", "Warm bulb E27, pack of 3", "Lamps", 19.9),
    Product("CHR-01", "Alder dining chair", "Chairs", 149.0),
    Product("CHR-02", "Reading chair Nook", "Chairs", 429.0),
    Product("CHR-03", "Stool Trio", "Chairs", 59.0),
    Product("TBL-01", "Oak dining table", "Tables", 899.0),
    Product("TBL-02", "Side table Leaf", "Tables", 119.0),
    Product("DSK-01", "Standing desk Pine", "Desks", 549.0),
    Product("DSK-02", "Desk shelf", "Desks", 49.0),
    Product("SHL-01", "Wall shelf Line", "Shelves", 79.0),
    Product("SHL-02", "Bookcase Tall", "Shelves", 329.0),
    Product("TXT-01", "Wool throw", "Textiles", 69.0),
    Product("TXT-02", "Linen cushion – größe M", "Textiles", 29.5),
)


def _slug(name: str) -> str:
    return name.lower().split(",")[0].replace(" – größe m", "").replace(" ", "-")


PRODUCTS = {f"/products/{_slug(product.name)}": product for product in _PRODUCTS}
_BY_CATEGORY = {
    category: tuple(path for path, product in PRODUCTS.items() if product.category == category)
    for category in dict.fromkeys(product.category for product in _PRODUCTS)
}
_CATEGORY_PATHS = tuple(f"/{category.lower()}" for category in _BY_CATEGORY)

_BANNER = Extra(0.25, "content", name="Autumn banner", action="banner-1200.webp", url="/sale")
_FIND = Extra(0.1, "search", name="{}")
_VIDEO = (
    Extra(0.12, "event", "Video", "play", "How it is made", values=(1, 90)),
    Extra(0.06, "event", "Video", "pause", "How it is made", values=(5, 90)),
)
_GALLERY = Extra(0.2, "event", "Gallery", "zoom", "photo", values=(1, 6))
_MANUAL = Extra(0.05, "download", url="/files/assembly-guide.pdf")
_PARTNER = Extra(0.2, "outlink", url="https://timber-guild.example/certificate")
_NEWSLETTER = Extra(0.05, "event", "Newsletter", "subscribe", "footer")


def _category(name: str, path: str) -> SitemapPage:
    others = tuple((0.4, other) for other in _CATEGORY_PATHS if other != path)
    products = tuple((3.0, product) for product in _BY_CATEGORY[name])
    return SitemapPage(path, name, 24, 0.16, (*products, *others, (0.4, "/sale")), (_FIND,))


def _product(path: str, product: Product) -> SitemapPage:
    related = tuple((0.9, other) for other in _BY_CATEGORY[product.category] if other != path)
    return SitemapPage(
        path,
        f"{product.name} – {product.category}",
        38,
        0.26,
        (*related, (0.38, "/cart"), (0.8, f"/{product.category.lower()}"), (0.4, "/help/shipping"), (0.3, "/")),
        (*_VIDEO, _GALLERY, _MANUAL, _FIND),
        role="product",
    )


_JOURNAL = {
    "/journal/2026/warm-light-in-november": "Warm light in November",
    "/journal/2026/how-we-bend-oak": "How we bend oak 🪵",
    "/journal/2026/ガイド": "ランプの選び方 – ガイド",
    "/journal/2025/small-rooms": "Seven ideas for small rooms",
}


def _article(path: str, title: str) -> SitemapPage:
    others = tuple((0.8, other) for other in _JOURNAL if other != path)
    links = (*others, (1.0, "/lamps"), (0.6, "/products/hazel-table-lamp"), (0.4, "/journal"))
    return SitemapPage(
        path, title, 75, 0.5, links, (Extra(0.35, "event", "Scroll", "75 %", title), _PARTNER, _NEWSLETTER)
    )


_PAGES = pages_by_path(
    SitemapPage(
        "/",
        "Lumen & Oak – lamps and furniture",
        16,
        0.26,
        (*((1.0, path) for path in _CATEGORY_PATHS), (2.2, "/sale"), (0.7, "/journal"), (0.3, "/about")),
        (_BANNER, _FIND, _NEWSLETTER),
    ),
    *(_category(name, f"/{name.lower()}") for name in _BY_CATEGORY),
    *(_product(path, product) for path, product in PRODUCTS.items()),
    SitemapPage(
        "/sale",
        "Autumn sale",
        26,
        0.2,
        (
            (3.0, "/products/hazel-table-lamp"),
            (2.0, "/products/moon-pendant"),
            (1.5, "/products/wool-throw"),
            (1.5, "/products/reading-chair-nook"),
            (1.0, "/lamps"),
        ),
        (_BANNER, _FIND),
    ),
    SitemapPage("/cart", "Cart", 22, 0.6, ((5.0, "/checkout/shipping"), (1.2, "/sale"), (0.6, "/lamps")), (), "cart"),
    SitemapPage(
        "/checkout/shipping", "Checkout – shipping", 48, 0.3, ((5.0, "/checkout/payment"), (0.5, "/help/shipping"))
    ),
    SitemapPage("/checkout/payment", "Checkout – payment", 40, 0.12, ((6.0, "/checkout/thanks"), (0.5, "/cart"))),
    SitemapPage("/checkout/thanks", "Thank you for your order", 20, 0.6, ((1.0, "/account"), (1.0, "/")), (), "order"),
    SitemapPage("/account", "Your account", 20, 0.4, ((2.0, "/account/orders"), (1.0, "/"), (1.0, "/sale"))),
    SitemapPage("/account/orders", "Your orders", 25, 0.45, ((1.0, "/help/returns"), (1.0, "/account"), (1.0, "/"))),
    SitemapPage(
        "/help/shipping", "Help: shipping and delivery", 30, 0.3, ((1.0, "/help/returns"), (1.5, "/cart"), (1, "/"))
    ),
    SitemapPage("/help/returns", "Help: returns", 35, 0.45, ((1.0, "/help/contact"), (1.0, "/account"))),
    SitemapPage(
        "/help/contact",
        "Help: write to us",
        40,
        0.5,
        ((1.0, "/"), (1.0, "/help/shipping")),
        (Extra(0.4, "event", "Form", "send", "contact"), Extra(0.1, "outlink", url="https://chat.lumen-oak.example/")),
    ),
    SitemapPage("/journal", "Journal", 20, 0.25, tuple((1.0, path) for path in _JOURNAL)),
    *(_article(path, title) for path, title in _JOURNAL.items()),
    SitemapPage("/about", "About us", 45, 0.4, ((1.0, "/stores"), (1.0, "/journal"), (1.0, "/")), (_PARTNER,)),
    SitemapPage(
        "/stores", "Our stores", 30, 0.5, ((1.0, "/"),), (Extra(0.3, "outlink", url="https://maps.example/lumen"),)
    ),
)

_PRODUCT_PATHS = tuple(PRODUCTS)
_JOURNAL_PATHS = tuple(_JOURNAL)

SITEMAP = Sitemap(
    kind="shop",
    per_minute=5.2,
    hourly=(
        (0.62, 0.57, 0.55, 0.55, 0.58, 0.64, 0.72, 0.8, 0.86, 0.9, 0.94, 0.97),
        (1.0, 0.98, 0.95, 0.96, 1.0, 1.05, 1.1, 1.16, 1.2, 1.1, 0.92, 0.74),
    ),
    weekly=(1.0, 0.98, 0.97, 1.0, 0.94, 1.04, 1.12),
    regulars=12007,
    returning=0.44,
    known=7,
    pages=_PAGES,
    entries=(
        SitemapEntry(13, "direct", ("/",)),
        SitemapEntry(4, "direct", ("/account", "/account/orders")),
        SitemapEntry(4, "direct", ("/cart", "/sale", "/lamps")),
        SitemapEntry(22, "search", _PRODUCT_PATHS),
        SitemapEntry(7, "search", _CATEGORY_PATHS),
        SitemapEntry(7, "search", ("/",)),
        SitemapEntry(4, "search", ("/help/returns", "/help/shipping", "/stores", *_JOURNAL_PATHS)),
        SitemapEntry(9, "social", _JOURNAL_PATHS),
        SitemapEntry(
            7, "social", ("/products/moon-pendant", "/products/hazel-table-lamp", "/products/stool-trio", "/")
        ),
        SitemapEntry(9, "website", (*_PRODUCT_PATHS[:8], "/", *_JOURNAL_PATHS[:2])),
        SitemapEntry(9, "campaign", ("/sale", "/lamps", "/products/hazel-table-lamp")),
        SitemapEntry(5, "campaign", ("/cart", "/products/reading-chair-nook", "/sale", "/tables", "/")),
    ),
    keywords=("lamp", "reading chair", "größe", "oak table", "gift", "ランプ", "delivery time", "desk shelf", "sofa"),
    queries=(
        "warm table lamp",
        "oak dining table",
        "lumen and oak",
        "leselampe holz",
        "standing desk pine",
        "間接照明 ランプ",
    ),
    sources={
        "direct": ((1.0, DIRECT),),
        "search": ENGINES,
        "social": SOCIALS,
        "website": (
            (26, website("chatgpt.com")),
            (9, website("perplexity.ai")),
            (24, website("quiet-interiors.example", "/2026/10/lamps-we-love")),
            (18, website("price-owl.example", "/compare?c=lamps")),
            (13, website("timber-guild.example", "/members")),
            (10, website("mail.example", "/inbox")),
        ),
        "campaign": (
            (34, campaign("newsletter-november", "warm light", "https://mail.example/")),
            (24, campaign("autumn-sale", "oak furniture", "https://www.google.com/")),
            (16, campaign("brand", "lumen oak", "https://www.bing.com/")),
            (14, campaign("cart-reminder")),
            (12, campaign("instagram-stories", "moon pendant", "https://l.instagram.com/")),
        ),
    },
    places=places_of(
        {"de": 34, "at": 6, "ch": 5, "us": 17, "gb": 8, "nl": 6, "fr": 6, "jp": 5, "br": 3, "ca": 3, "au": 3, "in": 2},
        others=0.7,
    ),
    products=PRODUCTS,
)
