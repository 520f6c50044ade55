"""Ortografía de la prosa: diccionario español de hunspell y la lista del proyecto.

El diccionario (RLA-ES, edición es_ES) va dentro de `herramientas/diccionario`: así el
resultado es el mismo en toda máquina y no hay nada que instalar. Lo lee `spylls`, que
es Python puro. Lo que el diccionario no conoce y es correcto se añade, una palabra por
línea y en orden, a `herramientas/palabras.txt` o, si es inglés, a
`herramientas/palabras_inglesas.txt`. Estas valen solo en cursiva: «precision» o
«dimension» son términos ingleses, pero casi siempre son tildes olvidadas.
"""

from __future__ import annotations

import argparse
import ast
import io
import itertools
import re
import sys
import tokenize
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from herramientas.fuentes import RAIZ, relativa
from herramientas.myst import Directiva, Documento, Trozo, leer_myst

AQUI = Path(__file__).parent
DICCIONARIO = AQUI / "diccionario" / "es"
PALABRAS = AQUI / "palabras.txt"
INGLESAS = AQUI / "palabras_inglesas.txt"  # solo en cursiva
MAXIMO_SUGERENCIAS = 12  # buscar sugerencias cuesta medio segundo por palabra

# Sin espacios y con alguno de estos signos, no es prosa: es código, una ruta o una URL.
_NO_PROSA = re.compile(
    r"[_=\\@{}|<>`#$^~]|://|^\.\w|\w\(|\w\.\w|\w\[|\d\w*[^\W\d]|[^\W\d]\d|[₀-₉⁰-⁹¹²³]"
)
_PALABRA = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ENCLITICO = re.compile(r"(\w+[aei]r)(?:l[oae]s?|se|me|nos)")
_MATEMATICAS = re.compile(r"\$[^$]*\$")
_CASADAS = re.compile(r"^(\s*#+\s*)(noqa|type:|fmt:|ruff:|pragma|### |BEGIN |END )")
# Llamadas cuyas cadenas se leen aunque sean de una sola palabra.
_SE_LEEN = {
    *("print", "title", "suptitle", "xlabel", "ylabel", "set_title", "set_xlabel"),
    *("set_ylabel", "annotate", "text", "rotular", "supxlabel", "supylabel"),
    *("set_xticklabels", "set_yticklabels", "legend"),
}
_CLAVES_QUE_SE_LEEN = {"label", "title", "xlabel", "ylabel", "labels"}


@dataclass(frozen=True)
class Falta:
    """Una palabra que nadie conoce y dónde está."""

    archivo: Path
    linea: int
    palabra: str


def _cargar(diccionario: Path):
    """El diccionario; `Dictionary.from_files` los dejaría abiertos."""
    from spylls.hunspell import Dictionary
    from spylls.hunspell.readers import read_aff, read_dic
    from spylls.hunspell.readers.file_reader import FileReader

    class EnMemoria(FileReader):
        def _open(self, path, encoding):
            texto = Path(path).read_text(encoding=encoding, errors="surrogateescape")
            return io.StringIO(texto)

    aff, contexto = read_aff(EnMemoria(diccionario.with_suffix(".aff")))
    palabras = EnMemoria(diccionario.with_suffix(".dic"), encoding=contexto.encoding)
    return Dictionary(aff, read_dic(palabras, aff=aff, context=contexto))


