"""Conjuntos que ya vienen con las bibliotecas: no se descarga nada.

Cada función se fabrica a partir de su ficha en ``catalogo.toml``, que también da su
docstring: formas, tipos, unidades, licencia y fuente se escriben una sola vez.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._fichas import CATALOGO, Ficha, Grafo, Imagen, Tabla, crear


def _fabricar(leer: Callable[[Ficha], dict[str, Any]], nombre: str) -> Callable:
    """Devuelve la función pública que carga el conjunto ``nombre``."""
    ficha = CATALOGO[nombre]
    clase = Grafo if "aristas" in ficha.forma else Tabla

    def cargar():
        return crear(clase, nombre, **leer(ficha))

    cargar.__name__ = cargar.__qualname__ = nombre
    cargar.__doc__ = ficha.docstring()
    cargar.__annotations__ = {"return": clase}
    return cargar


def _sklearn(ficha: Ficha) -> dict[str, Any]:
    """Lee una tabla de ``sklearn.datasets``; ``diabetes``, sin escalar."""
    from sklearn import datasets

    opciones = {"scaled": False} if ficha.nombre == "diabetes" else {}
    d = getattr(datasets, ficha.original)(**opciones)
    tipos = ficha.dtype
    return {"x": d.data.astype(tipos["x"]), "y": d.target.astype(tipos["y"])}


def _skimage(ficha: Ficha) -> dict[str, Any]:
    """Lee los recortes de caras de ``skimage.data``: cien que lo son y cien que no."""
    from skimage import data

    x = np.array(getattr(data, ficha.original)(), dtype=np.float64)
    return {"x": x, "y": np.repeat(np.array([1, 0], dtype=np.int64), 100)}


def _networkx(ficha: Ficha) -> dict[str, Any]:
    """Lee un grafo de NetworkX; la clase de un nodo es su único atributo."""
    import networkx as nx

    grafo = getattr(nx, ficha.original)()
    indice = {nodo: i for i, nodo in enumerate(grafo)}
    filas = sorted(
        (*sorted((indice[u], indice[v])), peso)
        for u, v, peso in grafo.edges(data="weight", default=1)
    )
    y = None
    if ficha.clases:
        valores = [
            next(iter(atributos.values())) for _, atributos in grafo.nodes.data()
        ]
        y = np.unique(valores, return_inverse=True)[1].astype(np.int64)
    return {
        "aristas": np.array([fila[:2] for fila in filas], dtype=np.int64),
        "pesos": np.array([fila[2] for fila in filas], dtype=np.float64),
        "nodos": tuple(str(nodo) for nodo in grafo),
        "y": y,
    }


def _statsmodels(ficha: Ficha) -> dict[str, Any]:
    """Lee una serie de ``statsmodels.datasets``, con su fecha en años."""
    from statsmodels import datasets

    tabla = getattr(datasets, ficha.original).load().data
    tabla.columns = tabla.columns.str.lower()
    fechas = [columna for columna in ("year", "quarter") if columna in tabla]
    if fechas:
        x = tabla["year"] + (tabla["quarter"] - 1) / 4 if fechas[1:] else tabla["year"]
    else:  # la fecha es el índice
        dia = tabla.index.day_of_year - 1
        x = tabla.index.year + dia / (365 + tabla.index.is_leap_year)
    y = tabla.drop(columns=fechas).to_numpy(np.float64, copy=True)
    return {"x": np.array(x, dtype=np.float64), "y": y.reshape(ficha.forma["y"])}


digitos = _fabricar(_sklearn, "digitos")
iris = _fabricar(_sklearn, "iris")
vino = _fabricar(_sklearn, "vino")
cancer_mama = _fabricar(_sklearn, "cancer_mama")
diabetes = _fabricar(_sklearn, "diabetes")
linnerud = _fabricar(_sklearn, "linnerud")
caras = _fabricar(_skimage, "caras")
karate = _fabricar(_networkx, "karate")
miserables = _fabricar(_networkx, "miserables")
florencia = _fabricar(_networkx, "florencia")
damas_sur = _fabricar(_networkx, "damas_sur")
manchas_solares = _fabricar(_statsmodels, "manchas_solares")
co2 = _fabricar(_statsmodels, "co2")
nilo = _fabricar(_statsmodels, "nilo")
el_nino = _fabricar(_statsmodels, "el_nino")
macroeconomia = _fabricar(_statsmodels, "macroeconomia")


def imagen(nombre: str) -> Imagen:
    """Devuelve una de las imágenes que traen scikit-image y scikit-learn.

    Args:
        nombre: el de su ficha en :func:`catalogo`, p. ej. ``"astronauta"``.

    Returns:
        :class:`Imagen`; su forma, tipo, unidades, licencia y fuente, en su ficha.

    Raises:
        ValueError: no hay ninguna imagen con ese nombre; el mensaje dice cuáles hay.
    """
    hay = sorted(n for n, f in CATALOGO.items() if f.incluida and [*f.forma] == ["x"])
    if nombre not in hay:
        raise ValueError(f"No hay ninguna imagen «{nombre}». Hay: {', '.join(hay)}.")
    original = CATALOGO[nombre].original
    if original.endswith(".jpg"):
        from sklearn.datasets import load_sample_image

        return crear(Imagen, nombre, x=np.array(load_sample_image(original)))
    from skimage import data

    return crear(Imagen, nombre, x=np.array(getattr(data, original)()))
