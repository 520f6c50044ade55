"""Fichas de los conjuntos, y los objetos en que se devuelven."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Ficha:
    """Lo que hay que saber de un conjunto antes de usarlo.

    Attributes:
        nombre: el de la función que lo carga, o el de la imagen.
        titulo: qué es, en una frase.
        forma, dtype: los de cada array, por el nombre de su campo.
        unidades: en qué se mide cada cosa.
        licencia: con qué condiciones se puede usar.
        fuente: de dónde sale; si es de un artículo, su referencia.
        argumentos, devuelve: los de la función.
        biblioteca, original: la que lo trae, y cómo lo llama; vacío si se descarga.
        nombres, clases: los de las columnas y las clases, en orden, si los hay.
        archivos: los que se buscan: nombre, dirección y sumas, si se descarga.
        procedencia: de dónde se leyó esta vez (vacía en el catálogo).
    """

    nombre: str
    titulo: str
    forma: Mapping[str, tuple[int, ...]]
    dtype: Mapping[str, str]
    unidades: str
    licencia: str
    fuente: str
    argumentos: str = ""
    devuelve: str = ""
    biblioteca: str = ""
    original: str = ""
    nombres: tuple[str, ...] = ()
    clases: tuple[str, ...] = ()
    archivos: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    procedencia: str = ""

    @property
    def incluida(self) -> bool:
        """Si viene con las bibliotecas y no hace falta descargar nada."""
        return bool(self.biblioteca)

    def docstring(self) -> str:
        """Devuelve la ficha como docstring de la función que carga el conjunto."""
        formas = (f"{k}: {v} {self.dtype[k]}" for k, v in self.forma.items())
        errores = (
            "DatosNoDisponibles: no hay copia ni red, ni se pidió el sustituto.",
            "ArchivoDanado: lo que hay, o lo descargado, no es lo que debe ser.",
        )
        secciones = {
            "Args": self.argumentos,
            "Returns": self.devuelve,
            "Raises": "" if self.incluida else "\n    ".join(errores),
            "Formas y tipos": "\n    ".join(formas) or "texto: str",
            "Unidades": self.unidades,
            "Licencia": self.licencia,
            "Fuente": self.fuente,
            "Biblioteca": f"{self.biblioteca}, {self.original}" * self.incluida,
        }
        partes = (f"{k}:\n    {v}" for k, v in secciones.items() if v)
        return "\n\n".join([f"{self.titulo}.", *partes]) + "\n"


def _leer_catalogo() -> dict[str, Ficha]:
    """Devuelve las fichas de ``catalogo.toml``, por nombre."""
    toml = resources.files(__package__).joinpath("catalogo.toml").read_text("utf-8")
    fichas = {}
    for nombre, campos in tomllib.loads(toml).items():
        arrays = campos.pop("arrays", {})
        campos["forma"] = {k: tuple(v[1:]) for k, v in arrays.items()}
        campos["dtype"] = {k: v[0] for k, v in arrays.items()}
        listas = {k: tuple(campos.pop(k, ())) for k in ("nombres", "clases")}
        fichas[nombre] = Ficha(nombre=nombre, **campos, **listas)
    return fichas


CATALOGO = _leer_catalogo()


def catalogo() -> list[Ficha]:
    """Devuelve las fichas de todos los conjuntos, por orden alfabético.

    Returns:
        Una :class:`Ficha` por conjunto y por imagen; ``ficha.incluida`` dice si se
        tiene sin descargar nada.
    """
    return [CATALOGO[nombre] for nombre in sorted(CATALOGO)]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Conjunto:
    """Base de lo que devuelve cada función: arrays con nombre, y su ficha.

    Los arrays son nuevos en cada llamada: modificarlos no cambia nada más.

    Attributes:
        ficha: la :class:`Ficha`, con las formas de estos arrays y su procedencia.
    """

    ficha: Ficha

    def __repr__(self) -> str:
        formas = self.ficha.forma.items()
        arrays = "".join(f"; {k}: {v} {self.ficha.dtype[k]}" for k, v in formas)
        return f"{type(self).__name__}({self.ficha.nombre}{arrays})"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Tabla(Conjunto):
    """Ejemplos por filas, o una serie temporal (``x`` son los instantes).

    Attributes:
        x: entradas, ``(N, d)``; en una serie, años con decimales, ``(N,)``.
        y: salidas, ``(N,)`` o ``(N, k)``; si son clases, enteros desde 0.
        nombres: nombre de cada columna (de ``x``; en una serie, de ``y``).
        clases: nombre de cada clase, o vacío si no es de clasificación.
    """

    x: np.ndarray
    y: np.ndarray
    nombres: tuple[str, ...] = ()
    clases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Imagen(Conjunto):
    """Una imagen.

    Attributes:
        x: píxeles, ``(alto, ancho)`` o ``(alto, ancho, 3)`` en orden RGB.
    """

    x: np.ndarray


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Imagenes(Conjunto):
    """Imágenes con su clase, ya repartidas en entrenamiento y prueba.

    Attributes:
        x_entrenamiento: imágenes, ``(N, alto, ancho)`` o ``(N, alto, ancho, 3)``.
        y_entrenamiento: clases, ``(N,)`` int64.
        x_prueba, y_prueba: lo mismo, de la parte de prueba.
        clases: nombre de cada clase.
    """

    x_entrenamiento: np.ndarray
    y_entrenamiento: np.ndarray
    x_prueba: np.ndarray
    y_prueba: np.ndarray
    clases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Caracteres(Conjunto):
    """Dibujos de caracteres de varios alfabetos.

    Attributes:
        x: imágenes, ``(N, 105, 105)``; 1 es trazo y 0 papel.
        y: carácter, ``(N,)``: índice en ``clases``.
        alfabeto: alfabeto, ``(N,)``: índice en ``alfabetos``.
        dibujante: quién lo dibujó, ``(N,)``, de 1 a 20.
        clases: nombres de los caracteres, «alfabeto/carácter».
        alfabetos: nombres de los alfabetos.
    """

    x: np.ndarray
    y: np.ndarray
    alfabeto: np.ndarray
    dibujante: np.ndarray
    clases: tuple[str, ...]
    alfabetos: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Grafo(Conjunto):
    """Un grafo no dirigido, con atributos y clases de los nodos si los tiene.

    Attributes:
        aristas: pares de nodos ``(E, 2)`` con ``i < j``, cada arista una vez.
        pesos: peso de cada arista, ``(E,)``.
        x: atributos de los nodos ``(N, d)``, o ``None``.
        y: clase de cada nodo ``(N,)``, o ``None``.
        nodos: nombre de cada nodo, o vacío.
        clases: nombre de cada clase.
        entrenamiento, validacion, prueba: índices de sus nodos, o ``None``.
    """

    aristas: np.ndarray
    pesos: np.ndarray
    x: np.ndarray | None = None
    y: np.ndarray | None = None
    nodos: tuple[str, ...] = ()
    clases: tuple[str, ...] = ()
    entrenamiento: np.ndarray | None = None
    validacion: np.ndarray | None = None
    prueba: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Texto(Conjunto):
    """Un texto.

    Attributes:
        texto: con un solo ``\\n`` al final de cada línea.
    """

    texto: str


def crear(clase: type, nombre: str, procedencia: str = "", **campos: Any) -> Any:
    """Devuelve ``clase(**campos)`` con su ficha, y en ella lo que de verdad hay.

    Los nombres y las clases que no se den son los de la ficha.
    """
    arrays = {k: v for k, v in campos.items() if isinstance(v, np.ndarray)}
    ficha = CATALOGO[nombre]
    ficha = replace(
        ficha,
        forma={k: v.shape for k, v in arrays.items()},
        dtype={k: v.dtype.name for k, v in arrays.items()},
        procedencia=procedencia or f"incluida en {ficha.biblioteca}",
    )
    for campo in fields(clase):
        if campo.name in ("nombres", "clases"):
            campos.setdefault(campo.name, getattr(ficha, campo.name))
    return clase(ficha=ficha, **campos)
