"""Texts and numbers that a server, or a visitor through it, may send to harm a terminal, a program or a spreadsheet."""

from __future__ import annotations

from zlib import crc32

FLOOD = 100_000
"""Characters of the longest texts."""
MARKER = "m4rk"
"""Stands in texts of markup: where it is drawn, the brackets around it must be drawn too."""
SECRET_LINK = "evil.example"
"""The host of every hostile link: no link of the terminal may lead there by markup."""

TEXTS: dict[str, str] = {
    "C0": "".join(map(chr, range(32))) + "\x7f",
    "C1": "".join(map(chr, range(0x80, 0xA0))),
    "ESC": "\x1bc\x1b7\x1b8\x1bM\x1b#8\x1b(0",
    "CSI": "\x1b[2J\x1b[1;1H\x1b[?1049l\x1b[5i\x1b[6n\x1b[21t\x1b[31m",
    "CSI of 8 bits": "\x9b2J\x9b6n\x9b?1049l",
    "OSC title": "\x1b]0;pwned\x07\x1b]2;pwned\x1b\\",
    "OSC 52": "\x1b]52;c;cm0gLXJmIH4K\x07",
    "OSC 8": f"\x1b]8;;https://{SECRET_LINK}\x1b\\here\x1b]8;;\x1b\\",
    "OSC 9 and 777": "\x1b]9;4;1;50\x07\x1b]777;notify;a;b\x07\x9d9;x\x9c",
    "DCS": "\x1bP$q q\x1b\\\x1bP1000p%output\x1b\\\x90q\x9c",
    "APC, PM and SOS": "\x1b_Ga=q,i=1;\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\\x9fG\x9c\x9e\x9c\x98\x9c",
    "ends of sequences": "\x07\x1b\\\x9c;BEL;ST\x18\x1a",
    "backspaces": "safe\b\b\b\bevil\r\rgone",
    "overrides": "\u202egnp.exe\u202c\u202dabc\u202c\u2066x\u2069\u2067y\u2069\u200e\u200f\u061c",
    "tags": "\U000e0001\U000e0068\U000e0069\U000e007f",
    "zero width": "a\u200bb\u200cc\u2060d\ufeffe\u00adf\u180eg",
    "zero-width flood": "z" + "\u200d" * 5_000 + "z",
    "combining flood": "e" + "\u0301\u0338\u20dd" * 3_334,
    "combining alone": "\u0301\u0301\u0301first",
    "ZWJ": "👨\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 👍🏽",
    "flags": "🇩🇪🇫🇷🇺",
    "wide": "日本語テスト漢字仮名交じり文" * 4,
    "scripts": "שלום مرحبا नमस्ते ไทย 한국어 \u1100\u1161\u11a8",
    "fillers": "\u3164\u115f\u1160\uffa0\u2800",
    "separators": "one\u2028two\u2029three\x85four\x0bfive\x0csix\r\nseven\teight",
    "surrogates": "half \ud800 pair \udfff",
    "noncharacters": "\ufffe\uffff\U0001fffe\ufdd0\ue000\U0010ffff",
    "long": "L" * FLOOD,
    "long and wide": "界" * (FLOOD // 5),
    "long line of blanks": " " * FLOOD + "end",
    "markup": f"[b]{MARKER}[/b][/][@click=app.quit]{MARKER}[/][link='https://{SECRET_LINK}']{MARKER}[/link]",
    "broken markup": f"[/nope] [ [[ ]] [$error]{MARKER}[/ \\[x] [not closed",
    "markup of Rich": f"[red on blue blink]{MARKER}[/red on blue blink] :skull: [link=https://{SECRET_LINK}]{MARKER}[/link]",
    "Markdown": f"# h\n[x](https://{SECRET_LINK}) ![i](file:///etc/passwd) `c` <b>",
    "HTML": "<script>alert(1)</script>&lt;b&gt;&amp;#27;&#x1b;<img src=x onerror=alert(1)>",
    "SVG": "]]></text></svg><script>alert(1)</script><!--",
    "formula =": "=cmd|' /C calc'!A0",
    "formula +": "+1+1",
    "formula -": "-2+3+cmd|' /C calc'!A0",
    "formula @": "@SUM(1+1)*cmd",
    "formula after a tab": "\t=1+1",
    "formula after a break": "\r\n=1+1",
    "formula after a blank": ' =HYPERLINK("https://evil.example";"x")',
    "formula of full width": "＝1+1",
    "formula behind invisible": "\u200b=1+1",
    "quotes": "\"'`,;|\t\\\"\"''",
    "line of JSON": '"}\n{"type":"visit","evil":true}\n',
    "shell": "$(touch pwned);`touch pwned`&&rm -rf ~|%PATH%\n!!",
    "format": "{0} {x!r} %s %(a)d %n {{}} ${HOME} \\x1b \\033[2J \\u001b",
    "metric": 'evil{a="b"} 1\n# HELP x\n# TYPE x counter\nx\\',
    "address": "http://[::1/ http://%zz:99999999/ //\\@ javascript:alert(1) http://a\u202eb",
    "address of bytes": "https://%00%0a%1b%ff%fe.example/\x1b[2J?%c0%ae%c0%ae/",
    "path": "../../../etc/passwd\x00.csv",
    "file name": "CON.txt:stream/..\\..\\x*?<>|",
    "empty": "",
    "blank": "   ",
    "dash": "-",
    "null": "null",
    "option": "--output=/tmp/pwned",
}
"""Name → text."""

NUMBERS: dict[str, object] = {
    "huge": 10**30,
    "hugest": 10**309,
    "negative": -1,
    "most negative": -(2**63) - 1,
    "float": 1e308,
    "tiny": 5e-324,
    "text": "x\x1b[2J",
    "text of a number": "１２",
    "exponent": "1e400",
    "infinite": "inf",
    "nan": "nan",
    "long": "9" * 400,
    "fraction": 0.1 + 0.2,
    "clock": 253_402_300_800,
    "clock before": -62_135_596_801,
    "duration": "99:99:99",
    "percent": "1000000000000 %",
    "true": True,
    "null": None,
    "list": [],
    "object": {},
}
"""Name → value in the place of a number."""

SHORT = tuple(name for name, text in TEXTS.items() if len(text) < 1_000)
"""The names of the texts that are not floods."""


def text_for(place: str, names: tuple[str, ...] = tuple(TEXTS)) -> str:
    """A text of the corpus, the same for the same ``place``."""
    return TEXTS[names[crc32(place.encode("utf-8", "replace")) % len(names)]]


def number_for(place: str) -> object:
    """A value in the place of a number, the same for the same ``place``."""
    values = list(NUMBERS.values())
    return values[crc32(place.encode("utf-8", "replace")) % len(values)]
