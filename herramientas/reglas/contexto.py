"""Lo que las reglas miran: el libro, sus páginas, sus celdas y sus cuadernos."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from nbformat import from_dict

from herramientas import fuentes
from herramientas.errores import ErrorFuente
from herramientas.myst import Documento, leer_myst
from herramientas.reglas import Nota

MAGIA = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
# Un cuaderno es un solo proceso: lo que necesita varios se escribe en un archivo.
PROGRAMA = re.compile(r"\A%%writefile [\w-]+\.py\n")
# Páginas que abren o cierran una parte, o que no son una sección.
_NO_SECCIONES = re.compile(r"mapa|resumen|lab-.*")


class Celda:
    """Una celda de la fuente. `linea` es la de su valla; `linea_codigo`, la del "
    "código."""

    def __init__(self, celda, numero: int, linea: int, linea_codigo: int):
        self.id: str = celda.get("id", "")
        self.numero = numero
        self.linea = linea
        self.linea_codigo = linea_codigo
        self.es_codigo = celda.cell_type == "code"
        self.codigo: str = celda.source
        self.metadatos: dict = celda.metadata
        self.etiquetas: set[str] = set(fuentes.etiquetas(celda))

    @property
    def marco(self) -> str | None:
        """`pytorch`, `keras`, `jax` o None si la celda es de todos."""
        return next((m for m in fuentes.MARCOS if m in self.etiquetas), None)

    @property
    def motivo(self) -> str:
        """La razón escrita de una excepción, o cadena vacía."""
        motivo = self.metadatos.get("motivo")
        return motivo.strip() if isinstance(motivo, str) else ""

    @property
    def plegada(self) -> bool:
        """Si el lector no ve el código sin pedirlo."""
        return any(e.startswith(("hide-", "remove-")) for e in self.etiquetas)

    @property
    def es_programa(self) -> bool:
        """Si la celda escribe un programa de Python que otra celda lanza aparte."""
        return PROGRAMA.match(self.codigo) is not None

    @cached_property
    def arbol(self) -> ast.Module | None:
        """El árbol del código sin magias, o None si no es Python válido."""
        try:
            arbol = ast.parse(MAGIA.sub("pass", self.codigo))
            compile(arbol, "celda", "exec")  # hay errores que solo ve el compilador
        except SyntaxError:
            return None
        return arbol

    @cached_property
    def nodos(self) -> list[ast.AST]:
        """Todos los nodos del árbol, en el orden de sus líneas."""
        nodos = list(ast.walk(self.arbol)) if self.arbol else []
        return sorted(nodos, key=lambda n: getattr(n, "lineno", 0))

    def linea_de(self, nodo: ast.AST) -> int:
        """Línea de la fuente en que está un nodo del árbol."""
        return self.linea_codigo + getattr(nodo, "lineno", 1) - 1


