"""Lo común a todas las figuras: recursos, validación y representaciones."""

from __future__ import annotations

import base64
import html
import io
import json
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import numpy as np

CARPETA_JS = Path(__file__).parent / "js"
ANCHO = 96  # columnas del texto que emite una figura
MAX_PUNTOS = 1000


class ErrorFigura(ValueError):
    """Los datos o los parámetros de una figura no sirven; el mensaje dice por qué."""


# ---------------------------------------------------------------- recursos


@cache
def nombres() -> list[str]:
    """Nombres de los módulos de las figuras, en orden alfabético."""
    return sorted(r.stem for r in CARPETA_JS.glob("*.js") if r.stem != "comun")


def _leer(nombre: str) -> str:
    if nombre not in nombres():
        raise ErrorFigura(
            f"No hay ninguna figura «{nombre}». Las que hay: {', '.join(nombres())}."
        )
    partes = [CARPETA_JS / "comun.js", CARPETA_JS / f"{nombre}.js"]
    return "\n".join(parte.read_text(encoding="utf-8") for parte in partes)


@cache
def modulo_es(nombre: str) -> str:
    """Módulo ES de la figura: exporta por omisión ``{ render }`` y además ``calculos``.

    Args:
        nombre: uno de los de :func:`nombres`.

    Raises:
        ErrorFigura: si no existe esa figura.
    """
    return _leer(nombre)


@cache
def script_clasico(nombre: str) -> str:
    """El mismo módulo como script clásico, que también funciona desde ``file://``.

    Al cargarse registra ``window.GradienteFiguras[nombre] = { render, calculos }``.

    Raises:
        ErrorFigura: si no existe esa figura o su módulo no exporta lo convenido.
    """
    cuerpo, hechos = re.subn(r"(?m)^export default \{ render \};$", "", _leer(nombre))
    cuerpo, dichos = re.subn(r"(?m)^export const calculos\b", "const calculos", cuerpo)
    if (hechos, dichos) != (1, 1) or re.search(r"(?m)^\s*(export|import)\b", cuerpo):
        raise ErrorFigura(
            f"«{nombre}.js» debe exportar exactamente «export default {{ render }};» "
            "y «export const calculos», y no importar nada."
        )
    return (
        '(() => {\n"use strict";\n'
        + cuerpo
        + "\n(window.GradienteFiguras ??= {})"
        + f"[{json.dumps(nombre)}] = {{ render, calculos }};\n}})();\n"
    )


@cache
def css() -> str:
    """Hoja de estilo común de las figuras (variables ``--gr-…``, claro y oscuro)."""
    return (Path(__file__).parent / "figuras.css").read_text(encoding="utf-8")


# -------------------------------------------------------------- validación


def redondear(valor: float, cifras: int = 6) -> float:
    """``valor`` con ``cifras`` significativas: lo mismo en toda máquina."""
    return float(f"{float(valor):.{cifras}g}") + 0.0  # + 0.0: nunca «-0.0»


def vector(valor: Any, que: str, largo: int, cifras: int = 4) -> list[float]:
    """Lista de ``largo`` números finitos redondeados; si no puede ser, lo explica."""
    try:
        numeros = np.asarray(valor, dtype=float)
    except (TypeError, ValueError):
        raise ErrorFigura(f"{que} debe ser numérico; se recibió {valor!r}.") from None
    if numeros.shape != (largo,):
        raise ErrorFigura(f"{que} debe tener forma ({largo},); tiene {numeros.shape}.")
    if not np.isfinite(numeros).all():
        raise ErrorFigura(f"{que} contiene NaN o infinitos: {valor!r}.")
    return [redondear(v, cifras) for v in numeros]


def escalar(
    valor: Any,
    que: str,
    minimo: float = -np.inf,
    maximo: float = np.inf,
    abierto: bool = False,
    cifras: int = 4,
) -> float:
    """Número finito redondeado dentro de ``[minimo, maximo]`` (o del abierto)."""
    try:
        numero = redondear(valor, cifras)
    except (TypeError, ValueError):
        raise ErrorFigura(f"{que} debe ser un número; se recibió {valor!r}.") from None
    dentro = minimo < numero < maximo if abierto else minimo <= numero <= maximo
    if not (np.isfinite(numero) and dentro):
        clase = "estrictamente " if abierto else ""
        limites = f"{clase}entre {minimo:g} y {maximo:g}"
        if np.isinf(minimo) and np.isinf(maximo):
            limites = "finito"
        elif np.isinf(maximo):
            limites = f"{'mayor que' if abierto else 'al menos'} {minimo:g}"
        raise ErrorFigura(f"{que} debe ser {limites}; se recibió {valor!r}.")
    return numero


