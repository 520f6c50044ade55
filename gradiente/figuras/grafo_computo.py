"""Grafo de cómputo recorrido nodo a nodo, hacia delante y hacia atrás."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import traitlets

from gradiente.figuras._base import (
    ErrorFigura,
    Figura,
    cifras,
    entero,
    escalar,
    modulo_es,
)

LIMITE = 2.5  # los deslizadores de las entradas van de -LIMITE a LIMITE
ENTRADAS = {"x": 1.5, "y": 2.0, "w": 0.8, "b": -0.5}


class _Nodo(NamedTuple):
    """Un nodo del grafo: qué calcula, de quién, y dónde se dibuja."""

    nombre: str
    operacion: str
    argumentos: tuple[str, ...]
    u: float  # abscisa del centro, de 0 a 1
    nivel: int  # piso, de arriba abajo


class _Operacion(NamedTuple):
    """Valor, derivadas locales y cómo se escriben."""

    valor: Callable[..., float]
    locales: Callable[..., tuple[float, ...]]  # (resultado, *argumentos)
    simbolos: Callable[..., tuple[str, ...]]  # (nombre del nodo, *argumentos)
    texto: Callable[..., str]


def _sigmoide(z: float) -> float:
    e = math.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


OPERACIONES = {
    "suma": _Operacion(
        lambda a, b: a + b,
        lambda v, a, b: (1.0, 1.0),
        lambda n, a, b: ("1", "1"),
        lambda a, b: f"{a} + {b}",
    ),
    "producto": _Operacion(
        lambda a, b: a * b,
        lambda v, a, b: (b, a),
        lambda n, a, b: (b, a),
        lambda a, b: f"{a}·{b}",
    ),
    "cuadrado": _Operacion(
        lambda a: a * a,
        lambda v, a: (2 * a,),
        lambda n, a: (f"2{a}",),
        lambda a: f"{a}²",
    ),
    "seno": _Operacion(
        math.sin,
        lambda v, a: (math.cos(a),),
        lambda n, a: (f"cos {a}",),
        lambda a: f"sen {a}",
    ),
    "exponencial": _Operacion(
        math.exp,
        lambda v, a: (v,),
        lambda n, a: (f"exp {a}",),
        lambda a: f"exp {a}",
    ),
    "sigmoide": _Operacion(
        _sigmoide,
        lambda v, a: (v * (1 - v),),
        lambda n, a: (f"{n}(1−{n})",),
        lambda a: f"σ({a})",
    ),
    "menoslog": _Operacion(
        lambda a: -math.log(a),
        lambda v, a: (-1 / a,),
        lambda n, a: (f"−1/{a}",),
        lambda a: f"−ln {a}",
    ),
}

EXPRESIONES = {
    "producto": "f = x·y + sen x",
    "reutilizado": "f = x²·x",
    "cadena": "f = exp(sen(x²))",
    "neurona": "L = −ln σ(w·x + b)",
}

GRAFOS = {
    "producto": (
        _Nodo("x", "entrada", (), 0.3, 0),
        _Nodo("y", "entrada", (), 0.76, 0),
        _Nodo("a", "producto", ("x", "y"), 0.74, 1),
        _Nodo("s", "seno", ("x",), 0.24, 1),
        _Nodo("f", "suma", ("a", "s"), 0.5, 2),
    ),
    "reutilizado": (
        _Nodo("x", "entrada", (), 0.64, 0),
        _Nodo("c", "cuadrado", ("x",), 0.24, 1),
        _Nodo("f", "producto", ("c", "x"), 0.64, 2),
    ),
    "cadena": (
        _Nodo("x", "entrada", (), 0.5, 0),
        _Nodo("c", "cuadrado", ("x",), 0.5, 1),
        _Nodo("s", "seno", ("c",), 0.5, 2),
        _Nodo("f", "exponencial", ("s",), 0.5, 3),
    ),
    "neurona": (
        _Nodo("w", "entrada", (), 0.2, 0),
        _Nodo("x", "entrada", (), 0.64, 0),
        _Nodo("m", "producto", ("w", "x"), 0.42, 1),
        _Nodo("b", "entrada", (), 0.81, 1),
        _Nodo("z", "suma", ("m", "b"), 0.62, 2),
        _Nodo("p", "sigmoide", ("z",), 0.62, 3),
        _Nodo("L", "menoslog", ("p",), 0.62, 4),
    ),
}


def traza(expresion: str, entradas: dict[str, float]) -> list[dict[str, Any]]:
    """Los pasos de la pasada directa y de la inversa, en orden.

    Args:
        expresion: clave de ``EXPRESIONES``.
        entradas: valor de cada entrada del grafo, por su nombre.

    Returns:
        Un diccionario por paso: ``fase`` ("directa", "semilla" o "inversa"), ``nodo``,
        ``valor`` y ``contribuciones``, una por arista: ``hacia``, ``simbolo`` y
        ``local`` (la derivada local), ``suma`` (lo que se añade) y ``total`` (lo que
        lleva acumulado la derivada del nodo de llegada).
    """
    nodos = GRAFOS[expresion]
    valor = {n.nombre: entradas[n.nombre] for n in nodos if n.operacion == "entrada"}
    internos = [n for n in nodos if n.operacion != "entrada"]
    pasos: list[dict[str, Any]] = []

    def anotar(fase: str, nombre: str, contribuciones: list[dict[str, Any]]) -> None:
        pasos.append(
            {
                "fase": fase,
                "nodo": nombre,
                "valor": valor[nombre],
                "contribuciones": contribuciones,
            }
        )

    for nodo in internos:
        argumentos = [valor[a] for a in nodo.argumentos]
        valor[nodo.nombre] = OPERACIONES[nodo.operacion].valor(*argumentos)
        anotar("directa", nodo.nombre, [])
    adjunto = {n.nombre: 0.0 for n in nodos}
    adjunto[nodos[-1].nombre] = 1.0
    anotar("semilla", nodos[-1].nombre, [])
    for nodo in reversed(internos):
        operacion = OPERACIONES[nodo.operacion]
        argumentos = [valor[a] for a in nodo.argumentos]
        locales = operacion.locales(valor[nodo.nombre], *argumentos)
        simbolos = operacion.simbolos(nodo.nombre, *nodo.argumentos)
        contribuciones = []
        for hacia, simbolo, local in zip(
            nodo.argumentos, simbolos, locales, strict=True
        ):
            suma = adjunto[nodo.nombre] * local
            adjunto[hacia] += suma
            contribuciones.append(
                {
                    "hacia": hacia,
                    "simbolo": simbolo,
                    "local": local,
                    "suma": suma,
                    "total": adjunto[hacia],
                }
            )
        anotar("inversa", nodo.nombre, contribuciones)
    return pasos


def _expresion(valor: Any) -> str:
    if valor not in list(EXPRESIONES):
        raise ErrorFigura(
            f"No hay ninguna expresión {valor!r}. "
            f"Las que hay: {', '.join(EXPRESIONES)}."
        )
    return valor


def _entre_parentesis(simbolo: str) -> str:
    return f"({simbolo})" if simbolo.startswith("−") else simbolo


class GrafoComputo(Figura):
    r"""Un grafo de cómputo pequeño, para recorrerlo nodo a nodo.

    Cada pulsación de «Adelante» calcula un nodo: primero los valores, de las entradas a
    la salida; luego, desde la salida, las derivadas. En la pasada inversa cada nodo
    reparte la suya entre sus argumentos, multiplicada por la derivada local escrita
    sobre la arista, y lo que llega a un nodo por varias aristas se suma. El lector
    elige el grafo y mueve las entradas.

    Args:
        expresion: el grafo con el que se empieza: ``"producto"``, (x·y) + sen x;
            ``"reutilizado"``, x²·x, donde x se usa dos veces; ``"cadena"``,
            exp(sen(x²)); o ``"neurona"``, la pérdida logística −ln σ(w·x + b) de un
            ejemplo de la clase 1.
        paso: cuántos pasos están dados; 0, ninguno. Con n nodos internos hay 2n + 1: n
            de ida, la semilla (la derivada de la salida respecto de sí misma, 1) y n de
            vuelta.
        entradas: valores de ``x``, ``y``, ``w`` o ``b``, de −2,5 a 2,5; las que falten
            valen lo que por omisión.

    Attributes:
        expresion, paso, entradas: estado actual. En Jupyter y en Colab siguen al
            lector, y asignarlos cambia la figura.

    Raises:
        ErrorFigura: si la expresión no existe, el paso se sale del recorrido o una
            entrada no es un número entre −2,5 y 2,5.
    """

    modulo = "grafo_computo"
    titulo = "Figura interactiva: grafo de cómputo, hacia delante y hacia atrás"
    _campos = ("expresion", "paso", "entradas", "limite", "expresiones", "nodos")
    _esm = modulo_es(modulo)

    # Any: la validación es nuestra, en español y con redondeo.
    expresion = traitlets.Any().tag(sync=True)
    paso = traitlets.Any().tag(sync=True)
    entradas = traitlets.Any().tag(sync=True)
    limite = traitlets.Float(LIMITE).tag(sync=True)
    expresiones = traitlets.List().tag(sync=True)
    nodos = traitlets.List().tag(sync=True)

    def __init__(
        self, expresion: str = "producto", paso: int = 0, entradas: Any = None
    ) -> None:
        super().__init__(
            expresion=_expresion(expresion),  # antes que el paso, que depende de ella
            paso=paso,
            entradas={} if entradas is None else entradas,
            expresiones=[[clave, texto] for clave, texto in EXPRESIONES.items()],
            nodos=[
                [clave, n.nombre, n.operacion, list(n.argumentos), n.u, n.nivel]
                for clave, nodos in GRAFOS.items()
                for n in nodos
            ],
        )

    @traitlets.validate("expresion")
    def _validar_expresion(self, propuesta: Any) -> str:
        return _expresion(propuesta.value)

    @traitlets.validate("paso")
    def _validar_paso(self, propuesta: Any) -> int:
        return entero(propuesta.value, "paso", 0, self.total)

    @traitlets.validate("entradas")
    def _validar_entradas(self, propuesta: Any) -> dict[str, float]:
        dadas = propuesta.value
        if not isinstance(dadas, dict) or not set(dadas) <= set(ENTRADAS):
            raise ErrorFigura(
                f"entradas debe ser un diccionario con claves entre "
                f"{', '.join(ENTRADAS)}; se recibió {dadas!r}."
            )
        return {
            clave: escalar(
                dadas.get(clave, valor), f"La entrada {clave}", -LIMITE, LIMITE
            )
            for clave, valor in ENTRADAS.items()
        }

    @traitlets.observe("expresion")
    def _ajustar_paso(self, _: Any) -> None:
        if isinstance(self.paso, int) and self.paso > self.total:
            self.paso = 0

    @property
    def total(self) -> int:
        """Pasos del recorrido entero de la expresión actual."""
        internos = [n for n in GRAFOS[self.expresion] if n.operacion != "entrada"]
        return 2 * len(internos) + 1

    def __repr__(self) -> str:
        return f"GrafoComputo({self.expresion!r}, paso={self.paso})"

    def traza(self) -> list[dict[str, Any]]:
        """Los pasos del recorrido entero: lo que devuelve :func:`traza`."""
        return traza(self.expresion, self.entradas)

    def gradiente(self) -> dict[str, float]:
        """La derivada de la salida respecto de cada entrada."""
        entradas = [
            n.nombre for n in GRAFOS[self.expresion] if n.operacion == "entrada"
        ]
        totales = {
            c["hacia"]: c["total"] for p in self.traza() for c in p["contribuciones"]
        }
        return {nombre: totales[nombre] for nombre in entradas}

    def descripcion(self) -> str:
        """El grafo, sus valores y sus derivadas, en palabras."""
        salida = GRAFOS[self.expresion][-1].nombre
        pasos = self.traza()
        entradas = "; ".join(
            f"{nombre} = {cifras(self.entradas[nombre])}" for nombre in self.gradiente()
        )
        operaciones = {
            n.nombre: OPERACIONES[n.operacion].texto(*n.argumentos)
            for n in GRAFOS[self.expresion]
            if n.operacion != "entrada"
        }
        ida = "; ".join(
            f"{p['nodo']} = {operaciones[p['nodo']]} = {cifras(p['valor'])}"
            for p in pasos
            if p["fase"] == "directa"
        )
        vuelta = "; ".join(
            f"∂{salida}/∂{c['hacia']} += ∂{salida}/∂{p['nodo']} · "
            f"{_entre_parentesis(c['simbolo'])} = {cifras(c['suma'])}"
            for p in pasos
            for c in p["contribuciones"]
        )
        gradiente = "; ".join(
            f"∂{salida}/∂{nombre} = {cifras(valor)}"
            for nombre, valor in self.gradiente().items()
        )
        return (
            f"Grafo de cómputo de {EXPRESIONES[self.expresion]}, con {entradas}, que "
            f"se recorre en {self.total} pasos. Pasada directa: {ida}. Pasada inversa, "
            f"desde ∂{salida}/∂{salida} = 1: {vuelta}. En total, {gradiente}."
        )

    def _dibujar(self, figura: Any) -> None:
        from matplotlib.patches import FancyBboxPatch

        from gradiente import estilo

        # Sin paso, el recorrido entero: en papel no se puede avanzar.
        dados = self.traza()[: self.paso or self.total]
        nodos = GRAFOS[self.expresion]
        salida, niveles = nodos[-1].nombre, nodos[-1].nivel + 1
        valor = {p["nodo"]: p["valor"] for p in dados}
        valor |= {n.nombre: self.entradas[n.nombre] for n in nodos if not n.argumentos}
        adjunto = {salida: 1.0} if any(p["fase"] == "semilla" for p in dados) else {}
        locales = {}
        for p in dados:
            for c in p["contribuciones"]:
                adjunto[c["hacia"]] = c["total"]
                locales[p["nodo"], c["hacia"]] = (
                    f"{c['simbolo']} = {cifras(c['local'])}"
                )
        locales = {k: "1" if v.startswith("1 =") else v for k, v in locales.items()}
        figura.set_size_inches(6.4, 0.5 + 1.35 * niveles)
        estilos = {"ha": "center", "va": "center", "fontsize": 12.5}
        ejes = figura.subplots()
        ejes.set(
            xlim=(0, 1), ylim=(niveles - 0.55, -0.45), title=EXPRESIONES[self.expresion]
        )
        ejes.axis("off")
        sitio = {n.nombre: (n.u, n.nivel) for n in nodos}
        for n in nodos:
            for argumento in n.argumentos:
                hecha = (n.nombre, argumento) in locales
                color = estilo.COLORES["clase1" if hecha else "gris"]
                (x0, y0), (x1, y1) = sitio[argumento], sitio[n.nombre]
                desvio = max(-0.08, min(0.08, 0.25 * (x0 - x1)))
                ejes.annotate(
                    "",
                    (x1 + desvio, y1 - 0.28),
                    (x0 - desvio, y0 + 0.28),
                    arrowprops={
                        "arrowstyle": "<-" if hecha else "->",
                        "color": color,
                        "lw": 1.6,
                        "shrinkA": 0,
                        "shrinkB": 0,
                    },
                )
                if hecha:
                    ejes.text(
                        (x0 + x1) / 2,
                        (y0 + y1) / 2,
                        locales[n.nombre, argumento],
                        color=color,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
                        **estilos,
                    )
        for n in nodos:
            x, y = sitio[n.nombre]
            ejes.add_patch(
                FancyBboxPatch(
                    (x - 0.14, y - 0.28),
                    0.28,
                    0.56,
                    boxstyle="round,pad=0,rounding_size=0.02",
                    facecolor="white",
                    edgecolor=estilo.COLORES["gris"],
                )
            )
            texto = n.nombre
            if n.argumentos:
                texto += " = " + OPERACIONES[n.operacion].texto(*n.argumentos)
            ejes.text(x, y - 0.17, texto, fontweight="bold", **estilos)
            numero = cifras(valor[n.nombre]) if n.nombre in valor else "—"
            ejes.text(x, y, numero, color=estilo.COLORES["clase0"], **estilos)
            if n.nombre in adjunto:
                derivada = f"∂{salida}/∂{n.nombre}: {cifras(adjunto[n.nombre])}"
                color = estilo.COLORES["clase1"]
                ejes.text(x, y + 0.17, derivada, color=color, **estilos)
