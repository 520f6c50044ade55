"""Enlaces y citas que la construcción del sitio no comprueba.

Sin red: las rutas relativas de toda la prosa, las anclas de los archivos que están
fuera del sitio (en las páginas las comprueba Sphinx), las citas y las entradas sin usar
de la bibliografía. Con `--externos`, además, cada dirección de internet.
"""

from __future__ import annotations

import argparse
import http.client
import re
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from herramientas.fuentes import RAIZ, configuracion, relativa
from herramientas.myst import leer_myst

BIBLIOGRAFIA = Path("book") / "referencias.bib"
IGNORADOS = Path(__file__).parent / "enlaces_ignorados.tsv"
AGENTE = "Mozilla/5.0 (compatible; comprobador de enlaces de Gradiente)"
INTENTOS, ESPERA = 3, 2.0  # por dirección; segundos entre intentos (se duplican)
# El servidor vive pero no atiende a programas, o no admite HEAD.
_PROBAR_CON_GET = {400, 403, 404, 405, 406, 429, 501, 503}
_PASAJEROS = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, order=True)
class Roto:
    """Un enlace o una cita que no lleva a ninguna parte."""

    archivo: str
    linea: int
    mensaje: str

    def __str__(self) -> str:
        return f"{self.archivo}:{self.linea}: {self.mensaje}"


def paginas(raiz: Path = RAIZ) -> list[Path]:
    """Toda la prosa con enlaces: el libro, los labs y los archivos de la raíz."""
    patrones = ("*.md", ".github/**/*.md", "book/**/*.md", "solutions/*.md")
    return sorted({r for patron in patrones for r in raiz.glob(patron)})


# --- Sin red -------------------------------------------------------------------------


def internos(raiz: Path = RAIZ) -> Iterator[Roto]:
    """Rutas relativas y anclas que no existen, y citas desconocidas o sin usar."""
    claves = claves_de_bibliografia(raiz)
    citadas: set[str] = set()
    for ruta in paginas(raiz):
        nombre = relativa(ruta, raiz)
        documento = leer_myst(ruta.read_text(encoding="utf-8"))
        en_el_sitio = nombre.startswith("book/")
        for enlace in documento.enlaces:
            if problema := _defecto(enlace.destino, ruta, raiz, en_el_sitio):
                yield Roto(nombre, enlace.linea, problema)
        for imagen in documento.imagenes:
            if problema := _defecto(imagen.ruta, ruta, raiz, en_el_sitio):
                yield Roto(nombre, imagen.linea, problema)
        for rol in documento.roles:
            if rol.nombre.split(":")[0] != "cite":
                continue
            for clave in (c.strip() for c in rol.contenido.split(",")):
                citadas.add(clave)
                if clave not in claves:
                    yield Roto(
                        nombre,
                        rol.linea,
                        f"la cita «{clave}» no está en {BIBLIOGRAFIA.as_posix()}",
                    )
    for clave in sorted(claves.keys() - citadas):
        yield Roto(
            BIBLIOGRAFIA.as_posix(),
            claves[clave],
            f"«{clave}» no se cita en ninguna página: cítala o quítala",
        )


def claves_de_bibliografia(raiz: Path = RAIZ) -> dict[str, int]:
    """clave -> línea de cada entrada de la bibliografía."""
    ruta = raiz / BIBLIOGRAFIA
    if not ruta.exists():
        return {}
    return {
        entrada[1]: n
        for n, linea in enumerate(ruta.read_text(encoding="utf-8").splitlines(), 1)
        if (
            entrada := re.match(r"@(?!comment|string|preamble)\w+\{\s*([^,\s]+)", linea)
        )
    }


def _defecto(destino: str, pagina: Path, raiz: Path, en_el_sitio: bool) -> str | None:
    partes = urlsplit(destino)
    # `../../actions`, `../../issues`…: páginas del repositorio en su servidor.
    if partes.scheme or partes.netloc or destino.startswith("../../actions"):
        return None
    archivo = pagina
    if partes.path:
        archivo = (pagina.parent / unquote(partes.path)).resolve()
        es_generado = archivo.suffix == ".ipynb" and archivo.with_suffix(".md").exists()
        if en_el_sitio and not Path(partes.path).suffix:
            return None  # una referencia de MyST por nombre: la comprueba Sphinx
        if not archivo.exists() and not es_generado:
            return f"«{destino}» no existe"
        if not archivo.is_relative_to(raiz.resolve()):
            return f"«{destino}» se sale del repositorio"
    con_ancla = partes.fragment and not en_el_sitio and archivo.suffix == ".md"
    if con_ancla and unquote(partes.fragment) not in anclas(archivo):
        return f"«{destino}»: no hay ningún título ni ancla «{partes.fragment}»"
    return None


def anclas(ruta: Path) -> set[str]:
    """Las anclas de un `.md`: las explícitas y las de sus títulos."""
    documento = leer_myst(ruta.read_text(encoding="utf-8"))
    return {*documento.anclas, *(_ancla(t.texto) for t in documento.titulos)}


def _ancla(titulo: str) -> str:
    limpio = re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", titulo).lower())
    return limpio.strip().replace(" ", "-")


# --- Con red -------------------------------------------------------------------------


@dataclass(frozen=True)
class Respuesta:
    """Qué contestó una dirección. `destino` es adonde llevan las redirecciones."""

    bien: bool
    detalle: str
    destino: str


