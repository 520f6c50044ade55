"""Ecuaciones, ejercicios y figuras numerados desde uno en cada página.

Sphinx los cuenta a lo largo de todo el libro: la primera ecuación de una página sería
la (143), y añadir una sección cambiaría los números de todas las que siguen.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.domains.math import MathDomain
from sphinx.environment import BuildEnvironment


class Matematicas(MathDomain):
    """El dominio de las ecuaciones, con una cuenta por página."""

    def get_next_equation_number(self, docname: str) -> int:
        """Devuelve el número de la siguiente ecuación de una página."""
        return 1 + sum(pagina == docname for pagina, _ in self.equations.values())


def renumerar(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Vuelve a contar figuras, tablas, ejercicios y teoremas en cada página."""
    for tipos in env.toc_fignumbers.values():
        for numeros in tipos.values():
            for n, clave in enumerate(sorted(numeros, key=numeros.get), start=1):
                numeros[clave] = (n,)
    return []


def setup(app: Sphinx) -> None:
    """Cambia el dominio y conecta la nueva cuenta, después de la de Sphinx."""
    app.add_domain(Matematicas, override=True)
    app.connect("env-get-updated", renumerar, priority=900)
