"""Lee la prosa de un archivo MyST sin ejecutar ni construir nada.

`leer_myst` recorre el texto con markdown-it (el mismo analizador que usa el libro) y
devuelve lo que interesa a la revisión, cada cosa con su línea: trozos de prosa,
títulos, directivas, imágenes, enlaces, roles y celdas de código. La ortografía, los
enlaces y las reglas de `revisar` comparten este recorrido.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

# Directivas cuyo argumento es un título que se lee.
_CON_TITULO = re.compile(
    r"admonition|note|tip|warning|exercise|solution|dropdown|card|tab-item|table"
    r"|list-table|prf:\w+|topic|grid-item-card"
)
# Directivas cuyo cuerpo no es prosa.
_SIN_PROSA = re.compile(
    r"math|code|code-block|code-cell|literalinclude|bibliography|toctree|tableofcontents"
    r"|raw|eval-rst|lab|mermaid|contents|include|image|doctest|parsed-literal"
)
_DIRECTIVA = re.compile(r"\{([\w:+.-]+)\}[ \t]*(.*)", re.DOTALL)
_OPCION = re.compile(r":([\w-]+):[ \t]*(.*)")
_TEXTO_DE_ROL = re.compile(r"(.+?)\s*<[^<>]+>\s*$", re.DOTALL)
_ROLES_CON_TEXTO = {
    "ref",
    "doc",
    "numref",
    "term",
    "prf:ref",
    "download",
    "abbr",
    "sub",
}
_EN_CURSIVA = re.compile("\ue000([^\ue000\ue001]*)\ue001")
_HUECO = " ¤ "  # ocupa el lugar de código, matemáticas y roles dentro de una frase


@dataclass(frozen=True)
class Trozo:
    """Prosa de un bloque: ocupa las líneas `linea`…`fin` (incluidas, desde 1).

    Lo que va en cursiva es un trozo aparte: ahí están los términos ingleses.
    """

    linea: int
    fin: int
    texto: str
    cursiva: bool = False


@dataclass(frozen=True)
class Titulo:
    """Un encabezado y su nivel (1 a 6)."""

    linea: int
    nivel: int
    texto: str


@dataclass(frozen=True)
class Directiva:
    """Una directiva; `dentro_de` nombra las que la contienen, de fuera a dentro."""

    linea: int
    fin: int
    nombre: str
    argumento: str
    opciones: dict[str, str]
    cuerpo: str
    linea_cuerpo: int
    dentro_de: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imagen:
    """Una imagen de Markdown o de `{figure}`/`{image}`, con su descripción."""

    linea: int
    ruta: str
    descripcion: str


@dataclass(frozen=True)
class Enlace:
    """Un destino enlazado, tal como se escribió."""

    linea: int
    destino: str


@dataclass(frozen=True)
class Rol:
    """Un rol en línea, p. ej. `{cite}` y su contenido."""

    linea: int
    nombre: str
    contenido: str


@dataclass
class Documento:
    """Todo lo que `leer_myst` encontró en un archivo."""

    cabecera: dict = field(default_factory=dict)
    trozos: list[Trozo] = field(default_factory=list)
    titulos: list[Titulo] = field(default_factory=list)
    directivas: list[Directiva] = field(default_factory=list)
    imagenes: list[Imagen] = field(default_factory=list)
    enlaces: list[Enlace] = field(default_factory=list)
    roles: list[Rol] = field(default_factory=list)
    columnas_sin_titulo: list[int] = field(default_factory=list)
    anclas: list[str] = field(default_factory=list)

    @property
    def celdas(self) -> list[Directiva]:
        """Las celdas de código de primer nivel."""
        return [
            d for d in self.directivas if d.nombre == "code-cell" and not d.dentro_de
        ]


@lru_cache(maxsize=1)
def _analizador() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .use(front_matter_plugin)
        .use(myst_block_plugin)
        .use(myst_role_plugin)
        .use(dollarmath_plugin)
        .use(colon_fence_plugin)
        .use(deflist_plugin)
        .use(footnote_plugin)
        .use(attrs_plugin, spans=True)
        .use(attrs_block_plugin)
    )


def opciones_de_directiva(contenido: str) -> tuple[dict, str, int]:
    """Separa las opciones del cuerpo; devuelve (opciones, cuerpo, líneas saltadas)."""
    lineas = contenido.splitlines()
    if lineas and lineas[0].strip() == "---":
        for i, linea in enumerate(lineas[1:], start=1):
            if linea.strip() == "---":
                try:
                    opciones = yaml.safe_load("\n".join(lineas[1:i])) or {}
                except yaml.YAMLError:
                    opciones = {}
                if not isinstance(opciones, dict):
                    opciones = {}
                return opciones, "\n".join(lineas[i + 1 :]), i + 1
    opciones, n, clave = {}, 0, None
    for linea in lineas:
        if opcion := _OPCION.match(linea):
            clave = opcion[1]
            opciones[clave] = opcion[2].strip()
        elif clave and linea.startswith((" ", "\t")) and linea.strip():
            opciones[clave] = f"{opciones[clave]} {linea.strip()}".strip()
        else:
            break
        n += 1
    return opciones, "\n".join(lineas[n:]), n


def leer_myst(texto: str) -> Documento:
    """Recorre un archivo MyST entero (con o sin cabecera YAML)."""
    documento = Documento()
    _recorrer(texto, 0, documento, ())
    return documento


def _recorrer(
    texto: str, desde: int, documento: Documento, dentro_de: tuple[str, ...]
) -> None:
    """Añade a `documento` lo que hay en `texto`, cuya primera línea es `desde` + 1."""
    mapa = [0, 1]
    titulo: int | None = None
    en_otro_idioma = parrafo_ajeno = en_cabecera = False
    for ficha in _analizador().parse(texto):
        if ficha.map:
            mapa = ficha.map
        linea, fin = desde + mapa[0] + 1, desde + max(mapa[1], mapa[0] + 1)
        if ficha.type == "html_block":
            en_otro_idioma = _html(ficha.content, linea, fin, documento, en_otro_idioma)
        elif ficha.type == "front_matter" and not dentro_de:
            _cabecera(ficha.content, documento)
        elif ficha.type == "myst_target":
            documento.anclas.append(ficha.content)
        elif ficha.type in {"fence", "colon_fence"}:
            _directiva(ficha, linea, fin, documento, dentro_de)
        elif ficha.type == "paragraph_open":
            parrafo_ajeno = _es_ajeno(ficha)
        elif ficha.type == "heading_open":
            parrafo_ajeno = False
            titulo = int(ficha.tag[1])
        elif ficha.type == "th_open":
            en_cabecera = True
        elif ficha.type == "inline":
            if en_cabecera and not ficha.content.strip():
                documento.columnas_sin_titulo.append(linea)
            en_cabecera = False
            prosa = _en_linea(ficha.children or [], linea, documento)
            if titulo:
                limpio = _EN_CURSIVA.sub(r"\1", prosa).strip()
                documento.titulos.append(Titulo(linea, titulo, limpio))
                titulo = None
            if not (en_otro_idioma or parrafo_ajeno):
                documento.trozos += _trozos(prosa, linea, fin)


def _cabecera(contenido: str, documento: Documento) -> None:
    try:
        cabecera = yaml.safe_load(contenido) or {}
    except yaml.YAMLError:
        return
    if isinstance(cabecera, dict):
        documento.cabecera = cabecera


def _trozos(prosa: str, linea: int, fin: int) -> list[Trozo]:
    """La prosa de un bloque y, aparte, lo que lleva en cursiva."""
    trozos = [Trozo(linea, fin, _EN_CURSIVA.sub(_HUECO, prosa))]
    trozos += [Trozo(linea, fin, texto, True) for texto in _EN_CURSIVA.findall(prosa)]
    return [t for t in trozos if t.texto.replace(_HUECO, "").strip()]


def _es_ajeno(ficha) -> bool:
    """Si la ficha declara otro idioma, p. ej. `[deep learning]{lang=en}`."""
    return not str(ficha.attrs.get("lang", "es")).startswith("es")


def _html(
    contenido: str, linea: int, fin: int, documento: Documento, en_otro_idioma: bool
) -> bool:
    """Prosa de un bloque HTML; dice si el bloque deja abierto otro idioma (`lang=`)."""
    for img in re.finditer(r"<img\b[^>]*>", contenido, re.IGNORECASE):
        atributos = dict(re.findall(r'(\w+)="([^"]*)"', img[0]))
        en = linea + contenido[: img.start()].count("\n")
        documento.imagenes.append(
            Imagen(en, atributos.get("src", ""), atributos.get("alt", ""))
        )
    for href in re.finditer(r'href="([^"]+)"', contenido):
        en = linea + contenido[: href.start()].count("\n")
        documento.enlaces.append(Enlace(en, href[1]))
    ajeno = re.search(r'lang="(?!es)[a-z-]+"', contenido)
    cierra = "</" in contenido
    if ajeno:
        return not cierra
    if en_otro_idioma:
        return not cierra
    sin_codigo = re.sub(
        r"(?s)<!--.*?-->|<(style|script|svg)\b.*?</\1>|<code>.*?</code>", " ", contenido
    )
    prosa = re.sub(r"<[^>]+>", " ", sin_codigo)
    if prosa.strip():
        documento.trozos.append(Trozo(linea, fin, prosa))
    return False


def _directiva(ficha, linea, fin, documento, dentro_de) -> None:
    partes = _DIRECTIVA.match(ficha.info.strip())
    if not partes:
        return
    nombre, argumento = partes[1], partes[2].strip()
    opciones, cuerpo, saltadas = opciones_de_directiva(ficha.content)
    linea_cuerpo = linea + 1 + saltadas
    documento.directivas.append(
        Directiva(
            linea,
            fin,
            nombre,
            argumento,
            opciones,
            cuerpo,
            linea_cuerpo,
            dentro_de,
        )
    )
    if nombre in {"figure", "image"}:
        alt = str(opciones.get("alt", ""))
        documento.imagenes.append(Imagen(linea, argumento, alt))
    for clave in ("alt", "caption"):
        if isinstance(opciones.get(clave), str):
            documento.trozos.append(Trozo(linea, linea_cuerpo, opciones[clave]))
    if argumento and _CON_TITULO.fullmatch(nombre):
        prosa = "".join(
            _en_linea(f.children or [], linea, documento)
            for f in _analizador().parseInline(argumento)
        )
        documento.trozos += _trozos(prosa, linea, linea)
    if not _SIN_PROSA.fullmatch(nombre):
        _recorrer(cuerpo, linea_cuerpo - 1, documento, (*dentro_de, nombre))


def _en_linea(hijos, linea: int, documento: Documento) -> str:
    """Texto legible de un bloque en línea; apunta imágenes, enlaces y roles."""
    salida: list[str] = []
    automatico = ajeno = False
    for hijo in hijos:
        if hijo.type == "text":
            if not (automatico or ajeno):
                salida.append(hijo.content)
        elif hijo.type in {"em_open", "em_close"}:
            salida.append("\ue000" if hijo.type == "em_open" else "\ue001")
        elif hijo.type == "span_open":
            ajeno = _es_ajeno(hijo)
        elif hijo.type == "span_close":
            ajeno = False
        elif hijo.type in {"softbreak", "hardbreak"}:
            salida.append("\n")
            linea += 1
        elif hijo.type == "link_open":
            documento.enlaces.append(Enlace(linea, str(hijo.attrs.get("href", ""))))
            automatico = hijo.markup == "autolink"
        elif hijo.type == "link_close":
            automatico = False
        elif hijo.type == "image":
            documento.imagenes.append(
                Imagen(linea, str(hijo.attrs.get("src", "")), hijo.content)
            )
            salida.append(f" {hijo.content} ")
        elif hijo.type == "myst_role":
            nombre = hijo.meta["name"]
            documento.roles.append(Rol(linea, nombre, hijo.content))
            salida.append(_texto_de_rol(nombre, hijo.content))
        elif hijo.type in {"code_inline", "math_inline", "math_inline_double"}:
            salida.append(_HUECO)
        elif hijo.type == "html_inline":
            salida.append(" ")
    return "".join(salida)


def _texto_de_rol(nombre: str, contenido: str) -> str:
    """La parte de un rol que se lee en la página."""
    if nombre not in _ROLES_CON_TEXTO:
        return _HUECO
    if titulo := _TEXTO_DE_ROL.match(contenido):
        return titulo[1]
    return contenido if nombre == "term" else _HUECO
