"""La prosa MyST de un cuaderno, en el Markdown corriente que entienden Jupyter y Colab.

La web lee MyST; quien descarga un cuaderno, no. Aquí cada directiva y cada rol pasa a
Markdown con MathJax y algo de HTML. Lo que no se sabe convertir es un error: nada se
queda en crudo. Lo que ya era Markdown corriente no cambia.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from herramientas import referencias
from herramientas.errores import ErrorFuente
from herramientas.fuentes import MARCOS, RAIZ, direccion_sitio, relativa
from herramientas.myst import opciones_de_directiva

#: Directivas que se saben convertir, y sus opciones.
_AVISOS = {
    **{"admonition": "", "note": "Nota", "tip": "Consejo", "hint": "Pista"},
    **{"important": "Importante", "warning": "Advertencia"},
}
_EJERCICIO, _SOLUCION = ("exercise", "exercise-start"), ("solution", "solution-start")
_DIRECTIVAS = {
    **{nombre: {"class"} for nombre in _AVISOS},
    **{nombre: {"label", "class"} for nombre in _EJERCICIO + _SOLUCION},
    **{"exercise-end": set(), "solution-end": set(), "glossary": set()},
    **{"lab": set(), "estado": set(), "math": {"label"}, "figure": {"alt", "width"}},
}
_CORTE = "\0"  # entre esto va lo que pone una directiva: lo separan líneas en blanco
_MYST = re.compile(
    r"""\\[^\s]
  | ^(?P<sangria>[ \t]*)(?P<valla>`{3,}|~{3,}|:{3,})(?P<info>[^`\n]*|(?<=:).*)\n
     (?P<cuerpo>(?:.*\n)*?)[ \t]*(?P=valla)[`~:]*[ \t]*$
  | (?P<abierta>^[ \t>]*(?:(?:`{3,}|~{3,})[ \t]*\{|:::).*)
  | (?P<invisible>^%.*\n?|^\([\w.:-]+\)=[ \t]*\n?)
  | \{(?P<rol>[A-Za-z][\w:+-]*)\}(?P<tic>`+)(?P<texto>(?:.|\n(?!\n))+?)(?P=tic)(?!`)
  | (?<!`)(?P<tics>`+)(?!`)(?:.|\n(?!\n))+?(?<!`)(?P=tics)(?!`)
  | \$\$(?P<formula>(?:[^\\$]|\\.|\\\n)+)\$\$(?:[ ]*\((?P<etiqueta>[^()$\n]+)\)[ ]*$)?
  | (?P<mate>\$(?:\\.|[^\\$\n]|\n(?!\n))+\$)
  | \[(?P<tramo>[^\[\]\n]*)\]\{[^{}\n]*\}
  | (?P<raro>\[\^|\[\]\(|\{\{|^:[ \t]|^\{[.#].*\}$|(?<=[)`*_])\{[.#\w][^{}\n]*\})
  | (?P<abre>\]\(|\bhref="|^\[[^\]\n]+\]:[ \t]+)(?P<destino>[^\s()"<>]+)""",
    re.VERBOSE | re.MULTILINE,
)


class Pagina:
    """Una página del libro, con los números que llevan sus ecuaciones y ejercicios.

    Parámetros
    ----------
    fuente : lo que da `fuentes.leer`, con todas sus celdas: un cuaderno de un solo
        marco conserva así los números de la web.
    """

    def __init__(self, fuente: NotebookNode, raiz: Path = RAIZ) -> None:
        self.raiz, self.archivo = Path(raiz), fuente.metadata.gradiente.fuente
        self._lineas = {c.id: fuente.inicios[n] for n, c in enumerate(fuente.cells)}
        self._numeros: dict[str, dict[str, int]] = {"ecuación": {}, "ejercicio": {}}
        self._citadas: set[str] = set()
        self._contando = True  # la primera vuelta solo numera: se cita hacia delante
        self.aplanar(fuente)
        self._contando = False

    def aplanar(self, cuaderno: NotebookNode) -> NotebookNode:
        """Copia del cuaderno con la prosa convertida; el código no cambia.

        Si cita obras, acaba en una celda «Referencias». Desaparecen las celdas de texto
        que solo tenían marcas, como el cierre de una solución.
        """
        nuevo = nbformat.from_dict({**cuaderno, "cells": []})
        self._citadas = set()
        for celda in map(nbformat.from_dict, cuaderno.cells):
            if celda.cell_type == "markdown":
                linea = self._lineas.get(celda.get("id"))
                celda.source = self._convertir(celda.source, linea)
            if celda.cell_type != "markdown" or celda.source:
                nuevo.cells.append(celda)
        if self._citadas:
            obras = referencias.lista(self._citadas, self.raiz)
            texto = "\n".join(["## Referencias", "", *(f"- {obra}" for obra in obras)])
            nuevo.cells.append(nbformat.v4.new_markdown_cell(texto, id="referencias"))
        return nuevo

    def _convertir(self, texto: str, linea: int | None, en_cita: bool = False) -> str:
        def cambiar(m: re.Match) -> str:
            aqui = linea and linea + texto.count("\n", 0, m.start())
            return self._trozo(m, aqui, en_cita)

        plano = _MYST.sub(cambiar, texto)
        return re.sub(rf"\n*{_CORTE}[\n{_CORTE}]*", "\n\n", plano).strip("\n")

    def _trozo(self, m: re.Match, linea: int | None, en_cita: bool) -> str:
        """Lo que sustituye a un trozo; lo que ya es Markdown vuelve como estaba."""
        if m["abierta"]:
            raise self._error(linea, m[0], "está sin cerrar, o dentro de un «>»")
        if m["raro"]:
            raise self._error(linea, m[0], "no existe fuera de MyST; dilo de otro modo")
        if m["valla"]:
            partes = re.fullmatch(r"\s*\{([\w:+.-]+)\}\s*(.*?)\s*", m["info"])
            if not partes and m["valla"][0] != ":":
                return m[0]  # un bloque de código corriente
            nombre, titulo = partes.groups() if partes else (m["info"], "")
            cuerpo = re.sub(f"^{m['sangria']}", "", m["cuerpo"], flags=re.MULTILINE)
            hecho = self._directiva(nombre, titulo, cuerpo, linea, en_cita)
            hecho = re.sub("^(?=.)", m["sangria"], hecho, flags=re.MULTILINE)
            return f"{_CORTE}{hecho}{_CORTE}"
        if m["invisible"]:
            return ""
        if m["rol"]:
            return self._rol(m["rol"], " ".join(m["texto"].split()), linea)
        if m["formula"]:
            return self._formula(m["formula"], m["etiqueta"], en_cita)
        if m["mate"] and en_cita:
            return m[0].replace("\n", " ")  # se vería el «>» del segundo renglón
        if m["tramo"] is not None:
            return self._convertir(m["tramo"], linea, en_cita)
        if m["abre"]:
            return m["abre"] + self._direccion(m["destino"], linea)
        return m[0]

    def _directiva(
        self, nombre: str, titulo: str, cuerpo: str, linea: int | None, en_cita: bool
    ) -> str:
        opciones, cuerpo, saltadas = opciones_de_directiva(cuerpo)
        if nombre not in _DIRECTIVAS:
            raise self._error(linea, f"{{{nombre}}}", "es una directiva desconocida")
        for opcion in set(opciones) - _DIRECTIVAS[nombre]:
            raise self._error(linea, f":{opcion}:", f"es desconocida en {{{nombre}}}")
        if nombre == "math":
            cuerpo = f"\n{cuerpo.strip()}\n"
            return self._formula(cuerpo, opciones.get("label"), en_cita)
        plegado = "dropdown" in str(opciones.get("class", "")).split()
        es_cita = nombre in _AVISOS and not plegado
        titulo = self._convertir(titulo, linea, en_cita)
        dentro = linea and linea + 1 + saltadas
        cuerpo = self._convertir(cuerpo, dentro, en_cita or es_cita)
        if es_cita:
            texto = f"**{titulo or _AVISOS[nombre]}**\n\n{cuerpo}"
            return re.sub("^> $", ">", re.sub("^", "> ", texto, flags=re.M), flags=re.M)
        if nombre in _AVISOS:
            resumen = _analizador().renderInline(titulo or _AVISOS[nombre])
            return f"<details><summary>{resumen}</summary>\n\n{cuerpo}\n\n</details>"
        if nombre in _EJERCICIO:
            if "label" not in opciones:
                raise self._error(linea, titulo, "es un ejercicio sin «:label: ej-…»")
            numero = self._numerar("ejercicio", opciones["label"])
            titulo = re.sub(r"\s*·\s*(★+)$", r" (\1)", titulo)
            cabeza = f"### Ejercicio {numero}" + (f" · {titulo}" if titulo else "")
            return f"{cabeza}\n\n{cuerpo}".strip()
        if nombre in _SOLUCION:
            numero = self._numero("ejercicio", titulo, linea)
            return f"#### Solución del ejercicio {numero}\n\n{cuerpo}".strip()
        if nombre == "glossary":
            return _glosario(cuerpo)
        if nombre == "figure":
            alt = re.sub(r"[\[\]]", "", str(opciones.get("alt", "")))
            return f"![{alt}]({self._direccion(titulo, linea)})\n\n{cuerpo}".strip()
        if nombre == "lab":
            base = f"{self._sitio()}cuadernos/labs/{titulo}"
            return "\n".join(f"- [{titulo}.{m}]({base}.{m}.ipynb)" for m in MARCOS)
        if nombre == "estado":  # cambia en cada construcción
            return f"[Está en la web]({self._direccion('/' + self.archivo, linea)})."
        return ""  # exercise-end y solution-end

    def _formula(self, tex: str, etiqueta: str | None, en_cita: bool) -> str:
        tex = re.sub(r"\\(begin|end)\{(align|gather)\*?\}", r"\\\1{\2ed}", tex)
        if "\\\\" in tex and "\\begin{" not in tex:
            tex = f"\n\\begin{{aligned}}\n{tex.strip()}\n\\end{{aligned}}\n"
        if etiqueta:
            tex = f"{tex.rstrip()} \\tag{{{self._numerar('ecuación', etiqueta)}}}\n"
        return f"$${tex}$$".replace("\n", " " if en_cita else "\n")

    def _rol(self, nombre: str, texto: str, linea: int | None) -> str:
        con_destino = re.fullmatch(r"(.+?)\s*<([^<>]+)>", texto)
        visible, destino = con_destino.groups() if con_destino else ("", texto)
        if nombre in ("cite", "cite:p", "cite:t"):
            return self._cita(texto, nombre == "cite:t", linea)
        if nombre == "eq":
            return f"({self._numero('ecuación', texto, linea)})"
        if nombre == "term":
            return visible or texto
        if nombre == "doc":
            direccion = self._direccion(f"{destino}.md", linea)
            return f"[{visible or self._titulo(destino)}]({direccion})"
        if nombre == "ref":
            return visible or f"ejercicio {self._numero('ejercicio', texto, linea)}"
        raise self._error(linea, f"{{{nombre}}}", "es un rol desconocido")

    def _cita(self, claves: str, en_el_texto: bool, linea: int | None) -> str:
        entradas, citas = referencias.bibliografia(self.raiz), []
        for clave in re.split(r"\s*,\s*", claves):
            if clave not in entradas:
                raise self._error(linea, clave, f"no está en {referencias.RUTA}")
            self._citadas.add(clave)
            citas.append(referencias.firma(entradas[clave]))
        if en_el_texto:
            return "; ".join(f"{autores} ({ano})" for autores, ano in citas)
        return f"({'; '.join(', '.join(cita) for cita in citas)})"

    def _numerar(self, tipo: str, etiqueta: str) -> int:
        numeros = self._numeros[tipo]
        return numeros.setdefault(etiqueta, len(numeros) + 1)

    def _numero(self, tipo: str, etiqueta: str, linea: int | None) -> int:
        if etiqueta not in self._numeros[tipo] and not self._contando:
            raise self._error(linea, etiqueta, f"no es un {tipo} de esta página")
        return self._numeros[tipo].get(etiqueta, 0)

    def _ruta(self, destino: str) -> Path:
        propia = (self.raiz / self.archivo).parent
        base = self.raiz if destino.startswith("/") else propia
        return (base / destino.lstrip("/")).resolve()

    def _titulo(self, destino: str) -> str:
        texto = self._ruta(f"{destino}.md").read_text(encoding="utf-8")
        return re.search(r"^# +(.+?)\s*$", texto, re.MULTILINE)[1]

    def _direccion(self, destino: str, linea: int | None) -> str:
        """Dirección absoluta de un enlace; una imagen local se incrusta entera."""
        if re.match(r"[A-Za-z][\w+.-]*:", destino):
            return destino
        sin_ancla, almohadilla, ancla = destino.partition("#")
        ruta = self._ruta(sin_ancla or f"/{self.archivo}")
        tipo = mimetypes.guess_type(ruta.name)[0] or ""
        if tipo.startswith("image/") and ruta.is_file():
            datos = base64.b64encode(ruta.read_bytes()).decode()
            return f"data:{tipo};base64,{datos}"
        pagina = PurePosixPath(relativa(ruta.with_suffix(".html"), self.raiz))
        if pagina.parts[0] != "book" or not ruta.with_suffix(".md").is_file():
            raise self._error(linea, destino, "no es una página del libro")
        return f"{self._sitio()}{pagina}{almohadilla}{ancla}"

    def _sitio(self) -> str:
        sitio = direccion_sitio(self.raiz)
        if not sitio:
            raise ErrorFuente("_config.yml", "falta html.baseurl, para los enlaces")
        return sitio

    def _error(self, linea: int | None, que: str, problema: str) -> ErrorFuente:
        return ErrorFuente(
            self.archivo,
            f"«{que.strip()}» {problema}: no se puede pasar a los cuadernos que se "
            "descargan; cámbialo, o enséñaselo a herramientas/markdown_plano.py",
            linea,
        )


@lru_cache(maxsize=1)
def _analizador() -> MarkdownIt:
    """Pasa a HTML un título: dentro de `<summary>` nadie lee Markdown."""

    def formula(_, fichas, n, *resto) -> str:  # MathJax ve «\lt» igual en todas partes
        tex = fichas[n].content.replace("<", r"\lt ").replace(">", r"\gt ")
        return f"${tex}$"

    analizador = MarkdownIt("commonmark").use(dollarmath_plugin)
    analizador.add_render_rule("math_inline", formula)
    return analizador


def _glosario(cuerpo: str) -> str:
    """Términos y definiciones como lista: `- **término**: definición`."""
    salida: list[str] = []
    terminos: list[str] = []
    for renglon in cuerpo.split("\n"):
        if renglon[:1].strip():
            terminos.append(f"**{renglon.strip()}**")
        elif terminos and renglon.strip():
            salida.append(f"- {', '.join(terminos)}: {renglon.strip()}")
            terminos = []
        else:
            salida.append(renglon)
    return re.sub(r"\n+^(?=- )", "\n", "\n".join(salida), flags=re.MULTILINE)
