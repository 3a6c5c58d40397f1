"""Names, kinds and containers of files that strangers send."""

from __future__ import annotations

import io
import struct
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.office.errors import OfficeError
from lantian.office.files import safe_name
from lantian.office.limits import Limits
from lantian.office.text import extract_text
from tests.office.conftest import make_docx, make_zip, paragraph


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("攻坚方案.docx", "攻坚方案.docx"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\方案.doc", "方案.doc"),
        ("C:\\方案\\攻坚方案.docx", "攻坚方案.docx"),
        ("/var/www/方案.pdf", "方案.pdf"),
        ("方案\x00.docx", "方案.docx"),
        ("方案\u202excod.exe", "方案xcod.exe"),
        ("a<b>:c?.txt", "a_b__c_.txt"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("nul.txt", "_nul.txt"),
        ("方" * 300 + ".docx", "方" * 65 + ".docx"),
    ],
)
def test_a_name_is_reduced_to_a_safe_base_name(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@given(st.text())
def test_a_safe_name_names_a_file_in_its_folder_and_is_safe_already(name: str) -> None:
    safe = safe_name(name)

    assert safe and "/" not in safe and "\\" not in safe and safe not in (".", "..")
    assert len(safe.encode()) <= 210
    assert safe_name(safe) == safe


def test_the_content_decides_over_the_name() -> None:
    data = make_docx(paragraph("一、工作目标"))

    assert extract_text(data, "plan.txt").format == "docx"
    assert extract_text(data, "../../plan").text == "一、工作目标"


def test_a_path_in_a_member_name_reaches_no_file() -> None:
    data = make_docx(paragraph("正文"), members={"../../../tmp/lantian-escape.txt": "x"})

    assert extract_text(data, "a.docx").text == "正文"


def code_of(data: bytes, name: str = "a.docx", limits: Limits | None = None) -> str:
    with pytest.raises(OfficeError) as caught:
        extract_text(data, name, limits=limits or Limits())
    return caught.value.code


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = make_docx("", members={"word/media/a.bin": bytes(2 * 1024 * 1024)})

    assert code_of(bomb, limits=Limits(unpacked_bytes=1024 * 1024)) == "zip_bomb"


def test_a_member_that_shrinks_beyond_belief_is_a_zip_bomb() -> None:
    assert code_of(make_docx("", members={"word/media/a.bin": bytes(20 * 1024 * 1024)})) == "zip_bomb"


def test_a_directory_of_too_many_members_is_a_zip_bomb() -> None:
    assert code_of(make_zip({f"m{number}": b"" for number in range(6_000)})) == "zip_bomb"


def test_a_member_that_lies_about_its_size_is_corrupt() -> None:
    data = bytearray(make_docx(paragraph("正文" * 400)))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo("word/document.xml").file_size
    lying = bytes(data).replace(struct.pack("<I", size), struct.pack("<I", 40))

    assert code_of(lying) == "corrupt"


def test_a_part_beyond_the_limit_is_too_large() -> None:
    assert code_of(make_docx(paragraph("文" * 9_000)), limits=Limits(member_bytes=10_000)) == "too_large"


def test_an_encrypted_zip_member_is_password_protected() -> None:
    data = bytearray(make_docx(paragraph("正文")))
    at = data.find(b"PK\x01\x02")
    while at != -1:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)

    assert code_of(bytes(data)) == "password_protected"


def compound_file(*streams: str, word: bytes = b"") -> bytes:
    """A compound file with a directory of these streams; ``word`` stands in the first sector after it."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    directory = b""
    for name in ("Root Entry", *streams):
        entry = bytearray(128)
        encoded = name.encode("utf-16-le")
        entry[: len(encoded)] = encoded
        entry[64:66] = (len(encoded) + 2).to_bytes(2, "little")
        entry[66] = 5 if name == "Root Entry" else 2
        entry[116:120] = (1).to_bytes(4, "little")
        directory += bytes(entry)
    return bytes(header) + directory.ljust(512, b"\0") + word.ljust(512, b"\0")


def test_an_encrypted_word_file_is_password_protected() -> None:
    assert code_of(compound_file("EncryptionInfo", "EncryptedPackage")) == "password_protected"


def test_an_encrypted_old_word_file_is_password_protected() -> None:
    header = b"\xec\xa5\xc1\x00" + bytes(6) + (0x0100).to_bytes(2, "little")

    assert code_of(compound_file("WordDocument", word=header), "a.doc") == "password_protected"


def test_an_excel_file_is_no_document() -> None:
    assert code_of(compound_file("Workbook"), "a.doc") == "unsupported_type"


def test_other_compound_files_are_not_supported() -> None:
    assert code_of(compound_file("Contents"), "a.doc") == "unsupported_type"


def test_an_ofd_file_is_refused_with_advice() -> None:
    with pytest.raises(OfficeError, match="OFD") as caught:
        extract_text(make_zip({"OFD.xml": "<ofd/>", "Doc_0/Document.xml": "<d/>"}), "公文.ofd")

    assert caught.value.code == "unsupported_type"


def test_some_zip_file_is_not_supported() -> None:
    assert code_of(make_zip({"a.txt": "x"}), "a.zip") == "unsupported_type"


@pytest.mark.parametrize("cut", [10, 100, 500, -30])
def test_a_word_file_that_was_cut_off_is_corrupt(cut: int) -> None:
    assert code_of(make_docx(paragraph("正文" * 100))[:cut]) == "corrupt"


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f"{bomb}<w:document {names}><w:body><w:p><w:r><w:t>&a;&b;</w:t></w:r></w:p></w:body></w:document>"

    assert code_of(make_docx("", members={"word/document.xml": body})) == "corrupt"


def test_deep_nesting_is_corrupt_and_no_crash() -> None:
    body = "<w:ins>" * 3_000 + paragraph("x") + "</w:ins>" * 3_000

    assert code_of(make_docx(body)) == "corrupt"


def test_a_document_of_python_docx_is_read() -> None:
    document = docx.Document()
    document.add_paragraph("责任单位：市环保局")
    buffer = io.BytesIO()
    document.save(buffer)

    assert extract_text(buffer.getvalue(), "a.docx").text == "责任单位：市环保局"
