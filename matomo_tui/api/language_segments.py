"""The segments of language rows, so that they find the visits of their row on each version of Matomo.

Matomo makes these rows from the stored code: it adds the region to a code without one where it can guess it, drops a
region that is named as the language, and calls an empty code ``xx``. The segments that it sends look for the code of
the row. 5.0.2 stores ``ja`` and ``de``, 5.8.0 ``ja-jp`` and ``de-de``: the rows of both are ``ja-jp`` and ``de``.
"""

from __future__ import annotations

from matomo_tui.late_pattern import late_pattern

_OF_A_CODE = late_pattern(r"languageCode==(([a-z]{2,3})(-[a-z]{2})?)")
_UNKNOWN = "xx"
_GUESSED = frozenset(
    {
        "bo-cn",
        "ca-es",
        "cs-cz",
        "da-dk",
        "el-gr",
        "et-ee",
        "fa-ir",
        "he-il",
        "ja-jp",
        "ko-kr",
        "ms-my",
        "nb-no",
        "nn-no",
        "sl-si",
        "sq-al",
        "sr-rs",
        "sv-se",
        "uk-ua",
    }
)
"""The codes with the region that Matomo adds: ``core/Intl/Data/Resources/languages-to-countries.php``. There is no row
for such a language alone, so that nothing is counted twice."""


def found_on_each_version(segment: str) -> str:
    """``segment``, which also finds the other codes that the row stands for if it is that of one language code."""
    found = _OF_A_CODE.fullmatch(segment)
    if found is None:
        return segment
    code, language, region = found.groups()
    if code == _UNKNOWN:
        return f"{segment},languageCode=="
    if region is None:
        return f"{segment},languageCode=={language}-{language}"
    return f"{segment},languageCode=={language}" if code in _GUESSED else segment
