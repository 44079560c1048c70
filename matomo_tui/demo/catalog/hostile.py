"""Strings that hostile or unusual visitors send: a client must render all of them harmless."""

from __future__ import annotations

TITLES: tuple[str, ...] = (
    "\x1b[2J\x1b[H\x1b]0;pwned\x07Free lamps",
    "\x9b31mred\x9b0m \x90q\x9c title",
    "invoice \u202egnp.fdp\u202c – Lumen & Oak",
    "[@click=app.quit]Best offer[/] [bold red on white]!!![/]",
    "z̸̡̢̛̗͚̱͎̟̓̈́̽̕͝a̵̢̛̖̙̰͓̐̾̆͘͠l̷̨̛̳̭̫̘̐̄͒͊͝g̴̡̜͖̙̹̈́̾̃͋͘o̸̧̘̬̻͕͐̔̽̚͝ lamp",
    "👨‍👩‍👧‍👦 family 👩🏽‍🚀 lamp 🏳️‍🌈 offer 🇩🇪🇯🇵",
    "Lamp\r\nSet-Cookie: a=b\tTab\vVertical\u2028Line",
    "<script>alert(1)</script> & “quotes” '%s' %n {0} $(id)",
    "Ｆｕｌｌｗｉｄｔｈ　ランプ 特別割引 灯具 램프",
    "A very long title " + "that goes on and on " * 60,
    "\ufeff\u200b\u200d\u2060invisible\u00ad hyphen",
    "مصباح دافئ \u2067 mixed \u2069 left",
)

KEYWORDS: tuple[str, ...] = (
    "\x1b]52;c;cm0gLXJmIH4=\x07lamp",
    "lamp'; DROP TABLE matomo_log_visit; --",
    "%00%1b[31mlamp",
    "лампа \u202eevil",
)

USER_IDS: tuple[str, ...] = (
    "mallory\x1b[8m@mail.example",
    "[link=https://evil.example]eve[/link]",
    "ünïcode+😈@mail.example",
)

REFERRERS: tuple[str, ...] = (
    "https://evil.example/?q=%1b[2J\x1b[2J" + "a" * 400,
    "https://xn--lamp-9qa.example/\u202e/moc.elgoog",
)

WEBSITES: tuple[str, ...] = ("evil.example", "xn--lamp-9qa.example")

LONG_PATH = "/x/" + "very-long-segment-" * 60 + "?utm=" + "%F0%9F%92%A1" * 40
