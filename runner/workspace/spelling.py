"""Different spellings that some file system takes for one name.

macOS folds case and Unicode forms and (HFS+) skips ignorable code points; Windows folds case,
drops dots and spaces at the end and answers to short names such as `git~1`. A workspace may be
shared with either, so a spelling that is harmless here is treated like the plain one.

Source: git's `is_hfs_dotgit` and `is_ntfs_dotgit` (CVE-2014-9390, CVE-2019-1352).
"""

import unicodedata

# Default_Ignorable_Code_Point of the Unicode Character Database, DerivedCoreProperties.txt.
_IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_SHORT_NAMES = {"git~1": ".git", "gitmod~1": ".gitmodules"}


def fold(name: str) -> str:
    """The plain spelling of a name: equal for two names that may open the same file."""
    folded = name.lower() if name.isascii() else _fold_unicode(name)
    if folded[-1:] in {".", " "}:
        folded = folded.rstrip(". ")
    return _SHORT_NAMES.get(folded, folded)


def _fold_unicode(name: str) -> str:
    kept = "".join(c for c in name if not _is_ignorable(ord(c)))
    # Casefolding can undo a normal form and the other way round; twice is stable.
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def _is_ignorable(code_point: int) -> bool:
    return any(first <= code_point <= last for first, last in _IGNORABLE)
