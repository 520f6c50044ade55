"""Citas y bibliografía en español: «Hosmer y Lemeshow», «En *Actas…*», «2.ª edición».

pybtex y sphinxcontrib-bibtex escriben en inglés las palabras de enlace; aquí se cambian
solo ellas. El orden y los campos son los del estilo ``plain``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pybtex.plugin
import sphinxcontrib.bibtex.plugin
from pybtex.richtext import Text
from pybtex.style.formatting import toplevel
from pybtex.style.formatting.plain import Style
from pybtex.style.template import (
    field as campo,
)
from pybtex.style.template import (
    first_of,
    join,
    names,
    optional,
    optional_field,
    sentence,
    words,
)
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.style.referencing import BracketStyle, PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import (
    AuthorYearReferenceStyle,
)

EDICIONES = {"second": "2.ª", "third": "3.ª", "fourth": "4.ª", "fifth": "5.ª"}


class Bibliografia(Style):
    """El estilo ``plain`` con sus palabras de enlace en español."""

    def __init__(self, *opciones: Any, **mas: Any) -> None:
        """Prepara el estilo; «and others» se escribe «y otros»."""
        super().__init__(*opciones, **mas)
        nombrar = self.format_name
        self.format_name = lambda persona, abreviar=False: (
            Text("otros") if str(persona) == "others" else nombrar(persona, abreviar)
        )

    def format_names(self, role: str, as_sentence: bool = True) -> Any:
        """Une los nombres con comas y una «y» final."""
        nombres = names(role, sep=", ", sep2=" y ", last_sep=" y ")
        return sentence[nombres] if as_sentence else nombres

    def format_edition(self, e: Any) -> Any:
        """Escribe la edición con ordinal: «2.ª edición»."""
        ordinal = campo(
            "edition", apply_func=lambda x: EDICIONES.get(str(x).lower(), x)
        )
        return optional[words[ordinal, "edición"]]

    def format_volume_and_series(self, e: Any, as_sentence: bool = True) -> Any:
        """Escribe «vol. 8 de *Serie*» o la serie sola."""
        volumen = words["Vol." if as_sentence else "vol.", campo("volume")]
        con_volumen = optional[words[volumen, optional[words["de", campo("series")]]]]
        hecho = first_of[con_volumen, optional_field("series")]
        return sentence(capfirst=True)[hecho] if as_sentence else hecho

    def get_inproceedings_template(self, e: Any) -> Any:
        """Artículo de congreso: «En *Actas…*»."""
        return toplevel[
            sentence[self.format_names("author")],
            self.format_title(e, "title"),
            words[
                "En",
                sentence[
                    self.format_btitle(e, "booktitle", as_sentence=False),
                    self.format_volume_and_series(e, as_sentence=False),
                    optional[join["págs. ", campo("pages")]],
                ],
                self.format_address_organization_publisher_date(e),
            ],
            sentence[optional_field("note")],
            self.format_web_refs(e),
        ]


@dataclass
class Referencias(AuthorYearReferenceStyle):
    """Autor y año, con «y» entre los dos últimos autores, entre paréntesis."""

    bracket_parenthetical: BracketStyle = field(
        default_factory=lambda: BracketStyle("(", ")", "; ")
    )
    bracket_textual: BracketStyle = field(
        default_factory=lambda: BracketStyle("(", ")", ", ", " y ", " y ")
    )
    person: PersonStyle = field(
        default_factory=lambda: PersonStyle(sep=", ", sep2=" y ", last_sep=" y ")
    )


def setup(app: Sphinx) -> None:
    """Registra los dos estilos con el nombre ``gradiente``."""
    sphinxcontrib.bibtex.plugin.register_plugin(
        "sphinxcontrib.bibtex.style.referencing", "gradiente", Referencias, force=True
    )
    pybtex.plugin.register_plugin(
        "pybtex.style.formatting", "gradiente", Bibliografia, force=True
    )
