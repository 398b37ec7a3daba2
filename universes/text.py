"""A text in both of the product's languages."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def get(self, language: Language) -> str:
        """Return the words in one language.

        Examples
        --------
        >>> Text(zh="游戏", en="Games").get("en")
        'Games'
        """
        return self.zh if language == "zh" else self.en

    @property
    def both(self) -> str:
        """The words in both languages, once where they are the same.

        Examples
        --------
        >>> Text(zh="游戏", en="Games").both, Text(zh="MEITU", en="MEITU").both
        ('游戏 Games', 'MEITU')
        """
        return self.zh if self.zh == self.en else f"{self.zh} {self.en}"