class Pagina:
    """Un `.md` de `book/` o `solutions/`; `celdas` está vacía si no es un cuaderno."""

    def __init__(self, ruta: Path, raiz: Path, es_cuaderno: bool):
        self.ruta = ruta
        self.raiz = raiz
        self.nombre = fuentes.relativa(ruta, raiz)
        self.texto = ruta.read_text(encoding="utf-8")
        self._alias: dict[str | None, dict[str, str]] = {}
        self._usos: dict[int, list[tuple[ast.AST, str]]] = {}
        self.error: ErrorFuente | None = None
        self.cuaderno = None
        if es_cuaderno:
            try:
                self.cuaderno = fuentes.leer(ruta, raiz)
            except ErrorFuente as error:
                self.error = error

    @cached_property
    def documento(self) -> Documento:
        """La página recorrida por markdown-it."""
        return leer_myst(self.texto)

    @property
    def es_lab(self) -> bool:
        """Si es la fuente de un lab."""
        return self.nombre.startswith("solutions/")

    @cached_property
    def parte(self) -> int | None:
        """El número de la carpeta de su parte, si está en una."""
        numero = re.match(r"book/(\d+)-", self.nombre)
        return int(numero[1]) if numero else None

    @property
    def es_seccion(self) -> bool:
        """Si es una sección que enseña: con celdas, en una parte numerada del libro."""
        es_otra = _NO_SECCIONES.fullmatch(self.ruta.stem)
        return self.parte is not None and self.cuaderno is not None and not es_otra

    @property
    def metadatos(self) -> dict:
        """La cabecera, como la deja jupytext o como está escrita."""
        return self.cuaderno.metadata if self.cuaderno else self.documento.cabecera

    def linea_de_clave(self, clave: str) -> int:
        """Línea de una clave de la cabecera (1 si no está)."""
        for n, linea in enumerate(self.texto.splitlines(), start=1):
            if linea.startswith(f"{clave}:"):
                return n
        return 1

    @cached_property
    def celdas(self) -> list[Celda]:
        """Todas las celdas, en orden."""
        if self.cuaderno is None:
            return []
        inicios = iter(d.linea_cuerpo for d in self.documento.celdas)
        return [
            Celda(
                celda,
                numero,
                linea,
                next(inicios, linea + 1) if celda.cell_type == "code" else linea,
            )
            for numero, (celda, linea) in enumerate(
                zip(self.cuaderno.cells, self.cuaderno.lineas, strict=True), start=1
            )
        ]

    @cached_property
    def codigo(self) -> list[Celda]:
        """Las celdas de código, en orden."""
        return [c for c in self.celdas if c.es_codigo]

    def alias(self, celda: Celda) -> dict[str, str]:
        """nombre -> módulo u objeto importado, según lo que ve una celda.

        Una celda de un marco ve lo común y lo suyo: así `nn` puede ser de PyTorch en
        unas celdas y de Flax en otras.
        """
        if celda.marco not in self._alias:
            self._alias[celda.marco] = {
                nombre: origen
                for otra in self.codigo
                if celda.marco is None or otra.marco in (None, celda.marco)
                for nodo in otra.nodos
                for nombre, origen in importados(nodo).items()
            }
        return self._alias[celda.marco]

    def usos(self, celda: Celda) -> list[tuple[ast.AST, str]]:
        """(nodo, nombre completo) de lo importado que una celda usa o importa."""
        if celda.numero not in self._usos:
            arbol, alias = celda.arbol, self.alias(celda)
            self._usos[celda.numero] = list(_usos(arbol, alias)) if arbol else []
        return self._usos[celda.numero]

    def generados(self) -> Iterator[Generado]:
        """Sus cuadernos ejecutados que ya existen (los de `labs/` van sin salidas)."""
        if self.cuaderno is not None:
            for ruta in fuentes.cuadernos_de(self.ruta, self.raiz):
                es_de_alumno = fuentes.relativa(ruta, self.raiz).startswith("labs/")
                if ruta.exists() and not es_de_alumno:
                    yield Generado(ruta, self)


class Generado:
    """Un `.ipynb` ejecutado y la página de la que viene."""

    def __init__(self, ruta: Path, pagina: Pagina):
        self.ruta = ruta
        self.pagina = pagina
        self.nombre = fuentes.relativa(ruta, pagina.raiz)
        # Sin `nbformat.read`, que repara en silencio lo que aquí se quiere ver.
        self.cuaderno = from_dict(json.loads(ruta.read_text(encoding="utf-8")))
        self._por_id = {c.id: c for c in pagina.celdas}

    def fuente_de(self, celda) -> Celda | None:
        """La celda de la fuente que corresponde a una del cuaderno."""
        return self._por_id.get(celda.get("id"))

    def nota(self, celda, mensaje: str) -> Nota:
        """Una nota en la línea de la fuente de la que sale la celda."""
        if fuente := self.fuente_de(celda):
            return Nota(
                f"{mensaje} [{self.ruta.name}]",
                fuente.linea,
                fuente.numero,
                self.pagina.nombre,
            )
        numero = self.cuaderno.cells.index(celda) + 1
        return Nota(mensaje, None, numero, self.nombre)

    def textos(self) -> Iterator[tuple[dict, str]]:
        """(celda, texto) de cada salida textual que se ve."""
        for celda in self.cuaderno.cells:
            for salida in celda.get("outputs", []):
                if salida.output_type == "stream":
                    yield celda, _junto(salida.text)
                elif salida.output_type == "error":
                    yield celda, _junto(salida.get("traceback", ""))
                else:
                    for tipo in ("text/plain", "text/html", "text/markdown"):
                        if tipo in salida.get("data", {}):
                            yield celda, _junto(salida.data[tipo])

    def imagenes(self) -> Iterator[dict]:
        """Las celdas que dan una imagen."""
        for celda in self.cuaderno.cells:
            tipos = {t for s in celda.get("outputs", []) for t in s.get("data", {})}
            if any(t.startswith("image/") for t in tipos):
                yield celda


