"""Conjuntos de datos del libro, como arrays de NumPy con su ficha.

Los que vienen con las bibliotecas se cargan sin red. Los que se descargan se buscan en
la carpeta ``GRADIENTE_DATOS``, en la caché y en su sitio oficial, por ese orden.
``datos.catalogo()`` los describe todos.
"""

# fmt: off
# ruff: noqa: I001
from ._descargados import cifar10, cora, mnist, omniglot, quijote
from ._fichas import (
    Caracteres, Conjunto, Ficha, Grafo, Imagen, Imagenes, Tabla, Texto, catalogo,
)
from ._incluidos import (
    cancer_mama, caras, co2, damas_sur, diabetes, digitos, el_nino, florencia, imagen,
    iris, karate, linnerud, macroeconomia, manchas_solares, miserables, nilo, vino,
)
from ._lugares import ArchivoDanado, DatosNoDisponibles

__all__ = [
    "ArchivoDanado", "Caracteres", "Conjunto", "DatosNoDisponibles", "Ficha", "Grafo",
    "Imagen", "Imagenes", "Tabla", "Texto", "cancer_mama", "caras", "catalogo",
    "cifar10", "co2", "cora", "damas_sur", "diabetes", "digitos", "el_nino",
    "florencia", "imagen", "iris", "karate", "linnerud", "macroeconomia",
    "manchas_solares", "miserables", "mnist", "nilo", "omniglot", "quijote", "vino",
]
