"""Devices, operating systems and browsers, with the codes of Matomo's DevicesDetection."""

from __future__ import annotations

from dataclasses import dataclass

_FAMILIES = {"GNU/Linux": "Linux", "Ubuntu": "Linux", "iPadOS": "iOS", "webOS": "Other Smart TV"}
_FAMILY_ICONS = {
    "Windows": "WIN",
    "Mac": "MAC",
    "Linux": "LIN",
    "iOS": "IOS",
    "Android": "AND",
    "Other Smart TV": "WOS",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device with its browser. ``os_icon`` and ``browser_code`` are the names of Matomo's icons."""

    type: str
    brand: str
    model: str
    os: str
    os_code: str
    os_version: str
    os_icon: str
    browser: str
    browser_code: str
    browser_version: str
    family: str
    family_description: str
    resolution: str

    @property
    def full_model(self) -> str:
        """Brand and model."""
        return self.model if self.brand == "Unknown" else f"{self.brand} {self.model}"

    @property
    def os_family(self) -> str:
        """The operating system's family in Matomo."""
        return _FAMILIES.get(self.os, self.os)

    @property
    def os_family_icon(self) -> str:
        return _FAMILY_ICONS.get(self.os_family, "UNK")


_BLINK = ("Blink", "Blink (Chrome, Opera)")
_GECKO = ("Gecko", "Gecko (Firefox)")
_WEBKIT = ("WebKit", "WebKit (Safari)")

_PC = ("Desktop", "Unknown", "Generic Desktop")
_MACBOOK = ("Desktop", "Apple", "Generic Desktop")
_IPHONE = ("Smartphone", "Apple", "iPhone")
_IPAD = ("Tablet", "Apple", "iPad")

_WINDOWS_11 = ("Windows", "WIN", "11", "WIN")
_WINDOWS_10 = ("Windows", "WIN", "10", "WIN")
_MACOS = ("Mac", "MAC", "15.1", "MAC")
_LINUX = ("GNU/Linux", "LIN", "", "LIN")
_UBUNTU = ("Ubuntu", "UBT", "", "UBT")
_IOS = ("iOS", "IOS", "18.1", "IOS")
_IPADOS = ("iPadOS", "IPA", "17.7", "IOS")
_ANDROID = ("Android", "AND", "14", "AND")
_WEBOS = ("webOS", "WOS", "6", "WOS")

_CHROME = ("Chrome", "CH", "131.0", *_BLINK)
_EDGE = ("Microsoft Edge", "PS", "131.0", *_BLINK)
_FIREFOX = ("Firefox", "FF", "133.0", *_GECKO)
_SAFARI = ("Safari", "SF", "18.1", *_WEBKIT)
_MOBILE_SAFARI = ("Mobile Safari", "MF", "18.1", *_WEBKIT)
_CHROME_IOS = ("Chrome Mobile iOS", "CI", "131.0", *_WEBKIT)
_CHROME_MOBILE = ("Chrome Mobile", "CM", "131.0", *_BLINK)
_FIREFOX_MOBILE = ("Firefox Mobile", "FM", "133.0", *_GECKO)
_SAMSUNG = ("Samsung Browser", "SB", "27.0", *_BLINK)
_LG = ("LG Browser", "LG", "8.0", *_BLINK)

UNKNOWN = Device("Desktop", "Unknown", "Generic Desktop", *_LINUX, *_FIREFOX, "unknown")

DEVICES: tuple[tuple[float, Device], ...] = (
    (17, Device(*_PC, *_WINDOWS_11, *_CHROME, "1920x1080")),
    (7, Device(*_PC, *_WINDOWS_11, *_EDGE, "1920x1080")),
    (6, Device(*_PC, *_WINDOWS_10, *_FIREFOX, "2560x1440")),
    (6, Device(*_MACBOOK, *_MACOS, *_SAFARI, "1512x982")),
    (6, Device(*_MACBOOK, *_MACOS, *_CHROME, "1728x1117")),
    (4, Device(*_PC, *_LINUX, *_FIREFOX, "2560x1440")),
    (2, Device(*_PC, *_UBUNTU, *_CHROME, "1920x1080")),
    (21, Device(*_IPHONE, *_IOS, *_MOBILE_SAFARI, "390x844")),
    (4, Device(*_IPHONE, *_IOS, *_CHROME_IOS, "430x932")),
    (9, Device("Smartphone", "Samsung", "Galaxy S24", *_ANDROID, *_CHROME_MOBILE, "412x915")),
    (5, Device("Smartphone", "Google", "Pixel 8", *_ANDROID, *_CHROME_MOBILE, "412x915")),
    (3, Device("Smartphone", "Xiaomi", "Redmi Note 13", *_ANDROID, *_CHROME_MOBILE, "393x873")),
    (2, Device("Smartphone", "Fairphone", "Fairphone 5", *_ANDROID, *_FIREFOX_MOBILE, "412x892")),
    (5, Device(*_IPAD, *_IPADOS, *_MOBILE_SAFARI, "820x1180")),
    (2, Device("Tablet", "Samsung", "Galaxy Tab S9", *_ANDROID, *_SAMSUNG, "1600x2560")),
    (1, Device("Tv", "LG", "Smart TV", *_WEBOS, *_LG, "1920x1080")),
)