class Modulo:
    """Un `.py` del proyecto."""

    def __init__(self, ruta: Path, raiz: Path):
        self.ruta = ruta
        self.nombre = fuentes.relativa(ruta, raiz)
        self.arbol = ast.parse(ruta.read_text(encoding="utf-8"))


class Libro:
    """Todas las páginas y módulos de un proyecto."""

    def __init__(self, raiz: Path = fuentes.RAIZ):
        self.raiz = raiz

    @cached_property
    def paginas(self) -> list[Pagina]:
        """Las páginas de `book/` y `solutions/`, con celdas o sin ellas."""
        rutas = [
            ruta
            for patron in ("book/**/*.md", "solutions/*.md")
            for ruta in sorted(self.raiz.glob(patron))
            if not any(
                p.startswith(("_", ".")) for p in ruta.relative_to(self.raiz).parts
            )
        ]
        cuadernos = set(fuentes.fuentes(self.raiz))
        return [Pagina(ruta, self.raiz, ruta in cuadernos) for ruta in rutas]

    @cached_property
    def generados(self) -> list[Generado]:
        """Los cuadernos ejecutados de todas las páginas."""
        return [g for pagina in self.paginas for g in pagina.generados()]

    @cached_property
    def modulos(self) -> list[Modulo]:
        """El Python de `gradiente/`, `herramientas/` y `book/_ext/`."""
        return [
            Modulo(ruta, self.raiz)
            for carpeta in ("gradiente", "herramientas", "book/_ext")
            for ruta in sorted((self.raiz / carpeta).rglob("*.py"))
        ]


def _junto(texto) -> str:
    return texto if isinstance(texto, str) else "".join(texto)


# --- Nombres -------------------------------------------------------------------------


def importados(nodo: ast.AST) -> dict[str, str]:
    """Los nombres que ata una sentencia de importación y lo que son."""
    if isinstance(nodo, ast.Import):
        return {
            (a.asname or a.name.split(".")[0]): (
                a.name if a.asname else a.name.split(".")[0]
            )
            for a in nodo.names
        }
    if isinstance(nodo, ast.ImportFrom) and nodo.module and not nodo.level:
        return {(a.asname or a.name): f"{nodo.module}.{a.name}" for a in nodo.names}
    return {}


def modulos_importados(nodo: ast.AST) -> list[str]:
    """Los módulos completos que nombra una sentencia de importación."""
    if isinstance(nodo, ast.Import):
        return [a.name for a in nodo.names]
    if isinstance(nodo, ast.ImportFrom) and nodo.module and not nodo.level:
        return [nodo.module]
    return []


def nombre_completo(nodo: ast.AST, alias: dict[str, str]) -> str | None:
    """«numpy.random.seed» para `np.random.seed`; None si no parte de algo importado."""
    partes: list[str] = []
    while isinstance(nodo, ast.Attribute):
        partes.append(nodo.attr)
        nodo = nodo.value
    if isinstance(nodo, ast.Name) and nodo.id in alias:
        return ".".join([alias[nodo.id], *reversed(partes)])
    return None


def _usos(arbol: ast.AST, alias: dict[str, str]) -> Iterator[tuple[ast.AST, str]]:
    pendientes: list[ast.AST] = [arbol]
    while pendientes:
        nodo = pendientes.pop()
        if isinstance(nodo, ast.Import):
            for nombre in nodo.names:
                yield nodo, nombre.name
        elif isinstance(nodo, ast.ImportFrom):
            if nodo.module and not nodo.level:
                for nombre in nodo.names:
                    yield nodo, f"{nodo.module}.{nombre.name}"
        elif isinstance(nodo, ast.Attribute | ast.Name) and (
            completo := nombre_completo(nodo, alias)
        ):
            yield nodo, completo
        else:
            pendientes += list(ast.iter_child_nodes(nodo))
