"""The code page of 8-bit text, and the escapes that STEP has for it."""

import codecs
import re
from collections.abc import Callable

from ifcjob_runner.input.repair.frequent_characters import CHINESE, GREEK, JAPANESE, KOREAN, RUSSIAN

_LANGUAGES: list[tuple[str, str]] = [
    (r"\b(JPN|JA|ja-JP|jp|Japanese)\b", "cp932 euc_jp"),
    (r"\b(CHS|zh-CN|Chinese_PRC|Simplified)\b", "gb18030"),
    (r"\b(CHT|zh-TW|Traditional)\b", "cp950"),
    (r"\b(KOR|ko-KR|Korean)\b", "cp949"),
    (r"\b(RUS|ru-RU|UKR|BGR|Russian)\b", "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic"),
    (r"\b(PLK|POL|CSY|CZE|HUN|SKY|SVK|ROM|SLV|HRV)\b", "cp1250 iso8859_2"),
    (r"\b(ELL|GRE|el-GR|Greek)\b", "cp1253"),
    (r"\b(TRK|TUR|tr-TR|Turkish)\b", "cp1254"),
    (r"\b(HEB|he-IL|Hebrew)\b", "cp1255"),
    (r"\b(ARA|ar-[A-Z]{2}|Arabic)\b", "cp1256"),
    (r"\b(LVI|LTH|EST|lv-LV|lt-LT|et-EE)\b", "cp1257"),
    (r"\b(THA|th-TH|Thai)\b", "cp874"),
]
_DECLARED = re.compile(
    r"(?:code ?page|charset|encoding)\W{0,3}(?:cp|windows-)?([\w-]{3,12})|\b(windows-\d{4})", re.IGNORECASE
)
_CANDIDATES = (
    *("cp1252", "cp1250", "cp1251", "cp932", "gb18030", "cp949", "cp950", "cp1253", "cp850", "mac_roman"),
    *("cp1254", "cp1257", "iso8859_2", "euc_jp", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"),
)
"""In the order of preference when two fit equally well."""
_NEAR = 0.15
"""The difference of scores that leaves a doubt."""
_WESTERN = frozenset("äöüßÄÖÜéèêëàâáãåçñíìîïóòôõøúùûæøÉÈÀÂÁÇÑÓÕÅØÆ")
_CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůžýáíéúČĎĚŇŘŠŤŮŽÝÁÍÉÚőűŐŰöüăâîșțş")
_LETTER_WEIGHTS = {letter: 1.1 - rank / 40 for letters in (RUSSIAN, GREEK) for rank, letter in enumerate(letters)}
_TURKISH = frozenset("çğıöşüÇĞİÖŞÜâîû")
_BALTIC = frozenset("āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽąęėįųĄĘĖĮŲõäöüÕÄÖÜ")
_SIGNS = frozenset("°²³µ€\u2013\u2014•…„“”\u2018\u2019\u00d7·½¼±§")
_NOT_ASCII_WORD = re.compile(r"(?P<before>(?<=[A-Za-z]))?(?P<small>(?<=[a-z]))?[^\x00-\x7f]+(?P<after>(?=[A-Za-z]))?")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CUT = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})(?='?\Z)")
_ASCII = bytes(range(128))


def is_mostly_utf8(texts: list[bytes]) -> bool:
    """Return whether texts that are not UTF-8 as a whole are, but for some bytes; in no code page they look so."""
    characters = other = 0
    for text in texts:
        characters += len(_UTF8.findall(text))
        other += len(_UTF8.sub(b"", text).translate(None, _ASCII))
    return characters >= other > 0


def code_page(texts: list[bytes], header: str) -> str:
    """Return the code page that fits texts which are not UTF-8."""
    return likely_pages(texts, header)[0]


def likely_pages(texts: list[bytes], header: str) -> list[str]:
    """Return the declared code page, the one of the tool's language, or the best and any that fits nearly as well."""
    if (declared := _DECLARED.search(header)) and (page := _known(declared[1] or declared[2])) and _fits(texts, page):
        return [page]
    candidates: tuple[str, ...] = _CANDIDATES
    for pattern, pages in _LANGUAGES:
        if re.search(pattern, header) and (fitting := tuple(page for page in pages.split() if _fits(texts, page))):
            candidates = fitting
            break
    scores = {page: _score(texts, page) for page in candidates}
    best, *others = sorted(candidates, key=lambda page: -scores[page])
    text = b"\n".join(texts).decode(best, "replace")
    near = [page for page in others if scores[page] > max(0.0, scores[best] - _NEAR)]
    return [best, *(page for page in near if b"\n".join(texts).decode(page) != text)]


def decoded(text: bytes, page: str) -> str:
    """Return the text; no character is left out, whatever its bytes are. U+FFFD stands for a part of one in UTF-8."""
    if page == "utf-8" and (_UTF8.search(text) or _CUT.search(text)):
        return text.decode("utf-8", "replace")
    for candidate in (
        ("utf-8", page, "cp1252") if page.startswith(("cp12", "cp8", "mac", "iso", "utf")) else (page, "utf-8")
    ):
        try:
            return text.decode(candidate)
        except UnicodeDecodeError:
            continue
    return text.decode("latin-1")


def escaped(text: str) -> bytes:
    """Write text with STEP's escapes for characters outside ASCII."""
    return _NOT_ASCII.sub(_escape, text).encode("ascii")


def _escape(match: re.Match[str]) -> str:
    text = match[0]
    if max(text) > "\uffff":
        return f"\\X4\\{text.encode('utf-32-be').hex().upper()}\\X0\\"
    return f"\\X2\\{text.encode('utf-16-be', 'surrogatepass').hex().upper()}\\X0\\"


def _known(name: str) -> str | None:
    for candidate in (name, f"cp{name}"):
        try:
            return codecs.lookup(candidate).name
        except LookupError:
            continue
    return None


def _fits(texts: list[bytes], page: str) -> bool:
    try:
        b"\n".join(texts).decode(page)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _score(texts: list[bytes], page: str) -> float:
    """Return how likely the texts are in this code page: at most 1, and -1 when they cannot be."""
    if not _fits(texts, page):
        return -1.0
    weigh = _WEIGHTS.get(page, _western)
    score = size = 0.0
    for word in _NOT_ASCII_WORD.finditer(b" | ".join(texts).decode(page)):
        count = len(word[0].encode(page))
        weight = weigh(word[0], (word["before"] is not None) + (word["after"] is not None))
        # A capital letter behind a small one is rare.
        score += weight * count * (0.3 if word["small"] is not None and weight > 0 and word[0][0].isupper() else 1.0)
        size += count
    return score / size if size else -1.0


def _european(word: str, letters: frozenset[str], *, in_word: bool) -> float:
    weights = [1.0 if c in letters else 0.3 if c.isalpha() and in_word else 0.6 if c in _SIGNS else -0.5 for c in word]
    return sum(weights) / len(word) * (1.0 if len(word) <= 2 else 0.4)


def _western(word: str, neighbours: int) -> float:
    return _european(word, _WESTERN, in_word=neighbours > 0)


def _central(word: str, neighbours: int) -> float:
    return _european(word, _CENTRAL, in_word=neighbours > 0)


def _turkish(word: str, neighbours: int) -> float:
    return _european(word, _TURKISH, in_word=neighbours > 0)


def _baltic(word: str, neighbours: int) -> float:
    return _european(word, _BALTIC, in_word=neighbours > 0)


def _cyrillic(word: str, neighbours: int) -> float:
    return _alphabet(word, "\u0401", "\u0451", in_word=neighbours > 0)


def _greek(word: str, neighbours: int) -> float:
    return _alphabet(word, "\u0384", "\u03ce", in_word=neighbours > 0)


def _alphabet(word: str, first: str, last: str, *, in_word: bool) -> float:
    """Weigh a word of another alphabet, which is capitalized at most at its beginning."""
    if in_word:  # letters of two alphabets in one word
        return -0.3
    inside = sum(_LETTER_WEIGHTS.get(c.lower(), 0.2) for c in word if first <= c <= last) / len(word)
    return inside * 0.9 if len(word) > 1 and (word[1:].islower() or word.isupper()) else 0.2


def _japanese(word: str, neighbours: int) -> float:
    leads = [c.encode("cp932")[0] for c in word]
    weights = [
        _kana_or_kanji(c) or (0.5 if 0x88 <= lead <= 0x97 else 0.4 if lead >= 0xE0 or lead == 0x81 else 0.1)
        for c, lead in zip(word, leads, strict=True)
    ]
    return _asian(weights, neighbours)


def _euc_japanese(word: str, neighbours: int) -> float:
    leads = [c.encode("euc_jp")[0] for c in word]
    weights = [_kana_or_kanji(c) or (0.5 if 0xB0 <= lead <= 0xCF else 0.1) for c, lead in zip(word, leads, strict=True)]
    return _asian(weights, neighbours)


def _kana_or_kanji(character: str) -> float:
    return 1.0 if "\u3041" <= character <= "\u30ff" else 0.95 if character in JAPANESE else 0.0


def _chinese(word: str, neighbours: int) -> float:
    codes = [c.encode("gb18030") for c in word]
    common = [len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1 for code in codes]
    weights = [1.0 if c in CHINESE else 0.5 if level else 0.1 for c, level in zip(word, common, strict=True)]
    return _asian(weights, neighbours)


def _traditional(word: str, neighbours: int) -> float:
    return _asian([0.85 if 0xA4 <= c.encode("cp950")[0] <= 0xC6 else 0.1 for c in word], neighbours)


def _korean(word: str, neighbours: int) -> float:
    return _asian([1.0 if c in KOREAN else 0.6 if "\uac00" <= c <= "\ud7a3" else 0.1 for c in word], neighbours)


def _asian(weights: list[float], neighbours: int) -> float:
    """Weigh a word; Latin letters at both ends are rather the rest of a European word."""
    return sum(weights) / len(weights) * (1 - 0.35 * neighbours)


_WEIGHTS: dict[str, Callable[[str, int], float]] = {
    "cp1250": _central,
    "cp1251": _cyrillic,
    "koi8_r": _cyrillic,
    "cp866": _cyrillic,
    "iso8859_5": _cyrillic,
    "mac_cyrillic": _cyrillic,
    "cp1253": _greek,
    "cp932": _japanese,
    "gb18030": _chinese,
    "cp1254": _turkish,
    "cp1257": _baltic,
    "iso8859_2": _central,
    "euc_jp": _euc_japanese,
    "cp950": _traditional,
    "cp949": _korean,
}