def entero(valor: Any, que: str, minimo: int, maximo: int) -> int:
    """Número entero dentro de ``[minimo, maximo]``."""
    numero = escalar(valor, que, minimo, maximo, cifras=6)
    if numero != int(numero):
        raise ErrorFigura(f"{que} debe ser un entero; se recibió {valor!r}.")
    return int(numero)


def pares(X: Any, y: Any, que: str) -> tuple[np.ndarray, np.ndarray]:
    """X como matriz (N, 2) y ``y`` como vector (N,); ``que`` dice qué es cada y[i].

    Raises:
        ErrorFigura: si no son numéricos o las formas no casan.
    """
    try:
        puntos = np.asarray(X, dtype=float)
        objetivos = np.asarray(y, dtype=float)
    except (TypeError, ValueError):
        raise ErrorFigura("X e y deben ser numéricos.") from None
    if puntos.ndim != 2 or puntos.shape[1] != 2:
        raise ErrorFigura(
            f"X debe tener forma (N, 2), dos características; tiene {puntos.shape}."
        )
    if objetivos.shape != (len(puntos),):
        raise ErrorFigura(
            f"y debe tener forma ({len(puntos)},), {que} por fila de X; "
            f"tiene {objetivos.shape}."
        )
    return puntos, objetivos


def datos_2d(X: Any, y: Any) -> tuple[list[list[float]], list[int]]:
    """Puntos de dos clases listos para el estado de una figura.

    Args:
        X: forma (N, 2), dos características finitas por muestra; N de 2 a 1000.
        y: forma (N,), clases 0 o 1; tienen que aparecer las dos.

    Returns:
        Los puntos con seis cifras significativas, y las clases como enteros.

    Raises:
        ErrorFigura: si las formas no casan, hay NaN o las clases no son 0 y 1.
    """
    puntos, clases = pares(X, y, "una clase")
    if not 2 <= len(puntos) <= MAX_PUNTOS:
        raise ErrorFigura(
            f"La figura dibuja de 2 a {MAX_PUNTOS} puntos; X tiene {len(puntos)}. "
            "Conviene pasar una muestra."
        )
    if not np.isfinite(puntos).all():
        malas = np.flatnonzero(~np.isfinite(puntos).all(axis=1))
        raise ErrorFigura(
            f"X tiene NaN o infinitos; el primero, en la fila {malas[0]}."
        )
    if not np.isin(clases, (0, 1)).all():
        raise ErrorFigura(f"Las clases de y deben ser 0 y 1; hay {_unicos(clases)}.")
    if len(np.unique(clases)) < 2:
        raise ErrorFigura(
            f"y debe contener las dos clases; solo aparece la {clases[0]:g}."
        )
    if (np.ptp(puntos, axis=0) == 0).any():
        raise ErrorFigura("Una columna de X es constante: no hay nada que dibujar.")
    filas = [[redondear(v) for v in fila] for fila in puntos]
    return filas, [int(c) for c in clases]


def _unicos(valores: np.ndarray) -> str:
    distintos = [f"{v:g}" for v in np.unique(valores)]
    return ", ".join(distintos[:5]) + ("…" if len(distintos) > 5 else "")


def textos(valor: Any, que: str, cuantos: int) -> list[str]:
    """Lista de ``cuantos`` textos no vacíos."""
    es_lista = isinstance(valor, Sequence | np.ndarray) and not isinstance(valor, str)
    lista = [str(v) for v in valor] if es_lista else []
    if len(lista) != cuantos or not all(v.strip() for v in lista):
        raise ErrorFigura(
            f"{que} debe ser una lista de {cuantos} textos; se recibió {valor!r}."
        )
    return lista


def coma(valor: float | None, decimales: int = 2) -> str:
    """Número para leer en español: coma decimal y «−»; ``None`` es «—»."""
    if valor is None:
        return "—"
    texto = f"{valor:.{decimales}f}"
    if float(texto) == 0:
        texto = texto.lstrip("-")
    return _con_coma(texto)