class Lexico:
    """Las palabras que se dan por buenas: el diccionario y la lista del proyecto."""

    def __init__(
        self,
        lista: Iterable[str] = (),
        inglesas: Iterable[str] = (),
        diccionario: Path = DICCIONARIO,
    ):
        self._hunspell = _cargar(diccionario)
        self.lista = set(lista)
        self.inglesas = set(inglesas)
        self.usadas: set[str] = set()
        self._vistas: dict[str, bool] = {}

    def en_diccionario(self, palabra: str) -> bool:
        """Si el diccionario la conoce, sin contar la lista del proyecto."""
        return self._hunspell.lookup(palabra)

    def conoce(self, palabra: str, cursiva: bool = False) -> bool:
        """Si es correcta; las siglas (hasta seis mayúsculas) lo son siempre."""
        if cursiva and (inglesas := _variantes(palabra) & self.inglesas):
            self.usadas |= inglesas
            return True
        if palabra not in self._vistas:
            self._vistas[palabra] = self._conoce(palabra)
        return self._vistas[palabra]

    def _conoce(self, palabra: str) -> bool:
        if propias := _variantes(palabra) & self.lista:
            self.usadas |= propias
            return True
        if len(palabra) == 1 or (palabra.isupper() and len(palabra) <= 6):
            return True
        # El diccionario no compone «descartarlo» a partir de «descartar».
        infinitivo = _ENCLITICO.fullmatch(palabra)
        return self.en_diccionario(palabra) or bool(
            infinitivo and self.conoce(infinitivo[1])
        )

    def sugerencias(self, palabra: str) -> list[str]:
        """Hasta cuatro propuestas."""
        return list(itertools.islice(self._hunspell.suggest(palabra), 4))


def _variantes(palabra: str) -> set[str]:
    """Cómo puede estar escrita en la lista: «Softmax» vale si está «softmax»."""
    variantes = {palabra}
    if palabra[1:].islower() or palabra.isupper():
        variantes.add(palabra.lower())
    if palabra.isupper():
        variantes.add(palabra.capitalize())
    return variantes


def leer_palabras(ruta: Path = PALABRAS) -> list[str]:
    """La lista del proyecto, tal como está escrita."""
    return ruta.read_text(encoding="utf-8").split("\n")[:-1]


def orden(palabra: str) -> tuple[str, str]:
    """Clave de orden de la lista: sin tildes ni mayúsculas, y luego tal cual."""
    base = unicodedata.normalize("NFD", palabra.casefold())
    return "".join(c for c in base if not unicodedata.combining(c)), palabra


def palabras_de(texto: str) -> Iterator[str]:
    """Las palabras de una frase, sin código, matemáticas, números ni direcciones."""
    texto = unicodedata.normalize("NFC", _MATEMATICAS.sub(" ", texto))
    for bloque in re.split(r"[\s/–—]+", re.sub(r"https?://\S+", " ", texto)):
        if not _NO_PROSA.search(bloque):
            yield from _PALABRA.findall(bloque)


# --- De qué trozos se compone cada archivo -------------------------------------------


def trozos_de_python(codigo: str, linea: int = 1) -> Iterator[Trozo]:
    """Comentarios, docstrings y frases de un código que empieza en `linea`."""
    codigo = re.sub(r"(?m)^[ \t]*[%!].*$", "pass", codigo)
    try:
        arbol = ast.parse(codigo)
    except SyntaxError:
        return  # de eso se queja `revisar`
    for ficha in tokenize.generate_tokens(io.StringIO(codigo).readline):
        if ficha.type == tokenize.COMMENT and not _CASADAS.match(ficha.string):
            en = linea + ficha.start[0] - 1
            yield Trozo(en, en, re.sub(r"`[^`]*`", " ", ficha.string.lstrip("# ")))
    for nodo, texto in _cadenas(arbol):
        en, fin = linea + nodo.lineno - 1, linea + (nodo.end_lineno or 0) - 1
        yield Trozo(en, fin, re.sub(r"`[^`]*`|``[^`]*``", " ", texto))


