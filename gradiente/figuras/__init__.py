"""Figuras interactivas que no necesitan un núcleo de Python.

Cada figura es una clase sobre :mod:`anywidget` y un módulo de JavaScript que hace
todas las cuentas en el navegador. En Jupyter y Colab se ve como *widget*; en la
página estática, el mismo código se monta sobre el ``text/html`` guardado.
"""

from gradiente.figuras._base import (
    ErrorFigura,
    Figura,
    css,
    modulo_es,
    nombres,
    script_clasico,
)
from gradiente.figuras.clasificador import ClasificadorLogistico
from gradiente.figuras.descenso import DescensoLogistico

__all__ = [
    "ClasificadorLogistico",
    "DescensoLogistico",
    "ErrorFigura",
    "Figura",
    "css",
    "modulo_es",
    "nombres",
    "script_clasico",
]