def cifras(valor: float, n: int = 3) -> str:
    """Número para leer, con ``n`` cifras significativas y seis decimales como mucho."""
    if valor == 0 or not np.isfinite(valor):
        return coma(valor, 0)
    orden = math.floor(math.log10(abs(valor)) + 1e-9)
    return coma(valor, min(6, max(0, n - 1 - orden)))


def marca(valor: float) -> str:
    """Número para leer, como en las marcas de un eje: sin más cifras que las suyas."""
    return _con_coma(f"{valor:g}")


def _con_coma(numero: str) -> str:
    return numero.replace(".", ",").replace("-", "−")


# ------------------------------------------------------------------ figura


def _en_lineas(trozos: Iterable[str]) -> str:
    """Une los trozos con comas, en líneas de ``ANCHO`` columnas como mucho."""
    lineas = [""]
    for i, trozo in enumerate(trozos):
        if i:
            lineas[-1] += ","
        if lineas[-1] and len(lineas[-1]) + len(trozo) >= ANCHO:
            lineas.append("")
        lineas[-1] += trozo
    return "\n".join(lineas)


def _json(valor: Any) -> str:
    """JSON compacto y seguro dentro de ``<script>``."""
    texto = json.dumps(
        valor, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return texto.replace("<", "\\u003c")


class Figura(anywidget.AnyWidget):
    """Base de las figuras: un estado JSON y sus cuatro representaciones.

    Una subclase define ``modulo`` (nombre de su JavaScript), ``titulo`` (etiqueta
    accesible), ``_campos`` (rasgos que forman el estado, en orden), ``_esm``, y los
    métodos :meth:`descripcion` y :meth:`_dibujar`.
    """

    modulo: str = ""
    titulo: str = ""
    _campos: tuple[str, ...] = ()
    _css = css()
    # ipywidgets 7 (Colab) mostraría solo la vista; así usa _repr_mimebundle_.
    _ipython_display_ = None

    def estado(self) -> dict[str, Any]:
        """Estado de la figura: datos JSON redondeados, iguales en toda máquina."""
        return {campo: getattr(self, campo) for campo in self._campos}

    def descripcion(self) -> str:
        """Alternativa textual en español: los datos y el estado de la figura."""
        raise NotImplementedError

    def _dibujar(self, figura: Any) -> None:
        """Dibuja la versión estática en una ``matplotlib.figure.Figure``."""
        raise NotImplementedError

    def poster(self) -> bytes:
        """Versión estática de la figura para PDF y EPUB, como PNG."""
        import matplotlib.style
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as FiguraMpl
        from matplotlib.ticker import ScalarFormatter

        # Los mismos estilos que gradiente.estilo.aplicar(), solo para esta figura.
        with matplotlib.style.context(["default", "gradiente.gradiente"]):
            figura = FiguraMpl()
            FigureCanvasAgg(figura)
            self._dibujar(figura)
            for ejes in figura.axes:
                for eje in (ejes.xaxis, ejes.yaxis):
                    if isinstance(eje.get_major_formatter(), ScalarFormatter):
                        eje.set_major_formatter(lambda valor, _: marca(valor))
            salida = io.BytesIO()
            figura.savefig(salida, format="png", metadata={"Software": None})
        return salida.getvalue()

    def html(self) -> str:
        """Punto de montaje para la página estática, con el estado dentro."""
        campos = []
        for clave, valor in self.estado().items():
            if isinstance(valor, list | tuple):
                cuerpo = f"[\n{_en_lineas(_json(v) for v in valor)}\n]"
            else:
                cuerpo = _json(valor)
            campos.append(f"{_json(clave)}:{cuerpo}")
        estado = "{" + ",\n".join(campos) + "}"
        alternativa = textwrap.fill(
            html.escape(self.descripcion(), quote=False), ANCHO, break_long_words=False
        )
        return (
            f'<div class="gradiente-figura" data-figura="{self.modulo}" role="group"\n'
            f' aria-label="{html.escape(self.titulo)}">\n'
            f'<script type="application/json">\n{estado}\n</script>\n'
            f'<p class="gradiente-figura-alternativa">\n{alternativa}\n</p>\n</div>'
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict, dict] | dict:
        paquete = super()._repr_mimebundle_() or ({}, {})
        vista, metadatos = paquete if isinstance(paquete, tuple) else (paquete, {})
        datos = {
            **vista,
            "text/plain": repr(self),
            "text/html": self.html(),
            "image/png": base64.b64encode(self.poster()).decode("ascii"),
        }
        return datos, metadatos