def _cadenas(arbol: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Cadenas con más de una palabra, y las de una sola que se muestran."""
    pendientes: list[tuple[ast.AST, bool]] = [(arbol, False)]
    while pendientes:
        nodo, se_lee = pendientes.pop()
        if isinstance(nodo, ast.JoinedStr):
            texto = " ¤ ".join(
                v.value for v in nodo.values if isinstance(v, ast.Constant)
            )
            yield nodo, texto
            pendientes += [
                (v.value, False)
                for v in nodo.values
                if isinstance(v, ast.FormattedValue)
            ]
        elif isinstance(nodo, ast.Constant):
            if isinstance(nodo.value, str) and (se_lee or " " in nodo.value.strip()):
                yield nodo, nodo.value
        elif isinstance(nodo, ast.Call):
            nombre = getattr(nodo.func, "attr", getattr(nodo.func, "id", ""))
            pendientes.append((nodo.func, False))
            pendientes += [(a, nombre in _SE_LEEN) for a in nodo.args]
            pendientes += [
                (k.value, k.arg in _CLAVES_QUE_SE_LEEN)
                for k in nodo.keywords
                if k.arg != "loc"  # «upper left» y compañía
            ]
        else:
            lista = isinstance(nodo, ast.List | ast.Tuple)
            pendientes += [
                (hijo, se_lee and lista) for hijo in ast.iter_child_nodes(nodo)
            ]


def trozos_de_celda(celda: Directiva) -> Iterator[Trozo]:
    """La prosa de una celda: motivo, descripción de la imagen, comentarios y frases."""
    imagen = (celda.opciones.get("mystnb") or {}) if celda.opciones else {}
    for clave in ("image", "figure"):
        campos = imagen.get(clave) if isinstance(imagen, dict) else None
        for campo in ("alt", "caption"):
            if isinstance(campos, dict) and isinstance(campos.get(campo), str):
                yield Trozo(celda.linea, celda.linea_cuerpo, campos[campo])
    if isinstance(celda.opciones.get("motivo"), str):
        yield Trozo(celda.linea, celda.linea_cuerpo, celda.opciones["motivo"])
    yield from trozos_de_python(celda.cuerpo, celda.linea_cuerpo)


def _frases_de_cabecera(documento: Documento) -> Iterator[str]:
    for clave in ("objetivos", "titulo", "title", "tensorflow"):
        valor = documento.cabecera.get(clave)
        yield from valor if isinstance(valor, list) else [valor] if valor else []


def trozos_de_archivo(ruta: Path) -> list[Trozo]:
    """Toda la prosa de un `.md` (o de un `.py`)."""
    texto = ruta.read_text(encoding="utf-8")
    if ruta.suffix == ".py":
        return sorted(trozos_de_python(texto), key=lambda t: (t.linea, t.fin))
    documento = leer_myst(texto)
    trozos = list(documento.trozos)
    for celda in documento.celdas:
        trozos.extend(trozos_de_celda(celda))
    trozos.extend(Trozo(1, 60, str(f)) for f in _frases_de_cabecera(documento))
    return sorted(trozos, key=lambda t: (t.linea, t.fin))


# --- Revisión ------------------------------------------------------------------------


def faltas_de(ruta: Path, lexico: Lexico) -> Iterator[Falta]:
    """Las palabras desconocidas de un archivo, una vez por línea."""
    lineas = ruta.read_text(encoding="utf-8").splitlines()
    dichas: set[tuple[int, str]] = set()
    for trozo in trozos_de_archivo(ruta):
        for palabra in palabras_de(trozo.texto):
            if lexico.conoce(palabra, trozo.cursiva):
                continue
            linea = _linea_de(palabra, trozo, lineas)
            if (linea, palabra) not in dichas:
                dichas.add((linea, palabra))
                yield Falta(ruta, linea, palabra)


def _linea_de(palabra: str, trozo: Trozo, lineas: list[str]) -> int:
    entera = re.compile(rf"(?<!\w){re.escape(palabra)}(?!\w)")
    for n in range(trozo.linea, min(trozo.fin, len(lineas)) + 1):
        if entera.search(lineas[n - 1]):
            return n
    return trozo.linea


def faltas_de_la_lista(lista: list[str], lexico: Lexico) -> list[str]:
    """Lo que está mal en `palabras.txt`: orden, repeticiones y palabras de más."""
    problemas = []
    for anterior, palabra in itertools.pairwise(lista):
        if orden(anterior) > orden(palabra):
            problemas.append(f"«{palabra}» va antes que «{anterior}»")
    vistas: set[str] = set()
    for palabra in lista:
        if palabra in vistas:
            problemas.append(f"«{palabra}» está repetida")
        elif otras := (_variantes(palabra) - {palabra}) & set(lista):
            problemas.append(f"«{palabra}» sobra: ya está «{otras.pop()}»")
        vistas.add(palabra)
        if not _PALABRA.fullmatch(palabra):
            problemas.append(f"«{palabra}» no es una sola palabra")
        elif lexico.en_diccionario(palabra):
            problemas.append(f"«{palabra}» ya está en el diccionario")
    return problemas


def archivos_por_defecto(raiz: Path = RAIZ) -> list[Path]:
    """La prosa que ven lectores y contribuyentes."""
    sueltos = [raiz / "README.md", raiz / "CONTRIBUIR.md"]
    carpetas = [*raiz.glob("book/**/*.md"), *raiz.glob("solutions/*.md")]
    return [r for r in sueltos if r.exists()] + sorted(carpetas)


@lru_cache(maxsize=1)
def lexico_del_proyecto() -> Lexico:
    """El diccionario con la lista del proyecto (se carga una vez por proceso)."""
    return Lexico(leer_palabras(), leer_palabras(INGLESAS))


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Añade los argumentos de la orden."""
    subparser.description = "Revisa la ortografía de la prosa del libro."
    subparser.add_argument("rutas", nargs="*", type=Path, metavar="RUTA")
    subparser.add_argument(
        "--nuevas",
        action="store_true",
        help="solo las palabras desconocidas, una por línea y sin repetir",
    )
    subparser.add_argument(
        "--ordenar",
        action="store_true",
        help="ordena palabras.txt y quita de ella lo que sobra",
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Escribe las faltas; devuelve 1 si hay alguna."""
    lexico = lexico_del_proyecto()
    if args.ordenar:
        return _ordenar(lexico)
    raiz = args.raiz.resolve()
    rutas = [r.resolve() for r in args.rutas] or archivos_por_defecto(raiz)
    faltas = [falta for ruta in rutas for falta in faltas_de(ruta, lexico)]
    distintas = sorted({f.palabra for f in faltas}, key=orden)
    if args.nuevas:
        print("\n".join(distintas))
        return int(bool(faltas))
    sugerencias = {
        p: ", ".join(lexico.sugerencias(p)) for p in distintas[:MAXIMO_SUGERENCIAS]
    }
    for falta in faltas:
        nombre = relativa(falta.archivo, raiz)
        propuesta = sugerencias.get(falta.palabra)
        cola = f" (¿{propuesta}?)" if propuesta else ""
        print(f"{nombre}:{falta.linea}: «{falta.palabra}»{cola}")
    problemas = []
    for lista in (PALABRAS, INGLESAS):
        palabras = leer_palabras(lista)
        problemas += [
            f"{lista.name}: {p}" for p in faltas_de_la_lista(palabras, lexico)
        ]
        sin_usar = [p for p in palabras if p not in lexico.usadas]
        if sin_usar and not args.rutas:
            print(f"Aviso: sin usar en {lista.name}: {', '.join(sin_usar)}")
    for problema in problemas:
        print(problema)
    if faltas or problemas:
        print(
            f"\n{len(faltas)} faltas ({len(distintas)} palabras) en {len(rutas)} "
            f"archivos. Si una es correcta, añádela a herramientas/{PALABRAS.name} o, "
            f"si es inglesa y va en cursiva, a {INGLESAS.name} (y `python -m "
            "herramientas ortografia --ordenar`).",
            file=sys.stderr,
        )
        return 1
    print(f"Ortografía: {len(rutas)} archivos sin faltas.")
    return 0


def _ordenar(lexico: Lexico) -> int:
    for ruta in (PALABRAS, INGLESAS):
        lista = {unicodedata.normalize("NFC", p.strip()) for p in leer_palabras(ruta)}
        lista -= {""}
        quedan = [
            p
            for p in sorted(lista, key=orden)
            if not lexico.en_diccionario(p) and not (_variantes(p) - {p}) & lista
        ]
        ruta.write_text("".join(f"{p}\n" for p in quedan), encoding="utf-8")
        sobraban = len(lista) - len(quedan)
        print(f"{ruta.name}: {len(quedan)} palabras ({sobraban} menos).")
    return 0
