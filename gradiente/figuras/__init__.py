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
from gradiente.figuras.carrera_optimizadores import CarreraOptimizadores
from gradiente.figuras.clasificador import ClasificadorLogistico
from gradiente.figuras.descenso import DescensoLogistico
from gradiente.figuras.difusion import Difusion
from gradiente.figuras.einsum import EinsumEjes
from gradiente.figuras.grafo_computo import GrafoComputo
from gradiente.figuras.ruido_lote import RuidoLote
from gradiente.figuras.secante import SecanteTangente
from gradiente.figuras.vectores import VectoresCoseno

__all__ = [
    "CarreraOptimizadores",
    "ClasificadorLogistico",
    "DescensoLogistico",
    "Difusion",
    "EinsumEjes",
    "ErrorFigura",
    "Figura",
    "GrafoComputo",
    "RuidoLote",
    "SecanteTangente",
    "VectoresCoseno",
    "css",
    "modulo_es",
    "nombres",
    "script_clasico",
]