def direcciones(raiz: Path = RAIZ) -> dict[str, tuple[str, int]]:
    """Cada dirección de internet y el primer lugar donde aparece."""
    halladas: dict[str, tuple[str, int]] = {}
    for ruta in paginas(raiz):
        nombre = relativa(ruta, raiz)
        for enlace in leer_myst(ruta.read_text(encoding="utf-8")).enlaces:
            if enlace.destino.startswith(("http://", "https://")):
                halladas.setdefault(enlace.destino, (nombre, enlace.linea))
    bibliografia = raiz / BIBLIOGRAFIA
    if bibliografia.exists():
        lineas = bibliografia.read_text(encoding="utf-8").splitlines()
        for n, linea in enumerate(lineas, 1):
            campo = re.match(r"\s*(doi|url)\s*=\s*[{\"](.+?)[}\"],?\s*$", linea)
            if campo:
                url = campo[2] if campo[1] == "url" else f"https://doi.org/{campo[2]}"
                halladas.setdefault(url, (BIBLIOGRAFIA.as_posix(), n))
    return halladas


def ignorados() -> dict[str, str]:
    """prefijo -> razón por la que esas direcciones no se comprueban."""
    razones = {}
    for linea in IGNORADOS.read_text(encoding="utf-8").splitlines():
        if linea and not linea.startswith("#"):
            prefijo, _, razon = linea.partition("\t")
            if not razon.strip():
                raise ValueError(f"{IGNORADOS.name}: «{prefijo}» no dice por qué")
            razones[prefijo] = razon.strip()
    return razones


def comprobar(
    url: str, limite: float = 20.0, intentos: int = INTENTOS, espera: float = ESPERA
) -> Respuesta:
    """Pide una dirección: HEAD y, si no convence, GET; reintenta lo pasajero."""
    respuesta = Respuesta(False, "sin respuesta", url)
    for intento in range(intentos):
        if intento:
            time.sleep(espera * 2 ** (intento - 1))
        respuesta, codigo = _pedir(url, "HEAD", limite)
        if codigo in _PROBAR_CON_GET:
            respuesta, codigo = _pedir(url, "GET", limite)
        if respuesta.bien or (codigo and codigo not in _PASAJEROS):
            break
    return respuesta


class _SinSeguir(urllib.request.HTTPRedirectHandler):
    """Un DOI existe si doi.org redirige; las editoriales no atienden a programas."""

    def redirect_request(self, *_args):
        return None


def _pedir(url: str, metodo: str, limite: float) -> tuple[Respuesta, int]:
    es_doi = urlsplit(url).hostname == "doi.org"
    abridor = urllib.request.build_opener(*([_SinSeguir] if es_doi else []))
    peticion = urllib.request.Request(
        url.split("#")[0], method=metodo, headers={"User-Agent": AGENTE}
    )
    try:
        with abridor.open(peticion, timeout=limite) as contestado:
            return Respuesta(True, str(contestado.status), contestado.url), 200
    except urllib.error.HTTPError as error:
        error.close()
        bien = es_doi and error.code in {301, 302, 303, 307, 308}
        return Respuesta(bien, f"responde {error.code}", url), error.code
    except TimeoutError:
        return Respuesta(False, f"no responde en {limite:g} s", url), 0
    except urllib.error.URLError as error:
        lento = isinstance(error.reason, TimeoutError)
        detalle = f"no responde en {limite:g} s" if lento else str(error.reason)
        return Respuesta(False, detalle, url), 0
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Respuesta(False, f"{type(error).__name__}: {error}", url), 0


def externos(
    raiz: Path = RAIZ, limite: float = 20.0, espera: float = ESPERA
) -> tuple[list[Roto], list[str]]:
    """Direcciones que fallan y avisos de las que se mudaron."""
    razones = ignorados()
    propias = [
        d
        for d in (
            configuracion(raiz).get("html", {}).get("baseurl"),
            configuracion(raiz).get("repository", {}).get("url"),
        )
        if d
    ]
    lugares = {
        url: lugar
        for url, lugar in direcciones(raiz).items()
        if not url.startswith((*razones, *propias))
    }
    with ThreadPoolExecutor(max_workers=8) as hilos:
        pedidos = hilos.map(
            lambda url: comprobar(url, limite=limite, espera=espera), lugares
        )
        respuestas = dict(zip(lugares, pedidos, strict=True))
    rotos = [
        Roto(*lugares[url], f"{url}: {r.detalle}")
        for url, r in respuestas.items()
        if not r.bien
    ]
    mudados = [
        f"{lugares[url][0]}:{lugares[url][1]}: {url} lleva ahora a {r.destino}"
        for url, r in respuestas.items()
        if r.bien and urlsplit(r.destino).hostname != urlsplit(url).hostname
    ]
    return sorted(rotos), sorted(mudados)


# --- Orden ---------------------------------------------------------------------------


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Añade los argumentos de la orden."""
    subparser.description = "Comprueba enlaces y citas."
    subparser.add_argument(
        "--externos",
        action="store_true",
        help="pide también cada dirección de internet",
    )
    subparser.add_argument(
        "--limite", type=float, default=20.0, help="segundos por petición (20)"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Escribe lo que no lleva a ninguna parte; devuelve 1 si hay algo."""
    raiz = args.raiz.resolve()
    rotos = sorted(internos(raiz))
    if args.externos:
        caidos, mudados = externos(raiz, limite=args.limite)
        rotos += caidos
        for aviso in mudados:
            print(f"Aviso: {aviso}")
    for roto in rotos:
        print(roto)
    if rotos:
        print(f"\n{len(rotos)} enlaces o citas sin destino.")
        return 1
    print(f"Enlaces: {len(paginas(raiz))} archivos, todo lleva a alguna parte.")
    return 0
