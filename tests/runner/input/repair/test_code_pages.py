"""Raw 8-bit text is read in the code page that fits, and no character is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import pytest

from ifcjob_runner.input.repair.code_pages import code_page, decoded, escaped
from tests.support.step_text import GOOD, inspected

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    ("cp1252", "Regularização Außenwand Größe"),
    ("cp1252", "m²"),
    ("cp1252", "Décès \u2013 Hôtel 20°"),
    ("cp932", "鉄筋コンクリート壁"),
    ("cp932", "壁 外部"),
    ("cp932", "基礎 表示"),
    ("cp1250", "Ściana zewnętrzna łazienka"),
    ("cp1251", "Стена наружная"),
    ("gb18030", "外墙 建筑 楼层"),
    ("cp949", "벽체 외부"),
    ("euc_kr", "외벽 슬래브 지하주차장"),
    ("euc_kr", "문"),
    ("koi8_r", "Стена наружная"),
    ("koi8_r", "перекрытие кровля"),
    ("cp866", "Плита перекрытия"),
    ("iso8859_5", "Кирпичная стена"),
    ("cp950", "混凝土樓板"),
    ("mac_roman", "Façade extérieure isolée"),
    ("cp1253", "Τοίχος εξωτερικός"),
    ("cp850", "Größe Außenwand"),
    ("mac_roman", "Größe Außenwand"),
    ("cp1254", "Döşeme şöyle ağaç"),
    ("cp1257", "Ārsiena ēka šķērssiena"),
    ("iso8859_2", "Ściana zewnętrzna łącznik"),
    ("euc_jp", "コンクリートの壁"),
    ("utf-8", "Größe 建築 \U0001f600"),
]


@pytest.mark.parametrize(("page", "text"), TEXTS, ids=[f"{page}-{index}" for index, (page, _) in enumerate(TEXTS)])
def test_a_name_in_a_code_page_is_read(tmp_path: Path, page: str, text: str) -> None:
    result = inspected(tmp_path, GOOD.encode().replace(b"Ada", text.encode(page)))
    (finding,) = result.findings
    assert finding.code == "NonAsciiText"
    model = ifcopenshell.open(result.path, lazy=True)
    # The engine writes characters beyond 16 bits as surrogate pairs at times.
    assert model.by_id(1)[1].encode("utf-16", "surrogatepass").decode("utf-16") == text


@pytest.mark.parametrize(
    ("header", "page", "text"),
    [
        ("Archicad 27 JPN", "cp932", "ﾄﾞｱ"),
        ("Autodesk Revit (CHS)", "gb18030", "墙"),
        ("charset: 1254", "cp1254", "ığş"),
        ("Archicad 27 HEB", "cp1255", "קיר"),
        ("Revit 2024 (ar-AE)", "cp1256", "جدار"),
        ("Archicad LTH", "cp1257", "siena ąžė"),
        ("Revit th-TH", "cp874", "ผนัง"),
        ("Archicad 27 RUS", "cp1251", "Ж"),
        ("Archicad 27 RUS", "koi8_r", "Колонна"),
    ],
)
def test_the_header_decides_between_code_pages(header: str, page: str, text: str) -> None:
    assert code_page([text.encode(page)], header) == page


def test_a_doubtful_code_page_is_named_and_can_be_declared(tmp_path: Path) -> None:
    content = GOOD.encode().replace(b"Ada", "Ř".encode("cp1250"))
    (finding,) = inspected(tmp_path, content).findings
    assert "code page 1250" in finding.message
    assert "write the code page into FILE_DESCRIPTION" in finding.message
    (finding,) = inspected(tmp_path, content.replace(b"ViewDefinition", b"charset: 1250, View")).findings
    assert finding.message.endswith("read as code page 1250.")


def test_a_text_in_utf8_among_others_is_read_as_such() -> None:
    assert decoded("Größe".encode(), "cp1252") == "Größe"


def test_a_cut_character_among_utf8_is_named_and_costs_itself(tmp_path: Path) -> None:
    content = (
        GOOD.encode().replace(b"Ada", "Außenwand".encode()).replace(b"'An office',$,$", b"'B\xc3\xbcro f\xc3',$,$")
    )
    result = inspected(tmp_path, content)
    model = ifcopenshell.open(result.path, lazy=True)
    assert (model.by_id(1)[1], model.by_id(2)[1]) == ("Außenwand", "Büro f\ufffd")
    codes = {finding.code: finding.message for finding in result.findings}
    assert "UTF-8" in codes["NonAsciiText"]
    assert codes["CutCharacter"].endswith(": line 9")


def test_a_text_in_a_code_page_among_utf8_is_read_in_it() -> None:
    assert decoded(b"20 m\xb2", "utf-8") == "20 m²"


def test_bytes_that_no_code_page_has_are_kept() -> None:
    assert decoded(b"a\x81b", "cp1252") == "a\x81b"
    assert escaped("a\x81b") == b"a\\X2\\0081\\X0\\b"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"'a\X2\D83DDE00\X0\b'", "a\U0001f600b"),
        (r"'\X2\00E4D83DDE00\X0\'", "ä\U0001f600"),
        (r"'5 \S\'' x'", "5 § x"),
        (r"'5 \S\' x'", "5 § x"),
        (r"'\S\''", "§"),
        (r"'C:\S\'", "C:\\S\\"),
    ],
)
def test_an_escape_that_the_engine_misreads_is_corrected(tmp_path: Path, written: str, text: str) -> None:
    result = inspected(tmp_path, GOOD.replace("'Ada'", written))
    model = ifcopenshell.open(result.path, lazy=True)
    assert model.by_id(1)[1].encode("utf-16", "surrogatepass").decode("utf-16") == text
    assert (model.by_id(1)[2], len(list(model))) == (None, 3)
    assert [finding.code for finding in result.findings] == ["NonStandardEscape"]


def test_an_escape_before_raw_text_stays(tmp_path: Path) -> None:
    result = inspected(tmp_path, GOOD.encode().replace(b"Ada", "\\X\\C4 ä ''x''".encode()))
    model = ifcopenshell.open(result.path, lazy=True)
    assert model.by_id(1)[1] == "Ä ä 'x'"
